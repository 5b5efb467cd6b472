"""One-time passwords for a class group, to be handed out on paper."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX, make_password
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext

from accounts.enums import ORDINARY_ROLES, Role
from accounts.models import RoleGrant, User, UserQuerySet
from accounts.passwords import new_start_password
from accounts.services.people import set_start_password
from edu_platform.lib.spreadsheets.writing import escaped
from schedule.models import ClassGroup, Membership


@dataclass(frozen=True, slots=True)
class StartPassword:
    """Made for one student, not given yet. The text is shown once and kept nowhere."""

    user: User
    password: str
    password_hash: str


def students_without_password(class_group: ClassGroup, *, today: dt.date) -> UserQuerySet:
    """The class group's students who never signed in, or cannot."""
    has_none = Q(password="") | Q(password__startswith=UNUSABLE_PASSWORD_PREFIX)
    return students_of(class_group, today=today).filter(Q(last_login=None) | has_none)


def students_of(class_group: ClassGroup, *, today: dt.date) -> UserQuerySet:
    """Who belongs to the class group today and is nothing but a student (or teacher).

    Handing out passwords must not give access to a planner's account.
    """
    members = Membership.objects.of_students().on(day=today).filter(class_group=class_group)
    powerful = RoleGrant.objects.exclude(role__in=ORDINARY_ROLES)
    return (
        User.objects.active()
        .with_role(Role.STUDENT)
        .filter(pk__in=members.values("user"), is_superuser=False)
        .exclude(pk__in=powerful.values("user"))
        .order_by("username")
    )


def make_start_passwords(students: Iterable[User]) -> list[StartPassword]:
    """Make a password for each. Slow, so it is done before the transaction that gives them."""
    made: list[StartPassword] = []
    for user in students:
        password = new_start_password()
        made.append(StartPassword(user, password, make_password(password)))
    return made


@transaction.atomic
def give_start_passwords(made: Iterable[StartPassword], *, by: User | None) -> None:
    """Let each sign in with the password made for them, which the first sign-in replaces."""
    for entry in made:
        set_start_password(entry.user, password_hash=entry.password_hash, by=by)


def sign_in_address() -> str:
    """What people type who have nothing but their slip: it leads to the sign-in."""
    return f"{settings.PUBLIC_BASE_URL.rstrip('/')}/"


def as_csv(given: Sequence[StartPassword]) -> bytes:
    """A table that Excel opens as it is: with a mark for UTF-8, and no cell that calculates."""
    text = io.StringIO(newline="")
    table = csv.writer(text)
    table.writerow(
        [gettext("Name"), gettext("Username"), gettext("Start password"), gettext("Sign in at")]
    )
    for entry in given:
        cells = (entry.user.display_name, entry.user.username, entry.password, sign_in_address())
        table.writerow(map(escaped, cells))
    return text.getvalue().encode("utf-8-sig")
