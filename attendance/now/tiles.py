"""A class of this hour as a tile of the board: its facts in the words of the page, and how much it needs a look."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from attendance.enums import AlarmKind
from attendance.now.reading import OpenAlarm, RunningClass
from attendance.presence.reading import PeopleInside
from attendance.state_words import head_count
from edu_platform.lib.formatting import StateWords, listed, time_text
from schedule.enums import RecordMode
from schedule.manual_recording.reading import RecordingState
from schedule.timetable.cards import LessonCard
from schedule.timetable.day_order import LAST_PLACE, DayNames

MINUTE = dt.timedelta(minutes=1)
# A whole school begins in the same minute: who comes a moment later worries nobody.
OVERDUE_AFTER = 2 * MINUTE
ALARMING, WAITING, QUIET, GOOD = "mark-running", "mark-waiting", "soft", "mark-done"


@dataclass(frozen=True, slots=True)
class Missing:
    """A student who is expected and not inside."""

    name: str
    # By which their page is found.
    code: str


@dataclass(frozen=True, slots=True)
class TileAlarm:
    code: str
    words: str
    since: str
    # The name of who looks after it; empty: nobody yet.
    taken_by: str
    note: str


@dataclass(frozen=True, slots=True)
class Tile:
    """A tile in the language of the page. All of it are texts, so that what is written of it can be kept."""

    code: str
    address: str
    # Its class groups, else its course.
    name: str
    course: str
    teacher: str
    hours: str
    colour: int
    can_enter: bool
    # By the cloud.
    state: StateWords
    # Empty where nobody is to be there yet, or nobody has looked.
    teacher_state: StateWords | None
    head_count: str
    head_count_words: str
    missing: tuple[Missing, ...]
    uninvited: str
    # How many, and by name; empty where there are none.
    guest_count: str
    guests: str
    # How it is recorded, how late it began, and how long it is over its end.
    further: tuple[StateWords, ...]
    alarms: tuple[TileAlarm, ...]
    # None where it is recorded by plan.
    recording: RecordingState | None
    is_running: bool
    # Its planned end has passed, and it goes on.
    runs_over: bool
    # Somebody may have to stand in.
    lacks_somebody: bool
    # 0 is worst.
    badness: int

    @property
    def needs_look(self) -> bool:
        return self.badness < AS_USUAL

    @property
    def is_alarming(self) -> bool:
        """Return whether nobody looks after what is wrong with it, or nobody teaches it."""
        return self.badness < ALARMING_SIGNS


IsSo = Callable[[RunningClass, PeopleInside | None, dt.datetime], bool]


def _has_untaken_alarm(
    running_class: RunningClass, _people: PeopleInside | None, _at: dt.datetime
) -> bool:
    return any(not alarm.is_taken for alarm in running_class.alarms)


def _is_awaited(running_class: RunningClass, _people: PeopleInside | None, at: dt.datetime) -> bool:
    return running_class.lesson.starts_at <= at and not running_class.is_running


def _is_overdue(running_class: RunningClass, people: PeopleInside | None, at: dt.datetime) -> bool:
    return _is_awaited(running_class, people, at - OVERDUE_AFTER)


def _lacks_teacher(
    running_class: RunningClass, people: PeopleInside | None, at: dt.datetime
) -> bool:
    is_due = running_class.is_running and running_class.lesson.starts_at <= at
    return is_due and people is not None and people.teacher_inside is False


def _has_alarm(running_class: RunningClass, _people: PeopleInside | None, _at: dt.datetime) -> bool:
    return bool(running_class.alarms)


def _runs_over(running_class: RunningClass, _people: PeopleInside | None, at: dt.datetime) -> bool:
    return running_class.is_running and running_class.lesson.ends_at <= at


# What calls for a look, the worst first.
SIGNS: tuple[IsSo, ...] = (
    *(_has_untaken_alarm, _is_overdue, _lacks_teacher),
    *(_has_alarm, _runs_over),
)
ALARMING_SIGNS = 3
AS_USUAL = len(SIGNS)
TO_COME = AS_USUAL + 1


def badness_of(running_class: RunningClass, people: PeopleInside | None, at: dt.datetime) -> int:
    """Return how much a class needs a look: 0 is worst, what runs as it should is last but what is still to come."""
    signs = (sign(running_class, people, at) for sign in SIGNS)
    as_usual = (
        AS_USUAL if running_class.is_running or _is_awaited(running_class, people, at) else TO_COME
    )
    return next((number for number, is_so in enumerate(signs) if is_so), as_usual)


def tiles_of(
    classes: Sequence[RunningClass],
    cards: Iterable[LessonCard],
    people: Mapping[int, PeopleInside],
    names: DayNames,
    at: dt.datetime,
) -> list[Tile]:
    """Return the tiles of these classes with their cards, worst first, then by start and class group."""
    words = _Words(at)
    placed = []
    for running_class, card in zip(classes, cards, strict=True):
        tile = words.tile(running_class, card, people.get(running_class.lesson.pk))
        groups = names.of_lesson(running_class.lesson.class_group_ids)
        place = groups[0].place if groups else LAST_PLACE
        placed.append((tile.badness, card.starts_at, place, running_class.lesson.pk, tile))
    return [tile for *_order, tile in sorted(placed, key=lambda row: row[:-1])]


def minutes_since(moment: dt.datetime, at: dt.datetime) -> int:
    return max((at - moment) // MINUTE, 0)


def moments_of(classes: Iterable[RunningClass], at: dt.datetime) -> list[dt.datetime]:
    """Return when the tiles change with the time alone: at starts and ends, and each minute of what is late or over."""
    moments = []
    for running_class in classes:
        start, end = running_class.lesson.starts_at, running_class.lesson.ends_at
        moments += [start, end]
        counted_from = end if _runs_over(running_class, None, at) else start
        if _runs_over(running_class, None, at) or _is_awaited(running_class, None, at):
            moments.append(counted_from + (minutes_since(counted_from, at) + 1) * MINUTE)
    return moments


class _Words:
    """Writes tiles in the language of the page; what is the same in all is looked up once."""

    def __init__(self, at: dt.datetime) -> None:
        self.at = at
        self.running = StateWords("●", _("Running"), GOOD)
        self.teacher_there = StateWords("✓", _("Teacher there"), QUIET)
        self.teacher_missing = StateWords("!", _("No teacher"), ALARMING)
        self.kinds = {kind: str(kind.label) for kind in AlarmKind}

    def tile(
        self, running_class: RunningClass, card: LessonCard, people: PeopleInside | None
    ) -> Tile:
        if not running_class.is_running:
            people = None
        return Tile(
            code=card.code,
            address=card.address,
            name=card.class_groups or card.course,
            course=card.course,
            teacher=card.teacher,
            hours=f"{card.start_text}–{card.end_text}",
            colour=int(card.colour),
            can_enter=card.can_enter,
            state=self._state(running_class),
            teacher_state=self._teacher(running_class, people),
            **_people_in_words(people),
            further=tuple(self._further(running_class)),
            alarms=tuple(map(self._alarm, running_class.alarms)),
            recording=running_class.recording_state,
            is_running=running_class.is_running,
            runs_over=_runs_over(running_class, people, self.at),
            lacks_somebody=_is_overdue(running_class, people, self.at)
            or _lacks_teacher(running_class, people, self.at),
            badness=badness_of(running_class, people, self.at),
        )

    def _state(self, running_class: RunningClass) -> StateWords:
        if running_class.is_running:
            return self.running
        if not _is_awaited(running_class, None, self.at):
            begins = _("Begins at %(time)s") % {"time": time_text(running_class.lesson.starts_at)}
            return StateWords("→", begins, QUIET)
        minutes = minutes_since(running_class.lesson.starts_at, self.at)
        words = ngettext(
            "Should have begun %(count)s minute ago",
            "Should have begun %(count)s minutes ago",
            minutes,
        )
        if not minutes:
            return StateWords("◌", _("Not started yet"), WAITING)
        overdue = _is_overdue(running_class, None, self.at)
        return StateWords("◌", words % {"count": minutes}, ALARMING if overdue else WAITING)

    def _teacher(
        self, running_class: RunningClass, people: PeopleInside | None
    ) -> StateWords | None:
        if people is None or people.teacher_inside is None:
            return None
        if people.teacher_inside:
            return self.teacher_there
        is_due = _lacks_teacher(running_class, people, self.at)
        words = self.teacher_missing
        return words if is_due else StateWords(words.shape, words.label, WAITING)

    def _further(self, running_class: RunningClass) -> Iterable[StateWords]:
        yield recording_in_words(running_class)
        started_at, lesson = running_class.started_at, running_class.lesson
        late_min = 0 if started_at is None else minutes_since(lesson.starts_at, started_at)
        if running_class.is_running and late_min:
            words = ngettext(
                "Began %(count)s minute late", "Began %(count)s minutes late", late_min
            )
            yield StateWords("◔", words % {"count": late_min}, QUIET)
        if _runs_over(running_class, None, self.at):
            over_min = minutes_since(lesson.ends_at, self.at)
            words = ngettext(
                "%(count)s minute over its end", "%(count)s minutes over its end", over_min
            )
            yield StateWords("↦", words % {"count": over_min}, WAITING)

    def _alarm(self, alarm: OpenAlarm) -> TileAlarm:
        since = time_text(alarm.raised_at)
        return TileAlarm(alarm.code, self.kinds[alarm.kind], since, alarm.taken_by, alarm.note)


def inside_in_words(inside: int, expected: int) -> str:
    counts = {"inside": inside, "expected": expected}
    return _("%(inside)s of %(expected)s students are inside") % counts


def _people_in_words(people: PeopleInside | None) -> dict[str, Any]:
    nobody: dict[str, Any] = {
        "head_count": "",
        "head_count_words": "",
        "missing": (),
        "uninvited": "",
        "guest_count": "",
        "guests": "",
    }
    if people is None or people.teacher_inside is None:
        return nobody
    count = len(people.uninvited)
    further_people = ngettext(
        "%(count)s further person is inside", "%(count)s further people are inside", count
    )
    return {
        "head_count": head_count(people.inside, people.expected),
        "head_count_words": inside_in_words(people.inside, people.expected),
        "missing": tuple(Missing(student.name, student.code or "") for student in people.missing),
        "uninvited": further_people % {"count": count} if count else "",
        "guest_count": _guest_count(len({guest.pk for guest in people.guests})),
        "guests": _guests_in_words(people),
    }


def _guest_count(count: int) -> str:
    """Return what stands beside the count of students: guests are none of the roster."""
    return (
        ngettext("+%(count)s guest", "+%(count)s guests", count) % {"count": count} if count else ""
    )


def _guests_in_words(people: PeopleInside) -> str:
    names = listed(sorted(guest.shown_name for guest in people.guests))
    return _("Guests: %(names)s") % {"names": names} if names else ""


def recording_in_words(running_class: RunningClass) -> StateWords:
    """Say how a class is recorded: by its plan, by hand and since when, or not."""
    if running_class.recording_refused:
        return StateWords("!", _("Not recorded: the classroom service refuses it"), ALARMING)
    if running_class.record_mode == RecordMode.NONE:
        return StateWords("○", pgettext("of a class", "Not recorded, by plan"), QUIET)
    if running_class.record_mode != RecordMode.MANUAL:
        return StateWords("◉", pgettext("of a class", "Recorded by plan"), QUIET)
    if running_class.recording is None:
        return StateWords(
            "○", _("By hand: not recorded"), WAITING if running_class.is_running else QUIET
        )
    if running_class.recording.started_at is None:
        time = time_text(running_class.recording.asked_at)
        return StateWords("◌", _("By hand: asked for at %(time)s") % {"time": time}, WAITING)
    time = time_text(running_class.recording.started_at)
    return StateWords("◉", _("Recorded by hand since %(time)s") % {"time": time}, QUIET)
