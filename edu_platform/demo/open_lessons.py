"""The two lessons that move forward at each start: one runs now, one begins in ten minutes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from edu_platform.demo.roster import DEMO_CLASS_GROUP, DEMO_TEACHER
from edu_platform.demo.timetable import Rosters, Taken, told_to_nobody
from edu_platform.demo.topics import CHINESE
from schedule.enums import LessonState, RoomReason
from schedule.lessons.begun import has_begun
from schedule.lessons.cancel import cancel_lesson, restore_lesson
from schedule.lessons.change import change_lessons, schedule_lessons
from schedule.lessons.plan import LessonPlan
from schedule.lessons.taking import LessonOverlaps
from schedule.models import Lesson, LessonQuerySet, Occupation, Room
from schedule.rooms.replacement import replace_room
from schedule.week_grid import start_of_day

RUNNING_TITLE = "公开课：古诗诵读"
COMING_TITLE = "公开课：看图写话"
# The class group's regular lessons go on beside them.
OVERLAP_REASON = "公开课，与班级课表并行"
YIELD_REASON = "让给演示公开课，下次启动演示时恢复"
USED_REASON = "演示重新启动，另排了一节公开课"

RUNNING_SINCE = dt.timedelta(minutes=35)
COMING_IN = dt.timedelta(minutes=10)
COMING_LENGTH = dt.timedelta(minutes=60)


@dataclass(frozen=True, slots=True)
class Period:
    starts_at: dt.datetime
    ends_at: dt.datetime


@transaction.atomic
def move_lessons(rosters: Rosters, *, at: dt.datetime) -> Taken:
    """Give the demo teacher a lesson that runs and one in ten minutes; say when they take place.

    The same two lessons move each time. One whose class was begun does not move any more: it stays where it
    is, as history or cancelled, and another takes its place. The teacher's other lessons yield while these two
    are on.
    """
    teacher = rosters.users[DEMO_TEACHER]
    movable = {title: _movable(teacher, title) for title in (RUNNING_TITLE, COMING_TITLE)}
    reused = [lesson for lesson in movable.values() if lesson is not None]
    others = Lesson.objects.exclude(pk__in=[lesson.pk for lesson in reused])
    turn = at.replace(second=0, microsecond=0) + COMING_IN
    periods = {
        RUNNING_TITLE: Period(_running_start(teacher, others, at), turn),
        COMING_TITLE: Period(turn, turn + COMING_LENGTH),
    }
    taken = Taken(periods[RUNNING_TITLE].starts_at, periods[COMING_TITLE].ends_at)
    for lesson in _taking(teacher, others, taken):
        reason = USED_REASON if lesson.title in periods else YIELD_REASON
        cancel_lesson(lesson, reason=reason, at=at, action=told_to_nobody(reason=reason))
    plans = {title: _plan(title, period, rosters) for title, period in periods.items()}
    _move([(lesson, plans.pop(lesson.title)) for lesson in reused])
    schedule_lessons(list(plans.values()), action=told_to_nobody())
    _restore_yielded(teacher, taken, at)
    return taken


def _movable(teacher: User, title: str) -> Lesson | None:
    lesson = (
        Lesson.objects.filter(teacher=teacher, title=title, state=LessonState.PUBLISHED)
        .order_by("-starts_at", "-pk")
        .first()
    )
    return None if lesson is None or has_begun(lesson) else lesson


def _running_start(teacher: User, others: LessonQuerySet, at: dt.datetime) -> dt.datetime:
    """A while ago, but today, and after whatever the teacher has just finished."""
    earliest = at.replace(second=0, microsecond=0) - RUNNING_SINCE
    finished = Occupation.objects.filter(
        person=teacher, is_active=True, lesson__in=others, ends_at__gt=earliest, ends_at__lte=at
    )
    ends = finished.values_list("ends_at", flat=True)
    return max([earliest, start_of_day(timezone.localdate(at)), *ends])


def _taking(teacher: User, others: LessonQuerySet, taken: Taken) -> list[Lesson]:
    """The teacher's other lessons of that time."""
    occupations = Occupation.objects.overlapping(
        starts_at=taken.starts_at, ends_at=taken.ends_at
    ).filter(person=teacher)
    return list(others.filter(pk__in=occupations.values("lesson")))


def _plan(title: str, period: Period, rosters: Rosters) -> LessonPlan:
    return LessonPlan(
        course=rosters.course(CHINESE),
        teacher=rosters.users[DEMO_TEACHER],
        class_groups=(rosters.class_group(DEMO_CLASS_GROUP),),
        starts_at=period.starts_at,
        ends_at=period.ends_at,
        title=title,
        overlap_reason=OVERLAP_REASON,
    )


def _move(wanted: Sequence[tuple[Lesson, LessonPlan]]) -> None:
    for lesson, _plan_of_it in wanted:
        _leave_room(lesson)
    change_lessons(wanted, action=told_to_nobody())
    # Nobody looks for them where they were at an earlier start.
    moved = Lesson.objects.filter(pk__in=[lesson.pk for lesson, _plan_of_it in wanted])
    moved.update(moved_from=None, moved_at=None)


def _leave_room(lesson: Lesson) -> None:
    """Ask for a fresh room: somebody may be in the one that is there, and the cloud has not told yet."""
    room = Room.objects.current().filter(lesson=lesson).first()
    if room is not None and room.is_made:
        replace_room(room, RoomReason.FROZEN)


def _restore_yielded(teacher: User, taken: Taken, at: dt.datetime) -> None:
    yielded = Lesson.objects.filter(
        teacher=teacher,
        state=LessonState.CANCELLED,
        cancel_reason=YIELD_REASON,
        ends_at__gt=at,
    ).exclude(starts_at__lt=taken.ends_at, ends_at__gt=taken.starts_at)
    for lesson in yielded:
        try:
            restore_lesson(lesson, action=told_to_nobody())
        except LessonOverlaps:
            continue  # something else was planned there meanwhile
