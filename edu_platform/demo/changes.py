"""Changes in a week of the demo school once it is planned, so that its timetable has news."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from edu_platform.demo.people import DEMO_CLASS_GROUP
from edu_platform.demo.timetable import DAY, LENGTH, Rosters, told_to_nobody
from schedule.enums import ActionOrigin
from schedule.lessons.change import change_lesson
from schedule.lessons.plan import LessonPlan, plan_of
from schedule.lessons.taking import LessonOverlaps
from schedule.models import Lesson

PLANNER = "fenglijuan"


@dataclass(frozen=True, slots=True)
class Place:
    """A time of every week."""

    weekday: int  # Monday is 0
    time: dt.time

    def in_week(self, monday: dt.date) -> dt.datetime:
        day = monday + self.weekday * DAY
        return timezone.make_aware(dt.datetime.combine(day, self.time))


@dataclass(frozen=True, slots=True)
class Change:
    """A lesson of the demo's class group that gets another time or another teacher."""

    of: Place
    reason: str
    to: Place | None = None
    teacher: str = ""

    def applied_to(self, plan: LessonPlan, monday: dt.date, rosters: Rosters) -> LessonPlan:
        if self.teacher:
            plan = dataclasses.replace(plan, teacher=rosters.users[self.teacher])
        if self.to is not None:
            start = self.to.in_week(monday)
            plan = dataclasses.replace(plan, starts_at=start, ends_at=start + LENGTH)
        return plan


# The first of each that is possible is made: the open lessons may stand where a lesson was, or is to be.
MOVES = (
    Change(Place(3, dt.time(9)), "周四上午全校消防演练", to=Place(4, dt.time(15))),
    Change(Place(1, dt.time(10)), "王老师外出教研", to=Place(4, dt.time(15))),
)
SUBSTITUTES = (
    Change(Place(2, dt.time(9)), "刘老师带队参加区运动会，赵老师代课", teacher="zhaoyutong"),
    Change(Place(0, dt.time(10)), "陈老师病假，吴老师代课", teacher="wusimin"),
)


@transaction.atomic
def change_week(planned: Sequence[Lesson], monday: dt.date, rosters: Rosters) -> None:
    """Move one of the lessons that were just planned, and give another one to another teacher."""
    for changes in (MOVES, SUBSTITUTES):
        any(_is_made(change, planned, monday, rosters) for change in changes)


def _is_made(change: Change, planned: Iterable[Lesson], monday: dt.date, rosters: Rosters) -> bool:
    start = change.of.in_week(monday)
    for lesson in planned:
        if lesson.starts_at == start and _is_of_demo_class_group(lesson):
            plan = change.applied_to(plan_of(lesson), monday, rosters)
            action = told_to_nobody(change.reason)
            action.by, action.origin = rosters.users[PLANNER], ActionOrigin.PAGE
            try:
                return change_lesson(lesson, plan, action=action)
            except LessonOverlaps:
                return False
    return False


def _is_of_demo_class_group(lesson: Lesson) -> bool:
    return lesson.class_groups.filter(name=DEMO_CLASS_GROUP).exists()
