"""The students of a class group, as their class teacher sees them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db.models import Exists, OuterRef
from django.utils import timezone

from accounts.enums import PasswordRefusal, PasswordState
from accounts.models import ExternalAccount, User
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
