"""Small schools in which people and class groups are nearly always taken, and what the services do in them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from contextlib import suppress
from random import Random

from django.db import transaction

from accounts.enums import Role
from schedule.absences.absence import with_all
from schedule.lessons.change import LessonFrozen
from schedule.lessons.moving import LessonIsCancelled, NothingToSwap, move, swap
from schedule.lessons.taking import LessonOverlaps
from schedule.models import Lesson, PlanningAction
from tests.factories.accounts import UserFactory
from tests.factories.schedule import (
    ClassGroupFactory,
    LessonFactory,
    MembershipFactory,
    school_time,
)

THREE_DAYS = range(1, 4)


def make_school(random: Random, days: Sequence[int] = THREE_DAYS, count: int = 22) -> list[Lesson]:
    """Lessons of few people and class groups, that share a student; `days` from today."""
    people = [UserFactory.create(roles=[Role.TEACHER]) for _number in range(5)]
    groups = [ClassGroupFactory.create() for _number in range(4)]
    student = UserFactory.create()
    for group in groups[:2]:
        MembershipFactory.create(user=student, class_group=group)
    for _number in range(count):
        teacher, assistant = random.sample(people, 2)
        start = school_time(random.choice(days), 8, 20 * random.randrange(3))
        hours = dt.timedelta(hours=random.randrange(3))
        with suppress(LessonOverlaps), transaction.atomic():
            LessonFactory.create(
                teacher=teacher,
                assistants=[assistant] if random.random() < 0.2 else [],
                class_groups=random.sample(groups, random.choice([1, 1, 2])),
                starts_at=start + hours,
                ends_at=start + hours + dt.timedelta(minutes=random.choice([20, 45])),
                overlap_reason="分组" if random.random() < 0.2 else "",
            )
    return list(with_all(Lesson.objects.in_page_order()))


def can_be_swapped(lesson: Lesson, other: Lesson, at: dt.datetime) -> bool:
    """Tell whether the service does it, and take it back."""
    return _can(lambda: swap(lesson, other, action=PlanningAction(at=at)))


def can_be_moved(lesson: Lesson, starts_at: dt.datetime, at: dt.datetime) -> bool:
    """Tell the same of a move."""
    return _can(lambda: move(lesson, starts_at=starts_at, action=PlanningAction(at=at)))


def _can(act: Callable[[], None]) -> bool:
    try:
        with transaction.atomic():
            act()
            transaction.set_rollback(True)
    except (LessonOverlaps, LessonFrozen, LessonIsCancelled, NothingToSwap):
        return False
    return True
