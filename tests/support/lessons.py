"""Lessons, as tests plan and look at them."""

from __future__ import annotations

import datetime as dt
from itertools import product
from typing import Any

import pytest

from schedule.enums import ActionOrigin, CloudStatus
from schedule.lessons.plan import LessonPlan, plan_of
from schedule.lessons.taking import LessonOverlaps
from schedule.models import Lesson, Occupation, PlanningAction, Room
from schedule.occupancy.words import StudentsTaken


def changed(lesson: Lesson, **fields: Any) -> LessonPlan:
    """The plan of the lesson as it is, save these fields."""
    present = plan_of(lesson)
    values = {name: getattr(present, name) for name in present.__slots__}
    return LessonPlan(**{**values, **fields})


def page_action(**fields: Any) -> PlanningAction:
    return PlanningAction(origin=ActionOrigin.PAGE, **fields)


def later(lesson: Lesson, **delta: int) -> dict[str, dt.datetime]:
    """The period of the lesson, so much later."""
    wait = dt.timedelta(**delta)
    return {"starts_at": lesson.starts_at + wait, "ends_at": lesson.ends_at + wait}


def copies_of(lesson: Lesson, count: int) -> list[Lesson]:
    """So many more on the days before, made in few statements: for tests that do not ask how they were planned."""
    made = Lesson.objects.bulk_create(
        Lesson(
            course=lesson.course,
            teacher=lesson.teacher,
            title=lesson.title,
            starts_at=lesson.starts_at - dt.timedelta(days=number),
            ends_at=lesson.ends_at - dt.timedelta(days=number),
        )
        for number in range(1, count + 1)
    )
    people, groups = Lesson.assistants.through, Lesson.class_groups.through
    people.objects.bulk_create(
        people(lesson=each, user=person) for each, person in product(made, lesson.assistants.all())
    )
    groups.objects.bulk_create(
        groups(lesson=each, classgroup=group)
        for each, group in product(made, lesson.class_groups.all())
    )
    return made


def begin(lesson: Lesson) -> None:
    """Have its class begin in the cloud."""
    Room.objects.create(lesson=lesson, room_id=400, sdk_app_id=1, cloud_status=CloudStatus.RUNNING)


def open_again(lesson: Lesson) -> None:
    """End its class too early, and make another room ready that nobody has entered yet."""
    rooms = {"lesson": lesson, "sdk_app_id": 1}
    Room.objects.create(
        **rooms, room_id=400, cloud_status=CloudStatus.ENDED, is_current=False, generation=1
    )
    Room.objects.create(**rooms, room_id=401, generation=2)


def period(lesson: Lesson) -> tuple[dt.datetime, dt.datetime]:
    """As the database has it now."""
    lesson.refresh_from_db()
    return lesson.starts_at, lesson.ends_at


def taken_in(refused: pytest.ExceptionInfo[LessonOverlaps]) -> Occupation | StudentsTaken:
    """Return what a refusal names."""
    taken = refused.value.taken
    assert taken is not None
    return taken
