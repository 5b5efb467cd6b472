"""The students of a class group: as their class teacher sees them, and who gets a start password."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from accounts.enums import ORDINARY_ROLES, PasswordRefusal, PasswordState, Role
from accounts.models import ExternalAccount, RoleGrant, User, UserQuerySet
from accounts.services.start_passwords import refusal_of_class_teacher
from schedule.models import ClassGroup, Membership


@dataclass(frozen=True, slots=True)
class StudentRow:
    user: User
    password_state: PasswordState
    last_sign_in: dt.date | None
    # None: a class teacher may give them a start password.
    refusal: PasswordRefusal | None
    # By one of the school's other systems: then no password is missed.
    has_external_account: bool

    @property
    def lacks_password(self) -> bool:
        """Cannot sign in yet, and gets a start password from a class teacher."""
        return (
            self.password_state is PasswordState.NONE
            and not self.has_external_account
            and self.refusal is None
        )


def students_today(class_group: ClassGroup) -> list[StudentRow]:
    """Return the students of the class group today, by name; two queries for any number."""
    today = timezone.localdate()
    members = Membership.objects.of_students().on(day=today).filter(class_group=class_group)
    external = ExternalAccount.objects.filter(user=OuterRef("pk"))
    people = (
        User.objects.get_queryset()
        .filter(pk__in=members.values("user"))
        .annotate(has_external_account=Exists(external))
    )
    return [
        StudentRow(
            user=user,
            password_state=user.password_state,
            last_sign_in=timezone.localdate(user.last_login) if user.last_login else None,
            refusal=refusal_of_class_teacher(user),
            has_external_account=user.has_external_account,  # type: ignore[attr-defined] # annotated
        )
        for user in people.prefetch_related("role_grants").order_by("name_key", "username")
    ]


def students_without_password(class_group: ClassGroup, *, today: dt.date) -> UserQuerySet:
    """The class group's students who never signed in, or cannot."""
    has_none = Q(password="") | Q(password__startswith=UNUSABLE_PASSWORD_PREFIX)
    return students_of(class_group, today=today).filter(Q(last_login=None) | has_none)


def students_of(class_group: ClassGroup, *, today: dt.date) -> UserQuerySet:
    """Return those who belong to the class group today and are nothing but a student (or teacher).

    Handing out passwords must not give access to a planner's account.
    """
    members = Membership.objects.of_students().on(day=today).filter(class_group=class_group)
    powerful = RoleGrant.objects.exclude(role__in=ORDINARY_ROLES)
    return (
        User.objects.active()
        .with_role(Role.STUDENT)
        .filter(pk__in=members.values("user"), is_superuser=False)
        .exclude(pk__in=powerful.values("user"))
        .order_by("name_key", "username")
    )
