"""Changes in a week of the demo school once it is planned, so that its timetable has news."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import transaction

from edu_platform.demo.roster import (
    DEMO_CLASS_GROUP,
    PLANNER,
    SECOND_GRADE_1,
    SECOND_GRADE_2,
    THIRD_GRADE_1,
    THIRD_GRADE_2,
)
from edu_platform.demo.timetable import Rosters, action_on, period_in_week
from schedule.absences.writing import NotATeacher, stand_in
from schedule.enums import ActionOrigin
from schedule.lessons.change import change_lesson
from schedule.lessons.plan import plan_of
from schedule.lessons.taking import LessonOverlaps
from schedule.models import Lesson


@dataclass(frozen=True, slots=True)
class Place:
    """A period of every week."""

    weekday: int  # Monday is 0
    period: int

    def in_week(self, monday: dt.date) -> tuple[dt.datetime, dt.datetime]:
        return period_in_week(monday, self.weekday, self.period)


@dataclass(frozen=True, slots=True)
class Change:
    """A lesson of a class group that gets another time or another teacher."""

    of: Place
    reason: str
    class_group: str = DEMO_CLASS_GROUP
    to: Place | None = None
    teacher: str = ""


# The first that is possible of each is made: the open lessons may stand where a lesson was, or is to be.
MOVES = (
    Change(Place(3, 2), "周四上午全校消防演练", to=Place(4, 7)),
    Change(Place(1, 4), "王老师外出教研", to=Place(4, 7)),
)
SUBSTITUTES = (
    Change(Place(2, 4), "刘老师带队参加区运动会，高老师代课", teacher="gaoxiang"),
    Change(Place(4, 3), "刘老师带队参加区运动会，高老师代课", teacher="gaoxiang"),
)
# One on each day of school, in other class groups.
DAILY_SUBSTITUTES = (
    Change(Place(0, 4), "马老师送训区足球队，高老师代课", THIRD_GRADE_1, teacher="gaoxiang"),
    Change(Place(1, 5), "蒋老师病假，沈老师代课", SECOND_GRADE_1, teacher="shenjiayi"),
    Change(Place(2, 1), "许老师外出培训，邓老师代课", SECOND_GRADE_2, teacher="denglihua"),
    Change(Place(3, 6), "沈老师参加区教研活动，陈老师代课", THIRD_GRADE_2, teacher="chenxiaoyan"),
    Change(Place(4, 4), "彭老师布置画展，赵老师代课", THIRD_GRADE_2, teacher="zhaoyutong"),
)


@transaction.atomic
def change_week(
    planned: Sequence[Lesson], monday: dt.date, rosters: Rosters, *, at: dt.datetime
) -> None:
    """Move one of the lessons that were just planned, and give some to another teacher."""
    for changes in (MOVES, SUBSTITUTES, *((change,) for change in DAILY_SUBSTITUTES)):
        any(_is_made(change, planned, monday, rosters, at) for change in changes)


def _is_made(
    change: Change,
    planned: Iterable[Lesson],
    monday: dt.date,
    rosters: Rosters,
    at: dt.datetime,
) -> bool:
    start, _end = change.of.in_week(monday)
    for lesson in planned:
        if lesson.starts_at == start and _is_of(change.class_group, lesson):
            try:
                _make(change, lesson, monday, rosters, at)
            except (LessonOverlaps, NotATeacher):
                return False
            return True
    return False


def _make(
    change: Change, lesson: Lesson, monday: dt.date, rosters: Rosters, at: dt.datetime
) -> None:
    action = action_on(lesson, change.reason, at=at)
    action.by, action.origin = rosters.users[PLANNER], ActionOrigin.PAGE
    if change.to is None:
        stand_in([(lesson, rosters.users[change.teacher])], action=action)
    else:
        start, end = change.to.in_week(monday)
        plan = dataclasses.replace(plan_of(lesson), starts_at=start, ends_at=end)
        change_lesson(lesson, plan, action=action)


def _is_of(class_group: str, lesson: Lesson) -> bool:
    return lesson.class_groups.filter(name=class_group).exists()
