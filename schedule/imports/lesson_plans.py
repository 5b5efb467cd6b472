"""Turns parsed rows into lesson plans, compared with existing lessons."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from accounts.models import User
from edu_platform.lib.progress import Phase, counted
from schedule.enums import RecordMode
from schedule.imports.lesson_rows import LessonWish
from schedule.imports.lookups import Staffed
from schedule.imports.made_names import MadeNames, class_groups_planned_with, courses_planned_with
from schedule.lessons.as_read import Shape, shape_of
from schedule.lessons.plan import LessonPlan
from schedule.models import ClassGroup, Course, Lesson, Room

Key = tuple[int, frozenset[int], dt.datetime]

# What the columns are called that `schedule.lessons.begun` may freeze.
FIELDS = {
    "teacher": "teacher",
    "end": "ends_at",
    "room_type": "room_type",
    "record": "record_mode",
    "assistants": "assistants",
}


@dataclass(frozen=True, slots=True)
class Known:
    """A lesson that is there, with what is asked of it, read for all of a file together."""

    lesson: Lesson
    class_group_ids: frozenset[int]
    assistants: tuple[User, ...]
    has_room: bool
    room_id: int | None  # of the current room; empty while that is being made

    @property
    def key(self) -> Key:
        return self.lesson.course_id, self.class_group_ids, self.lesson.starts_at

    @property
    def shape(self) -> Shape:
        assistants = (user.pk for user in self.assistants)
        return shape_of(self.lesson, assistants=assistants, class_groups=self.class_group_ids)


@dataclass(frozen=True, slots=True)
class Planned:
    """A row as it will stand in the timetable, beside what stands there now."""

    wish: LessonWish
    plan: LessonPlan
    known: Known | None
    differences: tuple[str, ...] = ()  # columns; none when the lesson is as the row says

    @property
    def lesson(self) -> Lesson | None:
        return self.known.lesson if self.known else None

    @property
    def differs(self) -> bool:
        return bool(self.differences)

    @property
    def changed_fields(self) -> frozenset[str]:
        """Return which fields the row changes of those that a class freezes once it has begun."""
        return frozenset(FIELDS[column] for column in self.differences if column in FIELDS)

    @property
    def takes_people(self) -> bool:
        return self.lesson is None or not self.lesson.is_cancelled


def plan_rows(rows: Sequence[Staffed[LessonWish]], made_names: MadeNames) -> list[Planned]:
    """Plan each row; courses and class groups that are missing are noted in `made_names`."""
    courses = courses_planned_with((row.wish.course for row in rows), made_names)
    names = (name for row in rows for name in row.wish.class_groups)
    groups = class_groups_planned_with(names, made_names)
    lessons = _lessons_between([row.wish.starts_at for row in rows])
    planned: list[Planned] = []
    for row in counted(rows, Phase.COMPARING, len(rows)):
        course = courses[row.wish.course]
        of_row = tuple(groups[name] for name in row.wish.class_groups)
        pks = frozenset(group.pk for group in of_row)
        known_lesson = lessons.get((course.pk, pks, row.wish.starts_at))
        plan = _new_plan(row, course, of_row)
        if known_lesson is None:
            planned.append(Planned(row.wish, plan, None))
        else:
            plan = _plan_of_known(plan, row, known_lesson)
            planned.append(Planned(row.wish, plan, known_lesson, _differences(plan, known_lesson)))
    return planned


def _new_plan(
    row: Staffed[LessonWish], course: Course, class_groups: tuple[ClassGroup, ...]
) -> LessonPlan:
    wish = row.wish
    return LessonPlan(
        course=course,
        teacher=row.teacher,
        class_groups=class_groups,
        starts_at=wish.starts_at,
        ends_at=wish.ends_at,
        assistants=row.assistants or (),
        title=wish.title,
        room_type=wish.room_type,
        record_mode=RecordMode.AUTOMATIC if wish.is_recorded else RecordMode.NONE,
    )


def _plan_of_known(plan: LessonPlan, row: Staffed[LessonWish], known_lesson: Known) -> LessonPlan:
    """The plan with what the file cannot say, or does not, as it is."""
    lesson = known_lesson.lesson
    # Any way of recording is recorded: only a change between yes and no counts.
    is_recorded = lesson.record_mode != RecordMode.NONE
    return dataclasses.replace(
        plan,
        title=row.wish.title or lesson.title,
        assistants=known_lesson.assistants if row.assistants is None else row.assistants,
        record_mode=(
            lesson.record_mode if is_recorded is row.wish.is_recorded else plan.record_mode
        ),
        students_may_download=lesson.students_may_download,
        overlap_reason=lesson.overlap_reason,
        families_may_watch=lesson.families_may_watch,
    )


def _differences(plan: LessonPlan, known_lesson: Known) -> tuple[str, ...]:
    """Return the columns that differ."""
    lesson = known_lesson.lesson
    pairs = (
        ("teacher", plan.teacher.pk, lesson.teacher_id),
        ("end", plan.ends_at, lesson.ends_at),
        ("room_type", plan.room_type, lesson.room_type),
        ("record", plan.record_mode, lesson.record_mode),
        ("assistants", set(plan.assistants), set(known_lesson.assistants)),
        ("title", plan.title, lesson.title),
    )
    return tuple(column for column, wanted, current in pairs if wanted != current)


def _lessons_between(starts: Sequence[dt.datetime]) -> dict[Key, Known]:
    """The lessons that start between the first and the last of these moments, by their key."""
    if not starts:
        return {}
    period = (min(starts), max(starts))
    groups: dict[int, set[int]] = defaultdict(set)
    attending = Lesson.class_groups.through.objects.filter(lesson__starts_at__range=period)
    for lesson_id, group_id in attending.values_list("lesson", "classgroup"):
        groups[lesson_id].add(group_id)
    assistants: dict[int, list[User]] = defaultdict(list)
    assisting = Lesson.assistants.through.objects.filter(lesson__starts_at__range=period)
    for row in assisting.select_related("user"):
        assistants[row.lesson_id].append(row.user)
    rooms = dict(
        Room.objects.current()
        .filter(lesson__starts_at__range=period)
        .values_list("lesson", "room_id")
    )
    lesson_by_key: dict[Key, Known] = {}
    for lesson in Lesson.objects.filter(starts_at__range=period).order_by("pk"):
        known_lesson = Known(
            lesson,
            frozenset(groups[lesson.pk]),
            tuple(assistants[lesson.pk]),
            lesson.pk in rooms,
            rooms.get(lesson.pk),
        )
        earlier = lesson_by_key.get(known_lesson.key)
        # Where a lesson was cancelled and another planned in its place, the latter is meant.
        if earlier is None or earlier.lesson.is_cancelled:
            lesson_by_key[known_lesson.key] = known_lesson
    return lesson_by_key
