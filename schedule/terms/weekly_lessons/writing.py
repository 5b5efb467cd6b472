"""Planners' decisions on weekly lessons, and writing those that are known to fit, in a few statements for any number."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from accounts.models import User
from edu_platform.lib.batches import ROWS_A_STATEMENT, in_batches, update_rows
from edu_platform.lib.versions import version_of
from schedule.enums import RecordMode, RoomType, WeeklyLessonSource
from schedule.models import (
    ClassGroup,
    Course,
    Term,
    WeeklyLesson,
    WeeklyLessonAssistant,
    WeeklyLessonClassGroup,
)
from schedule.terms.weekly_lessons.gate import require_sound
from schedule.terms.weekly_lessons.week_ranges import Weeks

# A weekly lesson has so many with its people and class groups; for the bar.
ROWS_A_WEEKLY_LESSON = 3


def insert_weekly_lessons(
    term: Term, plans: Iterable[WeeklyLessonPlan], *, source: WeeklyLessonSource
) -> list[WeeklyLesson]:
    plans = list(plans)
    require_sound(plans)
    weekly_lessons = WeeklyLesson.objects.bulk_create(
        [WeeklyLesson(term=term, source=source, **plan.columns()) for plan in plans],
        batch_size=ROWS_A_STATEMENT,
    )
    _add_people_and_groups(zip(weekly_lessons, plans, strict=True))
    return weekly_lessons


def update_weekly_lessons(
    planned: Collection[tuple[WeeklyLesson, WeeklyLessonPlan]],
    *,
    source: WeeklyLessonSource | None = None,
) -> None:
    """Make each weekly lesson as planned, its term locked by now; `source`: it comes from there now."""
    require_sound(plan for _weekly_lesson, plan in planned)
    for weekly_lesson, plan in planned:
        weekly_lesson.source = source or weekly_lesson.source
        for name, value in plan.columns().items():
            setattr(weekly_lesson, name, value)
    weekly_lessons = [weekly_lesson for weekly_lesson, _plan in planned]
    update_rows(weekly_lessons, ["source", *PLAIN_COLUMNS])
    for batch in in_batches(weekly_lesson.pk for weekly_lesson in weekly_lessons):
        WeeklyLessonAssistant.objects.filter(weekly_lesson__in=batch).delete()
        WeeklyLessonClassGroup.objects.filter(weekly_lesson__in=batch).delete()
    _add_people_and_groups(planned)


def move_weekly_lessons(weekly_lessons: Iterable[WeeklyLesson]) -> int:
    """Write the hours of these weekly lessons as they are set by now, and return how many there are."""
    moved = list(weekly_lessons)
    require_sound(moved)
    return WeeklyLesson.objects.bulk_update(moved, ["starts", "ends"], batch_size=ROWS_A_STATEMENT)


def delete_weekly_lessons(weekly_lessons: Iterable[WeeklyLesson]) -> None:
    for batch in in_batches(weekly_lesson.pk for weekly_lesson in weekly_lessons):
        WeeklyLesson.objects.filter(pk__in=batch).delete()


def _add_people_and_groups(planned: Iterable[tuple[WeeklyLesson, WeeklyLessonPlan]]) -> None:
    assistants, groups = [], []
    for weekly_lesson, plan in planned:
        assistants += [
            WeeklyLessonAssistant(weekly_lesson_id=weekly_lesson.pk, user_id=user.pk)
            for user in plan.assistants
        ]
        groups += [
            WeeklyLessonClassGroup(weekly_lesson_id=weekly_lesson.pk, classgroup_id=group.pk)
            for group in plan.class_groups
        ]
    WeeklyLessonAssistant.objects.bulk_create(assistants, batch_size=ROWS_A_STATEMENT)
    WeeklyLessonClassGroup.objects.bulk_create(groups, batch_size=ROWS_A_STATEMENT)


EVERY_WEEK = Weeks()
PLAIN_COLUMNS = (
    *("course", "teacher", "weekday", "starts", "ends", "first_bell", "last_bell", "weeks"),
    *("title", "room_type", "record_mode", "overlap_reason"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class WeeklyLessonPlan:
    """All of a weekly lesson; what is not given is as usual."""

    course: Course
    teacher: User
    class_groups: tuple[ClassGroup, ...]
    # 1 is Monday.
    weekday: int
    starts: dt.time
    ends: dt.time
    assistants: tuple[User, ...] = ()
    # Periods, where it is planned by the term's bell times; both or neither.
    first_bell: int | None = None
    last_bell: int | None = None
    weeks: Weeks = EVERY_WEEK
    title: str = ""
    room_type: int = RoomType.INTERACTIVE
    record_mode: int = RecordMode.AUTOMATIC
    overlap_reason: str = ""
    # Fields of which a file says nothing: a weekly lesson that is there keeps its own.
    unsaid: frozenset[str] = frozenset()

    @property
    def group_ids(self) -> frozenset[int]:
        return frozenset(group.pk for group in self.class_groups)

    @property
    def key(self) -> tuple[int, frozenset[int], int, dt.time, str]:
        """Return what tells one weekly lesson from another."""
        return self.course.pk, self.group_ids, self.weekday, self.starts, self.weeks.text

    @property
    def place(self) -> tuple[object, ...]:
        """Return what decides when its class groups, and so their students, are in it."""
        hours = self.weekday, self.starts, self.ends, self.weeks.text
        return *hours, self.group_ids, bool(self.overlap_reason)

    @property
    def hours(self) -> tuple[int, dt.time, dt.time]:
        return self.weekday, self.starts, self.ends

    def at_hours_of(self, other: WeeklyLessonPlan) -> WeeklyLessonPlan:
        """Return this plan at the weekday and hours of another one, by periods where that one is."""
        names = ("weekday", "starts", "ends", "first_bell", "last_bell")
        return dataclasses.replace(self, **{name: getattr(other, name) for name in names})

    def columns(self) -> dict[str, object]:
        """Return those of the weekly lesson itself."""
        return {name: getattr(self, name) for name in PLAIN_COLUMNS} | {"weeks": self.weeks.text}

    def kept(self) -> dict[str, object]:
        """Return it as JSON; the same whenever the plan is."""
        return self.columns() | {
            "course": self.course.pk,
            "teacher": self.teacher.pk,
            "starts": str(self.starts),
            "ends": str(self.ends),
            "assistants": sorted(user.pk for user in self.assistants),
            "class_groups": sorted(self.group_ids),
        }

    @property
    def version(self) -> str:
        """Return the version of the weekly lesson as planners' pages show it."""
        return version_of(self.kept())


def plan_of(weekly_lesson: WeeklyLesson) -> WeeklyLessonPlan:
    """Return a weekly lesson as it is; no query when its people and class groups were read with it."""
    return WeeklyLessonPlan(
        course=weekly_lesson.course,
        teacher=weekly_lesson.teacher,
        class_groups=tuple(weekly_lesson.class_groups.all()),
        weekday=weekly_lesson.weekday,
        starts=weekly_lesson.starts,
        ends=weekly_lesson.ends,
        assistants=tuple(weekly_lesson.assistants.all()),
        first_bell=weekly_lesson.first_bell,
        last_bell=weekly_lesson.last_bell,
        weeks=Weeks(weekly_lesson.weeks),
        title=weekly_lesson.title,
        room_type=weekly_lesson.room_type,
        record_mode=weekly_lesson.record_mode,
        overlap_reason=weekly_lesson.overlap_reason,
    )
