"""The board of the classes of this hour: what it follows, and what it shows of that."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import SchoolSettings
from attendance.now.reading import RunningClass, classes_of_hour
from attendance.now.tiles import Tile, moments_of, tiles_of
from attendance.presence.reading import SILENT_FOR, people_inside
from edu_platform.lib.formatting import moment_text, time_text
from schedule.enums import LessonState
from schedule.lessons.access import TimetableChoice
from schedule.timetable.cards import CardMaker
from schedule.timetable.day_filters import DayFilter
from schedule.timetable.day_order import DayNames
from schedule.timetable.timetables import Viewer, whole_timetable

EVERYTHING = whole_timetable(with_drafts=False)
# How often a board asks while there are classes: somebody who joins is to be seen within seconds.
ASKS_EVERY = dt.timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class Board:
    tiles: tuple[Tile, ...]
    # A line that says of when it is, where the cloud has been silent for a while; else empty.
    as_of: str
    # Where there are no classes: what comes next.
    coming: str
    moments: tuple[dt.datetime, ...]

    @property
    def running(self) -> int:
        return sum(tile.is_running for tile in self.tiles)

    @property
    def to_look_at(self) -> int:
        return sum(tile.needs_look for tile in self.tiles)


@dataclass(frozen=True, slots=True)
class Chosen:
    """The classes that are looked at, of all of this hour."""

    choice: TimetableChoice
    filter: DayFilter

    def among(self, classes: Iterable[RunningClass], names: DayNames) -> list[RunningClass]:
        return [running_class for running_class in classes if self._takes(running_class, names)]

    def _takes(self, running_class: RunningClass, names: DayNames) -> bool:
        row, teacher, group = running_class.lesson, self.choice.teacher, self.choice.class_group
        if teacher is not None and teacher.pk not in (row.teacher_id, *row.assistant_ids):
            return False
        if group is not None and group.pk not in row.class_group_ids:
            return False
        return self.filter.takes(row.course, names.of_lesson(row.class_group_ids))

    @property
    def names(self) -> list[str]:
        return [*self.choice.names, *self.filter.names]

    @property
    def query(self) -> dict[str, str]:
        """Return what the board's address says of the choice."""
        return self.choice.as_query() | self.filter.as_query()


def followed_classes(school: SchoolSettings, at: dt.datetime) -> list[RunningClass]:
    """Return all classes of this hour, which every board follows; one query."""
    return classes_of_hour(EVERYTHING, school, at=at)


def version_of_board(classes: Sequence[RunningClass], at: dt.datetime) -> object:
    """Return what differs when the board shows something else at another moment than those it names."""
    day = timezone.localdate(at)
    return day, [running_class.shown for running_class in classes]


def board_of(
    classes: Sequence[RunningClass], names: DayNames, viewer: Viewer, at: dt.datetime
) -> Board:
    """Return the board of these classes, in the language of the page."""
    maker = CardMaker(viewer.school, at)
    cards = [
        maker.card(running_class.lesson, viewer.relation_to(running_class.lesson))
        for running_class in classes
    ]
    lesson_ids = [running_class.lesson.pk for running_class in classes if running_class.is_running]
    people = people_inside(lesson_ids, at) if lesson_ids else {}
    opening = [card.opens_at for card in cards if card.opens_at is not None]
    coming, shown_from = ("", ()) if classes else _coming(viewer.school, at)
    return Board(
        tiles=tuple(tiles_of(classes, cards, people, names, at)),
        as_of=as_of_in_words(classes, at),
        coming=coming,
        moments=(*moments_of(classes, at), *opening, *shown_from, *_silences(classes)),
    )


def _silences(classes: Sequence[RunningClass]) -> list[dt.datetime]:
    """Return when the board begins to say of when it is."""
    return [
        running_class.silent_since + SILENT_FOR
        for running_class in classes
        if running_class.silent_since
    ]


def as_of_in_words(classes: Sequence[RunningClass], at: dt.datetime) -> str:
    """Say of when the board is, where the cloud has told of no class for a while; one room alone is no silence."""
    if any(running_class.told_at > at - SILENT_FOR for running_class in classes):
        return ""
    silences = [
        running_class.silent_since
        for running_class in classes
        if running_class.silent_since and running_class.silent_since <= at - SILENT_FOR
    ]
    if not silences:
        return ""
    sentence = _("The classroom service does not answer: as of %(time)s.")
    return sentence % {"time": time_text(min(silences))}


def _coming(school: SchoolSettings, at: dt.datetime) -> tuple[str, tuple[dt.datetime, ...]]:
    """Say which class comes next, and when the board shows it; one query."""
    lessons = EVERYTHING.lessons(Q(starts_at__gt=at, state=LessonState.PUBLISHED))
    starts_at = lessons.order_by("starts_at").values_list("starts_at", flat=True).first()
    if starts_at is None:
        return _("No class is held now, and none is planned."), ()
    sentence = _("No class is held now. The next one begins at %(moment)s.")
    in_words = sentence % {"moment": moment_text(starts_at, at)}
    return in_words, (starts_at - school.teacher_window,)
