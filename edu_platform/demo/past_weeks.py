"""Half a term of past lessons, planned at once when the demo school begins, and the classes held in them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import Enum

from django.db import transaction
from django.db.models import OuterRef, Subquery

from classroom.client.transport import sdk_app_id
from classroom.enums import Source
from edu_platform.demo.grid import Slot
from edu_platform.demo.roster import DEMO_CLASS_GROUP, FIRST_GRADE_2, SECOND_GRADE_1
from edu_platform.demo.term import LinkedLesson, Terms, link_lessons
from edu_platform.demo.timetable import (
    Rosters,
    period_in_week,
    schedule_what_fits,
    slots_of_week,
    title_start,
    week_of_term,
)
from edu_platform.lib.batches import ROWS_A_STATEMENT
from replays.models import Replay
from schedule import hooks
from schedule.enums import CloudStatus, DayKind, LessonState, RecordMode
from schedule.lessons.plan import LessonPlan
from schedule.models import Lesson, Room, TermDay
from schedule.week_grid import DAY, DAYS_A_WEEK, monday_of, period_of_week

# So many weeks of school before this one.
HISTORY_WEEKS = 9
# What comes after them, until the next term, are holidays.
SCHOOL_WEEKS = 20
# Room numbers of classes of which the local cloud knows nothing, far from all that it has.
FIRST_UNRECORDED_ROOM_ID = 400_000_000
LATE_BY = (0, 1, 1, 2, 3)  # minutes
# A few of thousands began so late that it counts.
VERY_LATE_BY, VERY_LATE_ONE_IN = 12, 700


class Outcome(Enum):
    """Outcomes of a class that was to be recorded."""

    RECORDED = "one"
    RECORDED_TWICE = "two"
    AS_PLAY_LIST = "one, in pieces"
    AS_SIGNALS = "no file, but what the cloud's own player shows"
    NOTHING_THERE = "none"
    STORAGE_FULL = "none, for want of storage"
    NEVER_HELD = "not held"
    DELETED_LATER = "one, then none"
    IN_TRASH = "one, in the trash"
    DELETED_HERE = "one, deleted after its time in the trash"


@dataclass(frozen=True, slots=True)
class OldSlot:
    """A recorded class of an earlier week, counted from the one that holds today: one of the regular lessons."""

    weeks_ago: int
    weekday: int  # Monday is 0
    period: int
    class_group: str
    topic: str
    outcome: Outcome = Outcome.RECORDED


# Those of other lessons of that time are not recorded.
OLD_SLOTS = (
    OldSlot(1, 4, 1, DEMO_CLASS_GROUP, "雪地里的小画家"),
    OldSlot(1, 4, 2, DEMO_CLASS_GROUP, "比长短"),
    OldSlot(1, 1, 5, DEMO_CLASS_GROUP, "Animals", Outcome.RECORDED_TWICE),
    OldSlot(1, 4, 5, DEMO_CLASS_GROUP, "Numbers", Outcome.NOTHING_THERE),
    OldSlot(1, 2, 2, SECOND_GRADE_1, "观察物体"),
    OldSlot(1, 3, 6, SECOND_GRADE_1, "剪纸窗花"),
    OldSlot(1, 0, 1, DEMO_CLASS_GROUP, "大小多少", Outcome.NEVER_HELD),
    OldSlot(2, 4, 4, DEMO_CLASS_GROUP, "四季"),
    OldSlot(2, 0, 5, DEMO_CLASS_GROUP, "Colours", Outcome.AS_SIGNALS),
    OldSlot(2, 1, 4, DEMO_CLASS_GROUP, "十以内加减法", Outcome.AS_PLAY_LIST),
    OldSlot(2, 2, 2, DEMO_CLASS_GROUP, "影子", Outcome.STORAGE_FULL),
    OldSlot(2, 3, 3, FIRST_GRADE_2, "认识图形"),
    OldSlot(2, 2, 5, DEMO_CLASS_GROUP, "色彩的秘密"),
    OldSlot(3, 2, 2, DEMO_CLASS_GROUP, "小猫钓鱼", Outcome.DELETED_LATER),
    OldSlot(3, 3, 1, DEMO_CLASS_GROUP, "升国旗", Outcome.IN_TRASH),
    OldSlot(3, 0, 4, DEMO_CLASS_GROUP, "认识键盘"),
    OldSlot(6, 3, 1, DEMO_CLASS_GROUP, "静夜思", Outcome.NOTHING_THERE),
    OldSlot(7, 1, 2, DEMO_CLASS_GROUP, "乌鸦喝水", Outcome.DELETED_HERE),
)


def outcomes_before(today: dt.date) -> dict[tuple[dt.datetime, str], Outcome]:
    """Return the outcomes of the recorded classes, as seen from this day: by start and class group."""
    monday = monday_of(today)
    return {
        (
            period_in_week(monday - slot.weeks_ago * 7 * DAY, slot.weekday, slot.period)[0],
            slot.class_group,
        ): slot.outcome
        for slot in OLD_SLOTS
    }


@transaction.atomic
def plan_past_weeks(rosters: Rosters, terms: Terms, *, today: dt.date) -> None:
    """Plan the earlier weeks in which there is no lesson of the demo yet, with all its recorded classes the first time.

    Holidays are left out. Where the term goes by a timetable of its own, its past is its own too.
    """
    if terms.own_term(monday_of(today)) is not None:
        return
    weeks = list(weeks_before(monday_of(today)))
    empty = [week for week in weeks if not _is_filled(week) and terms.own_term(week) is None]
    old_slots = OLD_SLOTS if empty == weeks else ()
    for week in empty:
        terms.of(week)  # its holidays come with it
    planned = {week: list(_past_week(week, today, old_slots, rosters)) for week in empty}
    lessons = schedule_what_fits([plan for of_week in planned.values() for _slot, plan in of_week])
    lesson_ids = {(lesson.teacher_id, lesson.starts_at): lesson.pk for lesson in lessons}
    for week, of_week in planned.items():
        linked = (
            LinkedLesson(slot, week, lesson_ids[plan.teacher.pk, plan.starts_at])
            for slot, plan in of_week
            if (plan.teacher.pk, plan.starts_at) in lesson_ids
        )
        link_lessons(terms.of(week), linked, rosters)


def weeks_before(monday: dt.date) -> Iterator[dt.date]:
    """Yield the Mondays of earlier weeks, until so many of them were weeks of school."""
    count = 0
    while count < HISTORY_WEEKS:
        monday -= 7 * DAY
        count += week_of_term(monday) <= SCHOOL_WEEKS
        yield monday


def _is_filled(monday: dt.date) -> bool:
    starts_at, ends_at = period_of_week(monday)
    of_week = Lesson.objects.within(starts_at=starts_at, ends_at=ends_at)
    return of_week.filter(title__startswith=title_start(monday)).exists()


def _past_week(
    monday: dt.date, today: dt.date, old_slots: Iterable[OldSlot], rosters: Rosters
) -> Iterator[tuple[Slot, LessonPlan]]:
    weeks_ago = (monday_of(today) - monday) // (7 * DAY)
    topics = {
        (old.weekday, old.period, old.class_group): old.topic
        for old in old_slots
        if old.weeks_ago == weeks_ago
    }
    days = set(_days_of_school(monday))
    for slot, plan in slots_of_week(monday, rosters):
        topic = topics.get((slot.weekday, slot.period, slot.class_groups[0]))
        if topic is not None:
            title = f"{title_start(monday)}{topic}"
            yield slot, replace(plan, title=title, record_mode=RecordMode.AUTOMATIC)
        elif slot.weekday in days and not slot.is_draft:
            yield slot, replace(plan, record_mode=RecordMode.NONE)


def _days_of_school(monday: dt.date) -> Iterator[int]:
    """Yield the weekdays on which people learn: none in the holidays after a term."""
    days = TermDay.objects.filter(kind=DayKind.HOLIDAY)
    holidays = set(days.values_list("date", flat=True))
    if week_of_term(monday) <= SCHOOL_WEEKS:
        for weekday in range(DAYS_A_WEEK):
            if monday + weekday * DAY not in holidays:
                yield weekday


# --- What was held in them ------------------------------------------------------------------------


@transaction.atomic
def hold_unrecorded(*, at: dt.datetime) -> None:
    """Give each past lesson that is not recorded, and has no room, one in which its class was held.

    Where nothing is recorded the cloud has nothing to tell, so that it need not know them: they are thousands.
    """
    lessons = list(
        Lesson.objects.filter(
            state=LessonState.PUBLISHED,
            record_mode=RecordMode.NONE,
            ends_at__lte=at,
            rooms=None,
        )
    )
    Room.objects.bulk_create(map(_held_room, lessons), batch_size=ROWS_A_STATEMENT)
    room = Room.objects.current().filter(lesson=OuterRef("lesson")).values("pk")
    held = Lesson.objects.filter(rooms__room_id__gte=FIRST_UNRECORDED_ROOM_ID)
    Replay.objects.filter(room=None, lesson__in=held).update(room=Subquery(room))
    hooks.lessons_changed([lesson.pk for lesson in lessons])


def _held_room(lesson: Lesson) -> Room:
    is_very_late = lesson.pk % VERY_LATE_ONE_IN == 0
    minutes = VERY_LATE_BY if is_very_late else LATE_BY[lesson.pk % len(LATE_BY)]
    late = dt.timedelta(minutes=minutes)
    return Room(
        lesson=lesson,
        room_id=FIRST_UNRECORDED_ROOM_ID + lesson.pk,
        sdk_app_id=sdk_app_id(),
        cloud_status=CloudStatus.ENDED,
        real_started_at=lesson.starts_at + late,
        real_ended_at=lesson.ends_at,
        asked_at=lesson.ends_at,
        source=Source.POLL,
        sent_name=lesson.title,
        sent_starts_at=lesson.starts_at,
        sent_ends_at=lesson.ends_at,
        sent_room_type=lesson.room_type,
        sent_record_mode=RecordMode.NONE,
    )
