"""Conflicts of a term, and those of the coming days: a weekly conflict stands once, with its weeks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from django.core.paginator import Paginator
from django.db.models import TextChoices
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, pgettext

from edu_platform.lib.backlog import Backlog
from edu_platform.lib.formatting import listed
from edu_platform.lib.paging import Pager, pager_of
from schedule.access import may_plan
from schedule.enums import LessonState
from schedule.lessons.may_teach import who_may_teach
from schedule.models import Lesson, LessonQuerySet, Term
from schedule.occupancy.bookings import Booking, Holder, read_bookings
from schedule.occupancy.overlaps import Occupancy, Who, pairs, shared_within
from schedule.occupancy.students import SharedStudents
from schedule.occupancy.words import who_in_words
from schedule.school_day_hooks import NotInOrder, Remedy, counted
from schedule.terms.planning.conflict_words import WeeklyKey, weekly_key
from schedule.terms.planning.left_out import LeftOut, left_out_of
from schedule.terms.weekly_lessons.week_ranges import EVEN, ODD, Weeks, written
from schedule.terms.words import weekly_lesson_in_words, weeks_in_words
from schedule.week_grid import period_of_days, week_number

# Those who look after the school hear of conflicts of students so long before.
TOLD_BEFORE = dt.timedelta(days=14)


class ConflictKind(TextChoices):
    """In the order of the page."""

    TAKEN = "taken", _("Teachers, assistants or class groups in two lessons at once")
    STUDENTS = "students", _("Students in two lessons at once")
    LEFT_OUT = "left_out", _("Weekly lessons that planning leaves out")
    TEACHERS = "teachers", _("Lessons whose teacher cannot teach any more")
    ALLOWED = "allowed", _("Allowed by a planner's reason")


ORDER = {kind: place for place, kind in enumerate(ConflictKind)}


class Row(NamedTuple):
    """A lesson, as much as conflicts have to know of all of a term."""

    pk: int
    ends_at: dt.datetime
    date: dt.date
    key: WeeklyKey


@dataclass(slots=True)
class Conflict:
    """A conflict, on all its days."""

    kind: ConflictKind
    # None: of a lesson alone.
    holder: Holder | None
    other: Holder | None
    students: set[int] = field(default_factory=set)
    # The lesson, and the other one; in order of time.
    pairs: list[tuple[Row, Row | None]] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)

    @property
    def first(self) -> dt.date:
        return self.dates[0]

    @property
    def dates(self) -> list[dt.date]:
        dates = {row.date for row, _other in self.pairs}
        return sorted(dates.union(left_out.date for left_out in self.left_out))

    @property
    def who(self) -> Who | None:
        if self.holder is None or self.other is None:
            return None
        return Who(self.holder, self.other, frozenset(self.students))

    def shown(self, at: dt.datetime) -> tuple[Row, Row | None] | None:
        """The next of its pairs of lessons; the last one when all are over."""
        coming = (pair for pair in self.pairs if pair[0].ends_at > at)
        return next(coming, self.pairs[-1] if self.pairs else None)


# --- What there is --------------------------------------------------------------------------------


def conflicts_of(term: Term, *, at: dt.datetime) -> list[Conflict]:
    """All conflicts of a term, in the order of its page; a fixed number of queries.

    Lessons whose teacher cannot teach any more, and weekly lessons that are left out, are those to come.
    """
    starts_at, ends_at = period_of_days(term.first_monday, term.last_day)
    bookings = read_bookings(starts_at=starts_at, ends_at=ends_at, with_allowed=True)
    occupancy = Occupancy(bookings, shared_within(starts_at, ends_at))
    conflicts = [
        *_of_lessons(occupancy.bookings, occupancy.shared),
        *_left_out(left_out_of(term, occupancy, at=at)),
        *_without_teacher(max(starts_at, at), ends_at),
    ]
    return sorted(conflicts, key=lambda conflict: (ORDER[conflict.kind], conflict.first))


def coming_conflicts(at: dt.datetime) -> list[Conflict]:
    """The conflicts of students within the coming days, in a term or not; three queries, one when there can be none."""
    until = at + TOLD_BEFORE
    shared = shared_within(at, until)
    if not shared.neighbours:
        return []
    bookings = read_bookings(starts_at=at, ends_at=until, with_allowed=True)
    conflicts = _of_lessons(
        [booking for booking in bookings if not booking.holder.is_person], shared
    )
    students = (conflict for conflict in conflicts if conflict.kind is ConflictKind.STUDENTS)
    return sorted(students, key=lambda conflict: conflict.first)


def conflicts_not_in_order(at: dt.datetime) -> Iterator[NotInOrder]:
    """Students who are in two lessons at once within the coming days."""
    backlog = Backlog(len(coming_conflicts(at)), None)
    return counted(backlog, _students_line, days=TOLD_BEFORE.days)


def _students_line(count: int) -> NotInOrder:
    sentence = ngettext(
        "Within %(days)s days, students are in two lessons at once: %(count)s conflict.",
        "Within %(days)s days, students are in two lessons at once: %(count)s conflicts.",
        count,
    )
    conflicts = reverse("schedule:conflicts")
    remedy = Remedy(pgettext("not in order", "Resolve them"), conflicts)
    return NotInOrder(sentence, conflicts, is_for=may_plan, remedy=remedy)


def _of_lessons(bookings: Sequence[Booking], shared: SharedStudents) -> list[Conflict]:
    """Return who is in two lessons at once, by all weeks together; one query where somebody is."""
    at_once = list(pairs(bookings, shared))
    rows = _rows_of([booking for pair in at_once for booking in pair[:2]])
    conflicts_by_key: dict[tuple[object, ...], Conflict] = {}
    for one, other, students in at_once:
        row, other_row = rows[one.lesson_pk or 0], rows[other.lesson_pk or 0]
        first, second = one, other
        if other_row.key < row.key:
            first, second, row, other_row = other, one, other_row, row
        is_allowed = not (one.holder.is_person or (one.is_exclusive and other.is_exclusive))
        kind = _kind(is_allowed=is_allowed, has_students=bool(students))
        key = (kind, first.holder, second.holder, row.key, other_row.key)
        conflict = conflicts_by_key.get(key)
        if conflict is None:
            conflict = conflicts_by_key[key] = Conflict(kind, first.holder, second.holder)
        conflict.students |= students
        conflict.pairs.append((row, other_row))
    return list(conflicts_by_key.values())


def _rows_of(bookings: Sequence[Booking]) -> dict[int, Row]:
    """Return the lessons of these bookings by their key; one query, none without any."""
    if not bookings:
        return {}
    wanted = {booking.lesson_pk: booking for booking in bookings}
    starts = {booking.starts_at for booking in bookings}
    local = {start: timezone.localtime(start) for start in starts}
    lessons = Lesson.objects.filter(starts_at__gte=min(starts), starts_at__lte=max(starts))
    columns = ("pk", "planned__weekly_lesson", "course", "teacher")
    rows: dict[int, Row] = {}
    for pk, weekly_lesson, *others in lessons.values_list(*columns):
        booking = wanted.get(pk)
        if booking is not None:
            begins, length = local[booking.starts_at], booking.ends_at - booking.starts_at
            key = weekly_key(begins, length, weekly_lesson=weekly_lesson, others=others)
            rows[pk] = Row(pk, booking.ends_at, begins.date(), key)
    return rows


def _kind(*, is_allowed: bool, has_students: bool) -> ConflictKind:
    if is_allowed:
        return ConflictKind.ALLOWED
    return ConflictKind.STUDENTS if has_students else ConflictKind.TAKEN


def _left_out(missing: Iterable[LeftOut]) -> list[Conflict]:
    conflicts_by_key: dict[tuple[object, ...], Conflict] = {}
    for left_out in missing:
        other = None if left_out.other is None else left_out.other.pk
        key = (left_out.weekly_lesson.pk, left_out.who.holder, left_out.who.other, other)
        conflict = conflicts_by_key.setdefault(
            key, Conflict(ConflictKind.LEFT_OUT, left_out.who.holder, left_out.who.other)
        )
        conflict.students |= left_out.who.students
        conflict.left_out.append(left_out)
    return list(conflicts_by_key.values())


def lessons_without_teacher(starts_at: dt.datetime, ends_at: dt.datetime) -> LessonQuerySet:
    return (
        Lesson.objects.within(starts_at=starts_at, ends_at=ends_at)
        .exclude(state=LessonState.CANCELLED)
        .exclude(teacher__in=who_may_teach().values("pk"))
    )


def _without_teacher(starts_at: dt.datetime, ends_at: dt.datetime) -> list[Conflict]:
    """The lessons to come of those who are inactive, or have the role no more."""
    lessons = lessons_without_teacher(starts_at, ends_at).in_page_order()
    conflicts_by_key: dict[WeeklyKey, Conflict] = {}
    columns = ("pk", "starts_at", "ends_at", "planned__weekly_lesson", "course", "teacher")
    for pk, start, end, weekly_lesson, *others in lessons.values_list(*columns):
        begins = timezone.localtime(start)
        key = weekly_key(begins, end - start, weekly_lesson=weekly_lesson, others=others)
        row = Row(pk, end, begins.date(), key)
        holder = Holder(is_person=True, pk=others[1])
        # One whose teacher was changed by hand is another.
        conflict = conflicts_by_key.setdefault(
            (*row.key, holder.pk), Conflict(ConflictKind.TEACHERS, holder, holder)
        )
        conflict.pairs.append((row, None))
    return list(conflicts_by_key.values())


# --- A page of it ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ShownWeeklyLesson:
    code: str
    words: str
    teacher: str


@dataclass(frozen=True, slots=True)
class ConflictLine:
    kind: ConflictKind
    who: str
    # Weeks of the term, or days.
    when: str
    # The next of these lessons, and the other one.
    lessons: tuple[Lesson, ...]
    # These weekly lessons are left out.
    weekly_lessons: tuple[ShownWeeklyLesson, ...]

    @property
    def reasons(self) -> list[str]:
        return [lesson.overlap_reason for lesson in self.lessons if lesson.overlap_reason]


@dataclass(frozen=True, slots=True)
class ConflictList:
    lines: tuple[ConflictLine, ...]
    pager: Pager


def conflict_list(
    conflicts: Sequence[Conflict],
    *,
    term: Term | None,
    number: int,
    page_size: int,
    path: str,
    at: dt.datetime,
) -> ConflictList:
    """One page of conflicts; four queries at most, for any number of them."""
    page = Paginator(conflicts, page_size).get_page(number)
    conflicts_on_page = list(page.object_list)
    names = who_in_words(
        [conflict.who for conflict in conflicts_on_page if conflict.who is not None]
    )
    lessons = _lessons_of(conflicts_on_page, at)
    lines = tuple(_line(conflict, term, names, lessons, at) for conflict in conflicts_on_page)
    return ConflictList(lines, pager_of(page, path=path, query={}))


def _lessons_of(conflicts: Iterable[Conflict], at: dt.datetime) -> dict[int, Lesson]:
    pks = {pk for conflict in conflicts for pk in _lesson_pks(conflict, at)}
    return Lesson.objects.select_related("course", "teacher").in_bulk(pks) if pks else {}


def _lesson_pks(conflict: Conflict, at: dt.datetime) -> list[int]:
    pair = conflict.shown(at)
    if pair is not None:
        return [row.pk for row in pair if row is not None]
    return [
        left_out.lesson_id for left_out in conflict.left_out[:1] if left_out.lesson_id is not None
    ]


def _line(
    conflict: Conflict,
    term: Term | None,
    names: Mapping[Who, str],
    lessons: Mapping[int, Lesson],
    at: dt.datetime,
) -> ConflictLine:
    weekly_lessons = [
        weekly_lesson
        for missing in conflict.left_out[:1]
        for weekly_lesson in missing.weekly_lessons
    ]
    return ConflictLine(
        kind=conflict.kind,
        who="" if conflict.who is None else names[conflict.who],
        when=_when(conflict.dates, term),
        lessons=tuple(lessons[pk] for pk in _lesson_pks(conflict, at) if pk in lessons),
        weekly_lessons=tuple(
            ShownWeeklyLesson(
                weekly_lesson.code,
                weekly_lesson_in_words(weekly_lesson),
                weekly_lesson.teacher.display_name,
            )
            for weekly_lesson in weekly_lessons
        ),
    )


def _when(dates: Sequence[dt.date], term: Term | None) -> str:
    if term is None:
        return listed(f"{date:%Y-%m-%d}" for date in dates)
    weeks = {week_number(date, first_monday=term.first_monday) for date in dates}
    usual = (Weeks(word) for word in ("", ODD, EVEN))
    usual_weeks = next(
        (candidate for candidate in usual if weeks == set(candidate.among(term.weeks))), None
    )
    return weeks_in_words(usual_weeks or Weeks(written(sorted(weeks))))
