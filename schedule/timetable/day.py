"""The school's day as a board: the lessons of now with the worst first, the others by period, and its figures."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple

from django.utils import timezone
from django.utils.translation import ngettext, npgettext_lazy
from django_stubs_ext import StrPromise

from edu_platform.lib.formatting import in_parts, listed
from schedule.enums import CloudStatus
from schedule.lessons.begun import is_begun
from schedule.school_day_hooks import TileNote
from schedule.terms.bells.bell_lists import BellLists
from schedule.terms.bells.bell_times import Bells
from schedule.terms.words import periods_in_words
from schedule.timetable.cards import LessonCard, cards_of
from schedule.timetable.day_filters import DayFilter, Shown
from schedule.timetable.day_order import LAST_PLACE, DayNames
from schedule.timetable.page_facts import LessonFacts
from schedule.timetable.timetable_rows import LessonRow
from schedule.timetable.timetables import Viewer
from schedule.timetable.week_days import bells_of_cards
from schedule.week_grid import DayLabels

# So many lessons that need a look have a tile, at most: more fill eight screens of a phone.
TILES_AT_MOST = 20
# Where all is as usual, two rows tell as much as eight.
TILES_AS_USUAL = 8
# What is folded is more than a few.
NOT_FOLDED = 12

TO_BE_COVERED = npgettext_lazy(
    "lessons", "%(count)s to be covered", "%(count)s to be covered", "count"
)


# On another day than today, and while no class is held.
NO_NOTES: Mapping[int, TileNote] = MappingProxyType({})


def to_be_covered_in_words(count: int) -> str:
    return TO_BE_COVERED % {"count": count}


@dataclass(frozen=True, slots=True)
class DayLesson:
    """A lesson of the day, with what the week does not ask."""

    card: LessonCard
    # It stands where its first class group does in the order of their names.
    place: int
    class_group_ids: tuple[int, ...]
    # Nobody will teach it: its teacher has left, or teaches no longer.
    lacks_teacher: bool
    # It is held at the present moment, by its plan or in fact; on another day than today nothing is.
    is_of_now: bool
    # What higher apps know of a class of now.
    note: TileNote | None = None

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
    def is_changed(self) -> bool:
        """Return whether something but its teacher changed of late: a substitute is counted as such."""
        return bool(self.card.change_marks) and not self.card.stands_in_for

    @property
    def badness(self) -> int:
        """Return how much a lesson of now needs a look: 0 is worst, and what runs as it should is last."""
        signs = self._signs
        return next((number for number, sign in enumerate(signs) if sign), len(signs))

    @property
    def is_as_usual(self) -> bool:
        return not any(self._signs)

    @property
    def _signs(self) -> tuple[bool, ...]:
        """Return what calls for a look at a lesson of now, the worst first."""
        card = self.card
        is_noted = self.note is not None and self.note.needs_look
        unplanned = (self.lacks_teacher, card.is_cancelled, card.is_draft)
        return card.is_awaited, is_noted, *unplanned, not card.is_running


IsSo = Callable[[DayLesson], bool]
SHOWN_BY: dict[Shown, IsSo] = {
    Shown.RUNNING: lambda lesson: lesson.card.is_running,
    Shown.AWAITED: lambda lesson: lesson.card.is_awaited,
    Shown.COMING: lambda lesson: lesson.is_coming,
    Shown.PLANNED: lambda lesson: lesson.is_planned,
    Shown.SUBSTITUTED: lambda lesson: lesson.is_substituted or lesson.lacks_teacher,
}
# What the line of a period says of its lessons, for how many it is so.
UNUSUAL: tuple[tuple[StrPromise, IsSo], ...] = (
    (
        npgettext_lazy("lessons", "%(count)s changed", "%(count)s changed", "count"),
        lambda lesson: lesson.is_changed,
    ),
    (
        npgettext_lazy("lessons", "%(count)s substituted", "%(count)s substituted", "count"),
        lambda lesson: lesson.is_substituted,
    ),
    (TO_BE_COVERED, lambda lesson: lesson.lacks_teacher),
    (
        npgettext_lazy("lessons", "%(count)s cancelled", "%(count)s cancelled", "count"),
        lambda lesson: lesson.card.is_cancelled,
    ),
    (
        npgettext_lazy("lessons", "%(count)s draft", "%(count)s drafts", "count"),
        lambda lesson: lesson.card.is_draft,
    ),
    (
        npgettext_lazy("lessons", "%(count)s never held", "%(count)s never held", "count"),
        lambda lesson: lesson.card.was_never_held,
    ),
)


class Slot(NamedTuple):
    """A period of the day, or an hour of one without bell times."""

    starts: dt.time
    label: str
    anchor: str


class Slots:
    """Says in which of them lessons lie: of several lists each period has one, called by its time in the default."""

    def __init__(self, default: Bells, cards: Iterable[LessonCard] = ()) -> None:
        """Take the lessons of the day as well, which tell by which lists it is held."""
        self._default = default
        self._lists = bells_of_cards(cards, default)
        self._by_time: dict[tuple[dt.time, Bells], Slot] = {}

    def of(self, card: LessonCard) -> Slot:
        key = card.local_start.time(), card.bells
        if key not in self._by_time:
            self._by_time[key] = self._find(*key)
        return self._by_time[key]

    def is_whole(self, card: LessonCard) -> bool:
        """Tell whether a lesson lasts from the start of a period to its end."""
        hours = card.local_start.time(), card.local_end.time()
        return hours in card.bells.spans and card.local_start.date() == card.local_end.date()

    def current_period(self, local: dt.datetime) -> str:
        """Name the period of the present moment, or those of the lists; empty between periods, and without bell times."""
        numbers = {bells.number_during(local.time()) for bells in self._lists}
        return listed(periods_in_words(number, number) for number in sorted(filter(None, numbers)))

    def moments(self, day: dt.date) -> Iterator[dt.datetime]:
        """Yield when a period of this day begins or ends."""
        for span in (span for bells in self._lists for span in bells.spans):
            yield from (timezone.make_aware(dt.datetime.combine(day, time)) for time in span)

    def _find(self, time: dt.time, bells: Bells) -> Slot:
        number = bells.number_during(time)
        if number:
            is_in_default = number <= len(self._default.spans)
            starts = (self._default if is_in_default else bells).spans[number - 1].starts
            words = periods_in_words(number, number)
            return Slot(starts, f"{words} · {starts:%H:%M}", f"period-{number}")
        if bells.spans:
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
        for words, is_so in UNUSUAL:
            if unusual := sum(map(is_so, self.lessons)):
                parts.append(words % {"count": unusual})
        return in_parts(parts)


@dataclass(frozen=True, slots=True)
class PresentLessons:
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
        if all(lesson.is_as_usual for lesson in self.rest):
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
    return len({group for lesson in lessons for group in lesson.class_group_ids})


@dataclass(frozen=True, slots=True)
class SchoolDay(DayLabels):
    date: dt.date
    is_today: bool
    # How many lessons each figure counts.
    counts: dict[Shown, int]
    # So many lessons lack a teacher.
    to_be_covered: int
    # None: it is another day, or nothing is held now.
    now: PresentLessons | None
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


def held_now(facts: Iterable[LessonFacts], at: dt.datetime) -> list[int]:
    """Return the keys of the lessons whose class is held at this moment, by the plan or by the cloud."""
    return [fact.lesson.pk for fact in facts if _is_held(fact.lesson, at)]


def _is_held(row: LessonRow, at: dt.datetime) -> bool:
    is_running = row.room is not None and row.room.cloud_status == CloudStatus.RUNNING
    return row.is_published and (is_running or row.starts_at <= at < row.ends_at)


def day_of(
    day: dt.date,
    facts: Sequence[LessonFacts],
    names: DayNames,
    viewer: Viewer,
    at: dt.datetime,
    *,
    chosen: DayFilter,
    bell_lists: BellLists,
    notes: Mapping[int, TileNote] = NO_NOTES,
) -> SchoolDay:
    """Return the day, of the lessons that `page_facts.day_facts` follows, with notes on those of now."""
    is_today = day == timezone.localdate(at)
    lessons = [
        lesson
        for lesson in _lessons_of(
            facts, names, viewer, at, chosen, notes, is_today=is_today, bell_lists=bell_lists
        )
        # What began the day before belongs to that day, unless it is still held now.
        if lesson.card.date == day or lesson.is_of_now
    ]
    slots = Slots(bell_lists.default, (lesson.card for lesson in lessons))
    shown = _shown(lessons, chosen)
    others = [lesson for lesson in shown if not lesson.is_of_now]
    # They come in the order of their start.
    begun = sum(lesson.card.starts_at <= at for lesson in others) if is_today else 0
    is_open = len(shown) <= NOT_FOLDED
    return SchoolDay(
        date=day,
        is_today=is_today,
        counts=_counts(lessons),
        to_be_covered=sum(lesson.lacks_teacher for lesson in lessons),
        now=_present([lesson for lesson in shown if lesson.is_of_now], slots, at),
        later=_periods(others[begun:], slots, is_open=is_open),
        earlier=_periods(others[:begun], slots, is_open=is_open),
        cards=tuple(lesson.card for lesson in lessons),
        slots=slots,
    )


def _lessons_of(
    facts: Sequence[LessonFacts],
    names: DayNames,
    viewer: Viewer,
    at: dt.datetime,
    chosen: DayFilter,
    notes: Mapping[int, TileNote],
    *,
    is_today: bool,
    bell_lists: BellLists,
) -> Iterator[DayLesson]:
    """Yield the lessons that pass the filters, in the order of their start and of their class groups."""
    of_lesson = {fact.lesson.pk: names.of_lesson(fact.lesson.class_group_ids) for fact in facts}
    taken = [
        fact.lesson for fact in facts if chosen.takes(fact.lesson.course, of_lesson[fact.lesson.pk])
    ]
    cards = cards_of(taken, viewer, at, bell_lists)
    made = (
        DayLesson(
            card=card,
            place=next((group.place for group in of_lesson[row.pk]), LAST_PLACE),
            class_group_ids=row.class_group_ids,
            lacks_teacher=row.teacher_id not in names.teachers and _is_to_be_taught(row, card),
            is_of_now=is_today and _is_of_now(card, at),
            note=notes.get(row.pk),
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


def _present(lessons: Sequence[DayLesson], slots: Slots, at: dt.datetime) -> PresentLessons | None:
    """Return the tiles: the worst first, then those that run in the order of their class groups."""
    if not lessons:
        return None
    in_order = sorted(lessons, key=lambda lesson: (lesson.badness, lesson.place))
    if len(in_order) > NOT_FOLDED:
        troubled = sum(not lesson.is_as_usual for lesson in in_order)
        tiles = min(max(troubled, TILES_AS_USUAL), TILES_AT_MOST)
    else:
        tiles = len(in_order)
    period = slots.current_period(timezone.localtime(at))
    return PresentLessons(period, tuple(in_order[:tiles]), tuple(in_order[tiles:]))


def _periods(lessons: Sequence[DayLesson], slots: Slots, *, is_open: bool) -> tuple[Period, ...]:
    """Put lessons together by the period of their start, in the order of the first of each."""
    by_slot: dict[Slot, list[DayLesson]] = {}
    for lesson in lessons:
        by_slot.setdefault(slots.of(lesson.card), []).append(lesson)
    return tuple(Period(slot, tuple(of_slot), is_open) for slot, of_slot in by_slot.items())
