"""Start passwords for the students of whole class groups."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.services.start_passwords import (
    StartPassword,
    give_start_passwords,
    make_start_passwords,
)
from schedule.class_groups.reading import students_of, students_without_password
from schedule.models import ClassGroup

# At once, while a person waits: each takes a few hundredths of a second to make.
PASSWORDS_AT_ONCE = 500

Sheets = list[tuple[ClassGroup, list[StartPassword]]]


class TooManyPasswords(Exception):
    """More students than a person can wait for."""

    def __init__(self, count: int) -> None:
        super().__init__(str(count))
        self.count = count


def give_to_class_groups(class_groups: Sequence[ClassGroup], *, everyone: bool, by: User) -> Sheets:
    """Give start passwords to students who have none, or to everyone, and return them by class group.

    Raises:
        TooManyPasswords: nobody was given one.
    """
    people = _people_of(class_groups, everyone=everyone)
    count = sum(map(len, people))
    if count > PASSWORDS_AT_ONCE:
        raise TooManyPasswords(count)
    sheets = [
        (class_group, make_start_passwords(students))
        for class_group, students in zip(class_groups, people, strict=True)
    ]
    with transaction.atomic():
        for _class_group, made in sheets:
            give_start_passwords(made, by=by)
    return sheets


def _people_of(class_groups: Sequence[ClassGroup], *, everyone: bool) -> list[list[User]]:
    """Return the students of each; somebody in two gets one password, not a second that replaces the first."""
    choose = students_of if everyone else students_without_password
    today, given_to = timezone.localdate(), set[int]()
    people: list[list[User]] = []
    for class_group in class_groups:
        students = list(choose(class_group, today=today).exclude(pk__in=given_to))
        given_to.update(student.pk for student in students)
        people.append(students)
    return people
