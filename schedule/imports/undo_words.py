"""Words of the page that asks before an import is undone."""

from __future__ import annotations

from django.urls import reverse
from django.utils import timezone

from schedule.history.personal_news import Pair
from schedule.history.snapshots import snapshot_of
from schedule.history.words import differences, lesson_text, names_text, period_text
from schedule.imports.made_names import unused_names
from schedule.imports.undo import LeftAlone, Restored, UndoConflict, Undoing
from schedule.imports.undo_parts import Line, names_in_words, part_of
from schedule.lessons.pages import told_in_words
from schedule.models import Lesson, LessonSnapshot


def undo_context(undoing: Undoing) -> dict[str, object]:
    pairs: list[Pair] = [(snapshot, None) for snapshot in undoing.deleted_snapshots]
    pairs += [(restored.now, restored.then) for restored in undoing.restored]
    made = undoing.made.names
    unused = [name for name in unused_names(undoing.deleted) if name not in set(made)]
    return {
        "undoing": undoing,
        "deleted": part_of(undoing.deleted, _line_of),
        "restored": part_of(undoing.restored, _line_of_restored),
        "left_alone": part_of(undoing.left_alone, _line_of_left_alone),
        "begun": part_of(undoing.begun, _line_of),
        "conflicts": part_of(undoing.conflicts, _line_of_conflict),
        "made": names_in_words(made),
        "unused": names_in_words(unused),
        "told": told_in_words(*pairs, at=timezone.now()) if undoing.can_be_done else "",
    }


def _line_of(lesson: Lesson) -> Line:
    return Line(_named(snapshot_of(lesson)), _address_of(lesson))


def _line_of_restored(restored: Restored) -> Line:
    more = tuple(each.text for each in differences(restored.now, restored.then))
    return Line(_named(restored.now), _address_of(restored.lesson), more=more)


def _line_of_left_alone(left: LeftAlone) -> Line:
    snapshot = left.change.became or left.change.was
    has_page = left.change.lesson_id is not None
    reason = str(left.reason.label)
    return Line(
        text=left.change.lesson_code if snapshot is None else _named(snapshot),
        address=reverse("schedule:lesson", args=[left.change.lesson_code]) if has_page else "",
        reason=f"{names_text(left.who)} {reason}" if left.who else reason,
    )


def _line_of_conflict(conflict: UndoConflict) -> Line:
    lesson = conflict.restored.lesson
    return Line(
        text=str(lesson),
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
    """Return a line for each lesson that keeps the import from being undone, else for each that stays; for commands."""
    if undoing.begun:
        lines = [_line_of(lesson) for lesson in undoing.begun]
    elif undoing.conflicts:
        lines = [_line_of_conflict(conflict) for conflict in undoing.conflicts]
    else:
        lines = [_line_of_left_alone(left) for left in undoing.left_alone]
    return [line.in_words() for line in lines]
