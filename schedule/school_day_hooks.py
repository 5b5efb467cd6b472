"""Hooks for higher apps into the school's day: what is not in order, and figures above it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from django.utils.translation import gettext

from accounts.models import User
from edu_platform.lib.backlog import Backlog
from edu_platform.lib.formatting import StateWords
from edu_platform.lib.hooks import Hook

# --- What is not in order --------------------------------------------------------------------


def is_staff(user: User) -> bool:
    return user.is_staff


def is_administrator(user: User) -> bool:
    return user.is_administrator


@dataclass(frozen=True, slots=True)
class Remedy:
    """A way to mend it, in the words of a button or a link."""

    words: str
    # The page where it is done.
    address: str = ""
    # Or what a button does at once: it says in a sentence what it did. What takes long is left to workers.
    run: Callable[[dt.datetime], str] | None = None
    is_for: Callable[[User], bool] = is_staff

    @property
    def is_done_at_once(self) -> bool:
        # For templates, which call whatever function they come across, and read nothing where that fails.
        return self.run is not None


@dataclass(frozen=True, slots=True)
class NotInOrder:
    """Something that staff should look after: a sentence that says how many, and the page that lists them."""

    sentence: str
    address: str
    # How long it has been so, as far as that is known.
    since: dt.datetime | None = None
    # Who is told of it.
    is_for: Callable[[User], bool] = is_staff
    # Which of them may open that page.
    opens_for: Callable[[User], bool] = is_staff
    # What it means, or what is to be done where no page does it.
    advice: str = ""
    remedy: Remedy | None = None
    # By which its button names it, and a figure of the day.
    kind: str = ""
    # How many there are, of what is counted.
    count: int = 0
    # While this is so, the others are not looked after.
    comes_first: bool = False

    def for_user(self, user: User) -> NotInOrder:
        """Return the line without what the person may not open, or not do about it."""
        remedy = self.remedy if self.remedy is not None and self.remedy.is_for(user) else None
        return replace(self, remedy=remedy, address=self.address if self.opens_for(user) else "")


# In the language of the page, and nothing of what is in order; one query each, at most two.
NotInOrderMaker = Callable[[dt.datetime], Iterable[NotInOrder]]

not_in_order_makers: Hook[NotInOrderMaker] = Hook("what is not in order in the school")


def counted(
    backlog: Backlog, line_of: Callable[[int], NotInOrder], **words: object
) -> Iterator[NotInOrder]:
    """Yield the line that `line_of` makes for their count, with it in its sentence, and since when; none for nothing."""
    if backlog.count:
        line = line_of(backlog.count)
        sentence = line.sentence % {"count": backlog.count, **words}
        yield replace(line, sentence=sentence, since=backlog.since, count=backlog.count)


def begun(count: int, sentence: str) -> str:
    """Return what a button says that it has begun; what workers are at just then is left alone."""
    if not count:
        return gettext("A worker is at it just now: look again in a minute.")
    return sentence % {"count": count}


def not_in_order(user: User, at: dt.datetime) -> list[NotInOrder]:
    """Return what is not in order, the oldest first, as far as it is for the person."""
    lines = (line for maker in not_in_order_makers for line in maker(at))
    return sorted((line.for_user(user) for line in lines if line.is_for(user)), key=_by_age)


def _by_age(line: NotInOrder) -> tuple[bool, bool, float]:
    """Put what stops all else first, and what nobody knows the age of last."""
    since_s = 0.0 if line.since is None else line.since.timestamp()
    return not line.comes_first, line.since is None, since_s


# --- Figures of the school's day ---------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class DayFigure:
    """A figure above the school's day: how many a line of what is not in order counts, also when that is nothing."""

    # That of the line.
    kind: str
    words: str
    # The page that lists them.
    address: str
    is_for: Callable[[User], bool] = is_staff


# In the language of the page, and without a query: the line has asked already.
DayFigureMaker = Callable[[], DayFigure]

day_figure_makers: Hook[DayFigureMaker] = Hook("figures of the school's day")


def day_figures(user: User) -> list[DayFigure]:
    """Return the figures of higher apps that are for the person."""
    figures = (maker() for maker in day_figure_makers)
    return [figure for figure in figures if figure.is_for(user)]


# --- Tiles of the classes of now ---------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TileNote:
    """The words of a higher app for a class that is held now."""

    # 37/40, and the same as a sentence; empty where nobody knows.
    head_count: str
    head_count_words: str
    marks: tuple[StateWords, ...]
    # Somebody should look at it.
    needs_look: bool


# Called at each question of the page, in its language, with the lessons that are held now; one query.
TileNoteMaker = Callable[[Collection[int], dt.datetime], Mapping[int, TileNote]]

tile_note_makers: Hook[TileNoteMaker] = Hook("notes on the tiles of classes that are held now")


def tile_notes(lesson_ids: Collection[int], at: dt.datetime) -> dict[int, TileNote]:
    """Return the notes by lesson; without lessons nobody is asked, and of several makers the last one is heard."""
    notes: dict[int, TileNote] = {}
    if lesson_ids:
        for maker in tile_note_makers:
            notes |= maker(lesson_ids, at)
    return notes
