"""Words of the page that asks before an import is undone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext

from schedule.history.personal_news import Pair
from schedule.history.snapshots import snapshot_of
from schedule.history.words import Difference, differences, lesson_text, names_text, period_text
from schedule.imports.made_names import MadeNames, unused_names
from schedule.imports.undo import LeftAlone, Restored, UndoConflict, Undoing
from schedule.lessons.pages import told_in_words
from schedule.models import Lesson, LessonSnapshot

# The page lists so many of a kind and counts the rest. The list of what was imported has all.
LISTED_AT_MOST = 50

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class UndoLine:
    """One lesson: what it is called, its page if it has one, and what is to be said of it."""

    lesson: str
    address: str = ""
    reason: str = ""
    differences: tuple[Difference, ...] = ()
    # The lesson that is in the way.
    other: str = ""
    other_address: str = ""


@dataclass(frozen=True, slots=True)
class UndoPart:
    """Lessons with the same outcome; the first are listed."""

    count: int
    lines: tuple[UndoLine, ...]

    @property
    def hidden(self) -> int:
        return self.count - len(self.lines)


def undo_context(undoing: Undoing) -> dict[str, object]:
    pairs: list[Pair] = [(snapshot, None) for snapshot in undoing.deleted_snapshots]
    pairs += [(restored.now, restored.then) for restored in undoing.restored]
    unused = tuple(
        name for name in unused_names(undoing.deleted) if name not in set(undoing.made.names)
    )
    return {
        "undoing": undoing,
        "deleted": _part(undoing.deleted, _line_of),
        "restored": _part(undoing.restored, _line_of_restored),
        "left_alone": _part(undoing.left_alone, _line_of_left_alone),
        "begun": _part(undoing.begun, _line_of),
        "conflicts": _part(undoing.conflicts, _line_of_conflict),
        "made": names_text(tuple(undoing.made.names)) if undoing.made.names else "",
        "unused": names_text(unused) if unused else "",
        "told": told_in_words(*pairs, at=timezone.now()) if undoing.can_be_done else "",
    }


def made_in_words(made_names: MadeNames) -> str:
    """Say which courses and class groups were deleted, the first by their names; empty where none were."""
    return deleted_names_in_words(made_names.names)


def deleted_names_in_words(all_names: Sequence[str]) -> str:
    """Say it by the names alone."""
    names = all_names[:LISTED_AT_MOST]
    left = len(all_names) - len(names)
    if not names:
        return ""
    text = names_text(tuple(names))
    if left:
        text = f"{text} {gettext('and %(count)s more') % {'count': left}}"
    return gettext("Courses and class groups deleted with it: %(names)s.") % {"names": text}


def _part(entries: Sequence[Item], line_of: Callable[[Item], UndoLine]) -> UndoPart:
    return UndoPart(len(entries), tuple(map(line_of, entries[:LISTED_AT_MOST])))


def _line_of(lesson: Lesson) -> UndoLine:
    return UndoLine(_named(snapshot_of(lesson)), _address_of(lesson))


def _line_of_restored(restored: Restored) -> UndoLine:
    field_differences = tuple(differences(restored.now, restored.then))
    return UndoLine(
        _named(restored.now),
        _address_of(restored.lesson),
        differences=field_differences,
    )


def _line_of_left_alone(left: LeftAlone) -> UndoLine:
    snapshot = left.change.became or left.change.was
    has_page = left.change.lesson_id is not None
    reason = str(left.reason.label)
    return UndoLine(
        lesson=left.change.lesson_code if snapshot is None else _named(snapshot),
        address=reverse("schedule:lesson", args=[left.change.lesson_code]) if has_page else "",
        reason=f"{names_text(left.who)} {reason}" if left.who else reason,
    )


def _line_of_conflict(conflict: UndoConflict) -> UndoLine:
    lesson = conflict.restored.lesson
    return UndoLine(
        lesson=str(lesson),
        address=_address_of(lesson),
        reason=conflict.who,
        other=str(conflict.other),
        other_address=_address_of(conflict.other),
    )


def _named(snapshot: LessonSnapshot) -> str:
    return f"{lesson_text(snapshot)} {period_text(snapshot.starts_at, snapshot.ends_at)}"


def _address_of(lesson: Lesson) -> str:
    return reverse("schedule:lesson", args=[lesson.code])


def lines_in_words(undoing: Undoing) -> list[str]:
    """A line for each lesson that keeps the import from being undone, else for each that stays; for commands."""
    if undoing.begun:
        lines = [_line_of(lesson) for lesson in undoing.begun]
    elif undoing.conflicts:
        lines = [_line_of_conflict(conflict) for conflict in undoing.conflicts]
    else:
        lines = [_line_of_left_alone(left) for left in undoing.left_alone]
    return [" · ".join(filter(None, (line.lesson, line.reason, line.other))) for line in lines]
