"""The students of a class group, as their class teacher sees them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.utils import timezone

from accounts.enums import PasswordRefusal, PasswordState
from accounts.models import User
from accounts.services.start_passwords import refusal_of_class_teacher
from schedule.models import ClassGroup, Membership


@dataclass(frozen=True, slots=True)
class StudentRow:
    user: User
    password_state: PasswordState
    last_sign_in: dt.date | None
    # None: a class teacher may give them a start password.
    refusal: PasswordRefusal | None


def students_today(class_group: ClassGroup) -> list[StudentRow]:
    """Who belongs to the class group today as a student, by name; two queries for any number."""
    today = timezone.localdate()
    members = Membership.objects.of_students().on(day=today).filter(class_group=class_group)
    people = User.objects.get_queryset().filter(pk__in=members.values("user"))
    return [
        StudentRow(
            user=user,
            password_state=user.password_state,
            last_sign_in=timezone.localdate(user.last_login) if user.last_login else None,
            refusal=refusal_of_class_teacher(user),
        )
        for user in people.prefetch_related("role_grants").order_by("display_name", "username")
    ]
