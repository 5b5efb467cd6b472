"""The students of a class group, as their class teacher sees them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Exists, OuterRef
from django.utils import timezone

from accounts.enums import PasswordRefusal, PasswordState
from accounts.models import ExternalAccount, User
from accounts.services.start_passwords import refusal_of_class_teacher
from schedule.class_group_hooks import student_figures
from schedule.hooks import PageLink
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
    # Each figure with the head of its column; None: it says nothing of this student.
    figures: Sequence[tuple[str, PageLink | None]]

    @property
    def lacks_password(self) -> bool:
        """Cannot sign in yet, and gets a start password from a class teacher."""
        return (
            self.password_state is PasswordState.NONE
            and not self.has_external_account
            and self.refusal is None
        )


def students_today(class_group: ClassGroup) -> list[StudentRow]:
    """Return the students of the class group today, by name; two queries and those of figures, for any number."""
    today = timezone.localdate()
    members = Membership.objects.of_students().on(day=today).filter(class_group=class_group)
    external = ExternalAccount.objects.filter(user=OuterRef("pk"))
    people = (
        User.objects.get_queryset()
        .filter(pk__in=members.values("user"))
        .annotate(has_external_account=Exists(external))
    )
    students = list(people.prefetch_related("role_grants").order_by("name_key", "username"))
    figures = student_figures(students)
    return [
        StudentRow(
            user=user,
            password_state=user.password_state,
            last_sign_in=timezone.localdate(user.last_login) if user.last_login else None,
            refusal=refusal_of_class_teacher(user),
            has_external_account=user.has_external_account,  # type: ignore[attr-defined] # annotated
            figures=[(figure.words, figure.links.get(user.pk)) for figure in figures],
        )
        for user in students
    ]
