"""Somebody's teaching in a month (课时): counted in lessons, and in hours of their planned length.

A lesson counts in the month in which it begins, where it stands now; drafts count nowhere. For each teacher
PLANNED is the sum of what became of the lessons, HELD to CANCELLED of `HoursColumn`. A lesson with a
`Substitution` is PLANNED and GIVEN_AWAY for the absent teacher, and STOOD_IN for the other one; a cancelled
lesson counts for the teacher for whom it was planned, also when somebody else was to stand in.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.db.models import (
    Case,
    Count,
    F,
    Q,
    QuerySet,
    Sum,
    TextField,
    Value,
    When,
)
from django.utils import timezone

from accounts.models import User
from edu_platform.lib.moments import weekday_label
from schedule.enums import HoursColumn, LessonState
from schedule.hours.months import Month
from schedule.models import Lesson, LessonQuerySet, begins_within, never_held
from schedule.models.lessons import any_room_has_begun, room_has_begun
from schedule.timetable.timetables import lessons_in

MINUTE = dt.timedelta(minutes=1)
MINUTES_AN_HOUR = 60
# Columns that sum up others.
SUMS = (HoursColumn.PLANNED, HoursColumn.TAUGHT)


class Person(NamedTuple):
    pk: int
    username: str
    name: str
    # The order of names.
    name_key: bytes

    @classmethod
    def of(cls, pk: int, username: str, name: str, name_key: bytes) -> Person:
        """The person of these columns; some databases hand over the key as a view of it."""
        return cls(pk, username, name, bytes(name_key))


class LessonsAlike(NamedTuple):
    """Lessons of the same people that ended alike."""

    teacher: Person
    # Who was to teach them, and is away.
    absent: Person | None
    outcome: HoursColumn
    lessons: int
    minutes: int


@dataclass(slots=True)
class HoursCount:
    lessons: int = 0
    minutes: int = 0

    @property
    def hours(self) -> float:
        return self.minutes / MINUTES_AN_HOUR

    @property
    def hours_text(self) -> str:
        return f"{self.hours:.2f}".rstrip("0").rstrip(".")

    def add(self, lessons: int, minutes: int) -> None:
        self.lessons += lessons
        self.minutes += minutes


@dataclass(slots=True)
class TeacherHours:
    person: Person
    counts: dict[HoursColumn, HoursCount] = field(
        default_factory=lambda: {column: HoursCount() for column in HoursColumn}
    )

    @property
    def cells(self) -> list[HoursCount]:
        """In the order of `HoursColumn`."""
        return list(self.counts.values())


@dataclass(frozen=True, slots=True)
class CountedLesson:
    """A lesson among the hours of one person."""

    person: Person
    counts_as: HoursColumn
    outcome: HoursColumn
    code: str
    course: str
    class_groups: str
    starts_at: dt.datetime
    ends_at: dt.datetime
    teacher: Person
    absent: Person | None

    @property
    def day(self) -> str:
        date = timezone.localdate(self.starts_at)
        return f"{date} {weekday_label(date)}"

    @property
    def minutes(self) -> int:
        return (self.ends_at - self.starts_at) // MINUTE

    @property
    def length(self) -> HoursCount:
        return HoursCount(lessons=1, minutes=self.minutes)

    @property
    def has_other_outcome(self) -> bool:
        """Return whether what became of it differs from what it counts as."""
        return self.outcome != self.counts_as


def hours_of(month: Month, *, at: dt.datetime, person: User | None = None) -> list[TeacherHours]:
    """Everybody who teaches or assists in the month, by name; or one person. Two queries."""
    hours_by_person = tally(_alike(month, at, person))
    for assistant, lessons, length in _assisting(month, person):
        hours_by_person.setdefault(assistant, TeacherHours(assistant))
        hours_by_person[assistant].counts[HoursColumn.ASSISTED].add(lessons, length // MINUTE)
    if person is not None:
        only = Person.of(person.pk, person.username, person.display_name, person.name_key)
        return [hours_by_person.get(only, TeacherHours(only))]
    return sorted(hours_by_person.values(), key=lambda row: _by_name(row.person))


def total_of(rows: Iterable[TeacherHours]) -> list[HoursCount]:
    """In the order of `HoursColumn`."""
    totals = [HoursCount() for _column in HoursColumn]
    for row in rows:
        for total, count in zip(totals, row.cells, strict=True):
            total.add(count.lessons, count.minutes)
    return totals


def listed_count(rows: Iterable[TeacherHours]) -> int:
    """Return how many lines the lessons behind these hours take, as `counted_lessons` lists them."""
    return sum(
        count.lessons for row in rows for column, count in row.counts.items() if column not in SUMS
    )


def tally(alike: Iterable[LessonsAlike]) -> dict[Person, TeacherHours]:
    """Count these lessons in the hours of each person."""
    hours_by_person: dict[Person, TeacherHours] = {}
    for group in alike:
        for person, column in _places_of(group.teacher, group.absent, group.outcome):
            row = hours_by_person.setdefault(person, TeacherHours(person))
            row.counts[column].add(group.lessons, group.minutes)
    return hours_by_person


def _places_of(
    teacher: Person, absent: Person | None, outcome: HoursColumn
) -> Iterator[tuple[Person, HoursColumn]]:
    """Yield in whose hours a lesson counts, and as what."""
    planned_for = absent or teacher
    yield planned_for, HoursColumn.PLANNED
    if planned_for != teacher and outcome != HoursColumn.CANCELLED:
        yield planned_for, HoursColumn.GIVEN_AWAY
        yield teacher, HoursColumn.STOOD_IN
    else:
        yield planned_for, outcome
    if outcome == HoursColumn.HELD:
        yield teacher, HoursColumn.TAUGHT


def counted_lessons(
    month: Month, *, at: dt.datetime, person: User | None = None
) -> list[CountedLesson]:
    """The lessons behind the hours, by name and start; three queries."""
    lessons = _lessons(month, at, person, assists=True)
    class_groups = _class_groups_of(lessons)
    assistants = _assistants_of(lessons)
    columns = ("pk", "code", "course__name", "starts_at", "ends_at", *PEOPLE, "outcome")
    counted = []
    for pk, code, course, starts_at, ends_at, *people, outcome in lessons.values_list(*columns):
        teacher, absent = _people_of(people)
        became = HoursColumn(outcome)
        for whose, column in _listed_for(teacher, absent, became, assistants.get(pk, ())):
            if person is None or whose.pk == person.pk:
                names = "、".join(class_groups.get(pk, ()))
                of_lesson = (code, course, names, starts_at, ends_at, teacher, absent)
                counted.append(CountedLesson(whose, column, became, *of_lesson))
    return sorted(
        counted, key=lambda lesson: (*_by_name(lesson.person), lesson.starts_at, lesson.code)
    )


def _listed_for(
    teacher: Person, absent: Person | None, outcome: HoursColumn, assistants: Iterable[Person]
) -> Iterator[tuple[Person, HoursColumn]]:
    """As `_places_of`, but once for each person: without the columns that sum up others, and with assistants."""
    yield from (place for place in _places_of(teacher, absent, outcome) if place[1] not in SUMS)
    if outcome != HoursColumn.CANCELLED:
        yield from ((assistant, HoursColumn.ASSISTED) for assistant in assistants)


# --- Queries ------------------------------------------------------------------------------------

# Teacher, then who is away.
PEOPLE = tuple(
    f"{whose}{column}"
    for whose in ("teacher", "substitution__absent_teacher")
    for column in ("", "__username", "__display_name", "__name_key")
)
ASSISTANT = ("user", "user__username", "user__display_name", "user__name_key")


def _people_of(columns: Iterable[Any]) -> tuple[Person, Person | None]:
    teacher, username, name, name_key, *of_absent = columns
    absent = None if of_absent[0] is None else Person.of(*of_absent)
    return Person.of(teacher, username, name, name_key), absent


def _by_name(person: Person) -> tuple[bytes, str]:
    return person.name_key, person.username


def _lessons(
    month: Month, at: dt.datetime, person: User | None, *, assists: bool = False
) -> LessonQuerySet:
    """The lessons that count, for everybody or one person, each with its `outcome`."""
    lessons = Lesson.objects.visible()
    parts: tuple[LessonQuerySet, ...] = (lessons,)
    if person is not None:
        away = lessons.filter(substitution__absent_teacher=person)
        parts = (lessons.filter(teacher=person), away)
    if person is not None and assists:
        parts = (*parts, lessons.filter(assistants=person))
    counted = lessons_in(parts, begins_within(month.starts_at, month.ends_at)).with_current_room()
    return counted.annotate(outcome=_outcome(at))


def _outcome(at: dt.datetime) -> Case:
    """Tell what became of a lesson. The current room comes along; others are looked at only if it has not begun."""
    return Case(
        When(state=LessonState.CANCELLED, then=Value(HoursColumn.CANCELLED.value)),
        When(ends_at__gt=at, then=Value(HoursColumn.TO_COME.value)),
        When(room_has_begun("current_room__"), then=Value(HoursColumn.HELD.value)),
        When(any_room_has_begun(), then=Value(HoursColumn.HELD.value)),
        When(
            never_held(planned_end="ends_at", room="current_room__"),
            then=Value(HoursColumn.NOT_HELD.value),
        ),
        default=Value(HoursColumn.UNKNOWN.value),
        output_field=TextField(),
    )


def _alike(month: Month, at: dt.datetime, person: User | None) -> Iterator[LessonsAlike]:
    alike = _lessons(month, at, person).order_by().values_list(*PEOPLE, "outcome")
    summed = alike.annotate(lessons=Count("pk"), length=Sum(F("ends_at") - F("starts_at")))
    for *people, outcome, lessons, length in summed:
        yield LessonsAlike(*_people_of(people), HoursColumn(outcome), lessons, length // MINUTE)


def _assisting(month: Month, person: User | None) -> Iterator[tuple[Person, int, dt.timedelta]]:
    """Yield who assists in how many lessons that are not cancelled, and how long these are together."""
    published = Q(lesson__state=LessonState.PUBLISHED)
    in_month = begins_within(month.starts_at, month.ends_at, prefix="lesson__")
    rows = Lesson.assistants.through.objects.filter(published, in_month)
    if person is not None:
        rows = rows.filter(user=person)
    length = Sum(F("lesson__ends_at") - F("lesson__starts_at"))
    summed = rows.order_by().values_list(*ASSISTANT)
    for *assistant, lessons, together in summed.annotate(lessons=Count("pk"), length=length):
        yield Person.of(*assistant), lessons, together


def _class_groups_of(lessons: LessonQuerySet) -> dict[int, list[str]]:
    """Their names by lesson."""
    rows = Lesson.class_groups.through.objects.filter(lesson__in=_keys(lessons))
    names_by_lesson: dict[int, list[str]] = defaultdict(list)
    in_order = rows.order_by("classgroup__name_key", "classgroup")
    for lesson_id, name in in_order.values_list("lesson", "classgroup__name"):
        names_by_lesson[lesson_id].append(name)
    return names_by_lesson


def _assistants_of(lessons: LessonQuerySet) -> dict[int, list[Person]]:
    rows = Lesson.assistants.through.objects.filter(lesson__in=_keys(lessons))
    assistants_by_lesson: dict[int, list[Person]] = defaultdict(list)
    for lesson_id, *assistant in rows.values_list("lesson", *ASSISTANT):
        assistants_by_lesson[lesson_id].append(Person.of(*assistant))
    return assistants_by_lesson


def _keys(lessons: LessonQuerySet) -> QuerySet[Lesson, Any]:
    return lessons.order_by().values("pk")
