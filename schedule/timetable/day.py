"""The school's day as a board: the lessons of now with the worst first, the others by period, and its figures."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple

from django.utils import timezone
from django.utils.translation import ngettext, npgettext, pgettext

from schedule.lessons.begun import is_begun
from schedule.terms.bell_times import Bells
from schedule.terms.words import periods_in_words
from schedule.timetable.cards import LessonCard, cards_of
from schedule.timetable.day_filters import DayFilter, Shown
from schedule.timetable.day_order import LAST_PLACE, DayNames
from schedule.timetable.page_facts import LessonFacts
from schedule.timetable.timetable_rows import LessonRow
from schedule.timetable.timetables import Viewer
from schedule.week_grid import DayLabels

# Tiles of lessons that need a look, at most: more fill eight screens of a phone.
TILES_AT_MOST = 20
# Where nothing is the matter, two rows tell as much as eight.
CALM_TILES = 8
# What is folded is more than a few.
NOT_FOLDED = 12


@dataclass(frozen=True, slots=True)
class DayLesson:
    """A lesson of the day, with what the week does not ask."""

    card: LessonCard
    # That of its first class group in the order of their names.
    place: int
    class_groups: tuple[str, ...]
    # Nobody will teach it: its teacher has left, or teaches no longer.
    lacks_teacher: bool

    @property
    def is_coming(self) -> bool:
        card = self.card
        return not (card.has_begun or card.is_over or card.is_cancelled or card.is_draft)

    @property
    def is_planned(self) -> bool:
        return not (self.card.is_cancelled or self.card.is_draft)

    @property
    def is_substituted(self) -> bool:
        return bool(self.card.stands_in_for) and not self.card.is_cancelled

    @property
    def badness(self) -> int:
        """Return how much a lesson of now needs a look: 0 is worst, and what runs as it should is last."""
        card = self.card
        signs = (card.is_awaited, self.lacks_teacher, card.is_cancelled, card.is_draft)
        return next((place for place, sign in enumerate(signs) if sign), self._calm_badness)

    @property
    def is_calm(self) -> bool:
        return self.badness == CALM

    @property
    def _calm_badness(self) -> int:
        return CALM if self.card.is_running else CALM - 1


# After the signs of `badness`, and a class of now that has ended already.
CALM = 5

SHOWN_BY: dict[Shown, Callable[[DayLesson], bool]] = {
    Shown.RUNNING: lambda lesson: lesson.card.is_running,
    Shown.AWAITED: lambda lesson: lesson.card.is_awaited,
    Shown.COMING: lambda lesson: lesson.is_coming,
    Shown.PLANNED: lambda lesson: lesson.is_planned,
    Shown.SUBSTITUTED: lambda lesson: lesson.is_substituted or lesson.lacks_teacher,
}


class Slot(NamedTuple):
    """A period of the day, or an hour of one without bell times."""

    starts: dt.time
    label: str
    anchor: str


class Slots:
    """Says in which of them a time of day lies."""

    def __init__(self, bells: Bells) -> None:
        self._bells = bells
        self._by_time: dict[dt.time, Slot] = {}

    def of(self, moment: dt.datetime) -> Slot:
        time = moment.time()
        if time not in self._by_time:
            self._by_time[time] = self._find(time)
        return self._by_time[time]

    def is_whole(self, card: LessonCard) -> bool:
        """Tell whether a lesson lasts from the start of a period to its end."""
        hours = card.local_start.time(), card.local_end.time()
        return hours in self._bells.spans and card.local_start.date() == card.local_end.date()

    def now(self, local: dt.datetime) -> str:
        """Name the period of the present moment; empty between periods, and without bell times."""
        number = self._bells.number_during(local.time())
        return periods_in_words(number, number) if number else ""

    def moments(self, day: dt.date) -> Iterator[dt.datetime]:
        """Yield when a period of this day begins or ends."""
        for span in self._bells.spans:
            yield from (timezone.make_aware(dt.datetime.combine(day, time)) for time in span)

    def _find(self, time: dt.time) -> Slot:
        number = self._bells.number_during(time)
        if number:
            starts = self._bells.spans[number - 1].starts
            words = periods_in_words(number, number)
            return Slot(starts, f"{words} · {starts:%H:%M}", f"period-{number}")
        if self._bells.spans:
            return Slot(time, f"{time:%H:%M}", f"at-{time:%H%M}")
        return Slot(dt.time(time.hour), f"{time.hour:02}:00", f"hour-{time.hour:02}")


@dataclass(frozen=True, slots=True)
class Period:
    """The lessons that begin in one period: a line, which opens."""

    slot: Slot
    lessons: tuple[DayLesson, ...]
    is_open: bool

    @property
    def words(self) -> str:
        """Say how many they are, and what is unusual: 36 节课，2 节已改."""
        count = len(self.lessons)
        parts = [ngettext("%(count)s lesson", "%(count)s lessons", count) % {"count": count}]
        parts += (words % {"count": number} for words, number in self._unusual() if number)
        return pgettext("between parts of a line", ", ").join(parts)

    def _unusual(self) -> Iterator[tuple[str, int]]:
        changed, substituted, vacant, cancelled, drafts, never_held = (
            sum(signs) for signs in zip(*map(_signs_of, self.lessons), strict=True)
        )
        # Each word in its form for that many.
        yield npgettext("lessons", "%(count)s changed", "%(count)s changed", changed), changed
        yield (
            npgettext("lessons", "%(count)s substituted", "%(count)s substituted", substituted),
            substituted,
        )
        yield (
            npgettext("lessons", "%(count)s to be covered", "%(count)s to be covered", vacant),
            vacant,
        )
        yield (
            npgettext("lessons", "%(count)s cancelled", "%(count)s cancelled", cancelled),
            cancelled,
        )
        yield npgettext("lessons", "%(count)s draft", "%(count)s drafts", drafts), drafts
        yield (
            npgettext("lessons", "%(count)s never held", "%(count)s never held", never_held),
            never_held,
        )


def _signs_of(lesson: DayLesson) -> tuple[bool, ...]:
    card = lesson.card
    return (
        bool(card.change_marks) and not card.stands_in_for,
        lesson.is_substituted,
        lesson.lacks_teacher,
        card.is_cancelled,
        card.is_draft,
        card.was_never_held,
    )


@dataclass(frozen=True, slots=True)
class Now:
    """The lessons of the present moment."""

    # 第2节; empty between periods.
    period: str
    tiles: tuple[DayLesson, ...]
    # What does not stand there.
    rest: tuple[DayLesson, ...]

    @property
    def group_count(self) -> int:
        return _groups_in((*self.tiles, *self.rest))

    @property
    def rest_words(self) -> str:
        if all(lesson.is_calm for lesson in self.rest):
            count = _groups_in(self.rest)
            words = ngettext(
                "The other %(count)s class group is in class",
                "The other %(count)s class groups are in class",
                count,
            )
        else:
            count = len(self.rest)
            words = ngettext("%(count)s more lesson", "%(count)s more lessons", count)
        return words % {"count": count}


def _groups_in(lessons: Iterable[DayLesson]) -> int:
    return len({group for lesson in lessons for group in lesson.class_groups})


@dataclass(frozen=True, slots=True)
class SchoolDay(DayLabels):
    date: dt.date
    is_today: bool
    # How many lessons each figure counts.
    counts: dict[Shown, int]
    # Lessons for which somebody has to be found yet.
    uncovered: int
    # None: it is another day, or nothing is held now.
    now: Now | None
    # On another day these are all of them.
    later: tuple[Period, ...]
    earlier: tuple[Period, ...]
    # All lessons that the figures count are looked at.
    cards: tuple[LessonCard, ...]
    slots: Slots

    @property
    def has_lessons(self) -> bool:
        return bool(self.cards)

    @property
    def is_shown(self) -> bool:
        """Return whether any of its lessons is among those that were asked for."""
        return bool(self.now or self.later or self.earlier)

    @property
    def first_to_come(self) -> Period | None:
        return self.later[0] if self.later else None

    @property
    def can_be_entered(self) -> bool:
        """Return whether the viewer can enter a class of this day now."""
        return any(card.can_enter for card in self.cards)


def day_of(
    day: dt.date,
    facts: Sequence[LessonFacts],
    names: DayNames,
    viewer: Viewer,
    at: dt.datetime,
    *,
    chosen: DayFilter,
    bells: Bells,
) -> SchoolDay:
    """The day, of the lessons that `page_facts.day_facts` follows."""
    is_today = day == timezone.localdate(at)
    lessons = [
        lesson
        for lesson in _lessons_of(facts, names, viewer, at, chosen)
        # What began the day before belongs to that day, unless it is still held now.
        if lesson.card.date == day or (is_today and _is_of_now(lesson.card, at))
    ]
    slots = Slots(bells)
    shown = _shown(lessons, chosen)
    of_now = [lesson for lesson in shown if is_today and _is_of_now(lesson.card, at)]
    others = [lesson for lesson in shown if not (is_today and _is_of_now(lesson.card, at))]
    is_open = len(shown) <= NOT_FOLDED
    later = [lesson for lesson in others if not is_today or lesson.card.starts_at > at]
    earlier = [lesson for lesson in others if is_today and lesson.card.starts_at <= at]
    return SchoolDay(
        date=day,
        is_today=is_today,
        counts=_counts(lessons),
        uncovered=sum(lesson.lacks_teacher for lesson in lessons),
        now=_now(of_now, slots.now(timezone.localtime(at))) if of_now else None,
        later=_periods(later, slots, is_open=is_open),
        earlier=_periods(earlier, slots, is_open=is_open),
        cards=tuple(lesson.card for lesson in lessons),
        slots=slots,
    )


def _lessons_of(
    facts: Sequence[LessonFacts],
    names: DayNames,
    viewer: Viewer,
    at: dt.datetime,
    chosen: DayFilter,
) -> Iterator[DayLesson]:
    """Yield the lessons that pass the filters, in the order of their start and of their class groups."""
    of_lesson = {fact.lesson.pk: names.of_lesson(fact.lesson.class_group_ids) for fact in facts}
    taken = [
        fact.lesson for fact in facts if chosen.takes(fact.lesson.course, of_lesson[fact.lesson.pk])
    ]
    cards = cards_of(taken, viewer, at)
    made = (
        DayLesson(
            card=card,
            place=next((group.place for group in of_lesson[row.pk]), LAST_PLACE),
            class_groups=row.class_groups,
            lacks_teacher=row.teacher_id not in names.teachers and _is_to_be_taught(row, card),
        )
        for row, card in zip(taken, cards, strict=True)
    )
    yield from sorted(made, key=lambda lesson: (lesson.card.starts_at, lesson.place))


def _is_to_be_taught(row: LessonRow, card: LessonCard) -> bool:
    """Tell whether somebody has still to begin the class."""
    has_begun = row.room is not None and is_begun(row.room)
    return not (has_begun or card.is_cancelled or card.is_past or card.is_over)


def _is_of_now(card: LessonCard, at: dt.datetime) -> bool:
    return card.is_running or card.starts_at <= at < card.ends_at


def _shown(lessons: Sequence[DayLesson], chosen: DayFilter) -> Sequence[DayLesson]:
    return lessons if chosen.shown is None else list(filter(SHOWN_BY[chosen.shown], lessons))


def _counts(lessons: Sequence[DayLesson]) -> dict[Shown, int]:
    counts = {shown: sum(map(is_one, lessons)) for shown, is_one in SHOWN_BY.items()}
    # Beside it stands how many nobody is found for, which its page shows as well.
    counts[Shown.SUBSTITUTED] = sum(lesson.is_substituted for lesson in lessons)
    return counts


def _now(lessons: Sequence[DayLesson], period: str) -> Now:
    """Return the tiles: the worst first, then those that run in the order of their class groups."""
    in_order = sorted(lessons, key=lambda lesson: (lesson.badness, lesson.place))
    if len(in_order) > NOT_FOLDED:
        troubled = sum(not lesson.is_calm for lesson in in_order)
        tiles = min(max(troubled, CALM_TILES), TILES_AT_MOST)
    else:
        tiles = len(in_order)
    return Now(period, tuple(in_order[:tiles]), tuple(in_order[tiles:]))


def _periods(lessons: Sequence[DayLesson], slots: Slots, *, is_open: bool) -> tuple[Period, ...]:
    """The lessons by the period of their start; they come in the order of their start."""
    return tuple(
        Period(slot, tuple(of_slot), is_open)
        for slot, of_slot in groupby(lessons, lambda lesson: slots.of(lesson.card.local_start))
    )
