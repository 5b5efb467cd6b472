"""The history of a lesson, as far as those who see the lesson may know."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from itertools import takewhile
from typing import Any

from django.db.models import QuerySet

from accounts.permissions import Action, Relation, may
from edu_platform.lib.statements import Statement
from schedule.enums import ActionOrigin, ChangeKind, LessonState
from schedule.history.words import Difference, differences
from schedule.models import Lesson, LessonChange, LessonSnapshot

# The others are folded away.
SHOWN_AT_ONCE = 3
# A page of planners lists all of them.
SHOWN_AT_MOST = 50
# What planners write for each other.
STAFF_KINDS = frozenset({ChangeKind.OVERLAP})
# What happens to a lesson as a whole, and is no difference between before and after.
WHOLE_KINDS = frozenset(
    {
        *(ChangeKind.PLANNED, ChangeKind.PUBLISHED, ChangeKind.DELETED),
        *(ChangeKind.CANCELLED, ChangeKind.RESTORED),
    }
)


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """The effect of one action on the lesson."""

    at: dt.datetime
    # What became of it as a whole, then what differs.
    happened: tuple[str, ...]
    differences: tuple[Difference, ...]
    reason: str
    # Empty for those who may not know.
    who: str


@dataclass(frozen=True, slots=True)
class LessonHistory:
    """Newest first."""

    recent: tuple[HistoryEntry, ...]
    earlier: tuple[HistoryEntry, ...]
    # Whether there is more than is shown at most.
    is_cut: bool


def history_of(lesson: Lesson, relations: Collection[Relation]) -> LessonHistory:
    """The history of a lesson for somebody of these relations; one query, however long it is.

    While it was a draft nobody but staff knew of it, and nobody else hears of that time afterwards.
    """
    rows: Iterable[_Row] = (_Row(*columns) for columns in _NEWEST.rows(lesson_id=lesson.pk))
    may_know_who = may(Action.SEE_PLANNERS, relations)
    if not may_know_who:
        rows = (row for row in rows if not STAFF_KINDS.issuperset(row.kinds))
    sees_drafts = may(Action.SEE_DRAFT, relations)
    if not sees_drafts:
        rows = takewhile(lambda row: not row.is_of_draft, rows)
    entries = [row.entry(sees_drafts=sees_drafts, may_know_who=may_know_who) for row in rows]
    newest_entries = entries[:SHOWN_AT_MOST]
    return LessonHistory(
        recent=tuple(newest_entries[:SHOWN_AT_ONCE]),
        earlier=tuple(newest_entries[SHOWN_AT_ONCE:]),
        is_cut=len(entries) > SHOWN_AT_MOST,
    )


def changes_since(lesson: Lesson, known: str) -> list[HistoryEntry]:
    """Return what was done to a lesson since a page showed it in this version, newest first, for planners; one query.

    Empty where the history does not reach back so far.
    """
    rows = [_Row(*columns) for columns in _NEWEST.rows(lesson_id=lesson.pk)]
    for count, row in enumerate(rows, start=1):
        if known == row.version_before:
            return [newer.entry(sees_drafts=True, may_know_who=True) for newer in rows[:count]]
    return []


def changes_of(code: str) -> QuerySet[LessonChange]:
    """Return what was done to the lesson of this code, newest first; it may have been deleted since."""
    changes = LessonChange.objects.filter(lesson_code=code).order_by("-pk")
    return changes.select_related("action__by")


def entry_of(change: LessonChange) -> HistoryEntry:
    """Return one change as planners see it."""
    action = change.action
    by = None if action.by is None else action.by.display_name
    columns = (change.kinds, change.before, change.after, action.at, action.origin, action.reason)
    return _Row(*columns, by).entry(sees_drafts=True, may_know_who=True)


_NEWEST = Statement(
    lambda lesson_id: (
        LessonChange.objects.filter(lesson_id=lesson_id)
        .order_by("-pk")
        .values_list(
            *("kinds", "before", "after", "action__at", "action__origin", "action__reason"),
            "action__by__display_name",
        )[: SHOWN_AT_MOST + 1]
    )
)


@dataclass(frozen=True, slots=True)
class _Row:
    kinds: list[str]
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    at: dt.datetime
    origin: str
    reason: str
    by: str | None

    @property
    def is_of_draft(self) -> bool:
        return self.after is not None and self.after["state"] == LessonState.DRAFT

    @property
    def version_before(self) -> str:
        """Return the version of the lesson before this change; empty when it was planned by it."""
        return "" if self.before is None else LessonSnapshot.read(self.before).version()

    def entry(self, *, sees_drafts: bool, may_know_who: bool) -> HistoryEntry:
        was, became = (
            None if side is None else LessonSnapshot.read(side)
            for side in (self.before, self.after)
        )
        if was is not None and was.is_draft and not sees_drafts:
            was = None
        return HistoryEntry(
            at=self.at,
            happened=whole_kinds_in_words(self.kinds),
            differences=tuple(
                difference
                for difference in differences(was, became)
                if may_know_who or difference.kind not in STAFF_KINDS
            ),
            reason=self.reason,
            who=who_in_words(self.by, self.origin) if may_know_who else "",
        )


def whole_kinds_in_words(kinds: Iterable[str]) -> tuple[str, ...]:
    change_kinds = (ChangeKind(kind) for kind in kinds)
    return tuple(str(kind.label) for kind in change_kinds if kind in WHOLE_KINDS)


def who_in_words(name: str | None, origin: str) -> str:
    """Say who did it and by which way; a page is not named as a way."""
    way = "" if origin == ActionOrigin.PAGE else str(ActionOrigin(origin).label)
    return " · ".join(filter(None, [name, way]))
