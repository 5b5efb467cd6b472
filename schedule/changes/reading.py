"""An action's changes of the timetable, for those whom they concern."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Max
from django.urls import reverse

from accounts.models import User
from accounts.permissions import Action, may
from edu_platform.lib.paging import Pager, pager_of
from schedule.access import general_relations
from schedule.history.personal_news import known, parts_in
from schedule.history.reading import whole_kinds_in_words
from schedule.history.telling_rules import is_told
from schedule.history.words import (
    Difference,
    differences,
    lesson_text,
    period_text,
    told_differences,
)
from schedule.models import LessonChange, LessonSnapshot, PlanningAction


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """One lesson: what it was called, what was done to it, and its page if the viewer may see it."""

    lesson: str
    period: str
    teacher: str
    states: tuple[str, ...]
    differences: tuple[Difference, ...]
    address: str
    # Another action has changed it since.
    is_outdated: bool


@dataclass(frozen=True, slots=True)
class TimetableChange:
    at: dt.datetime
    reason: str
    # Empty for those who do not plan.
    by: str
    rows: tuple[ChangeRow, ...]
    pager: Pager


@dataclass(frozen=True, slots=True)
class _Viewer:
    user: User
    # Everybody's changes; and all of them, with who made them.
    sees_all: bool
    is_staff: bool

    def differences(self, change: LessonChange) -> tuple[Difference, ...]:
        comparison = differences if self.is_staff else told_differences
        return tuple(comparison(change.was, change.became))


def changes_seen_by(
    user: User, action: PlanningAction, *, number: int, page_size: int, path: str
) -> TimetableChange:
    """One page of the changes by this action: staff see all, others what was news to them."""
    relations = general_relations(user)
    viewer = _Viewer(
        user,
        sees_all=may(Action.SEE_ANY_TIMETABLE, relations),
        is_staff=may(Action.ADMINISTER, relations),
    )
    changes = _changes_for(viewer, action)
    page = Paginator(changes, page_size).get_page(number)
    changes_on_page = list(page.object_list)
    return TimetableChange(
        at=action.at,
        reason=action.reason,
        by=action.by.display_name if viewer.is_staff and action.by is not None else "",
        rows=_rows(viewer, changes_on_page, action),
        pager=pager_of(page, path=path, query={}),
    )


def _changes_for(viewer: _Viewer, action: PlanningAction) -> Any:
    changes = action.changes.order_by("pk")
    if viewer.is_staff:
        return changes
    told_changes = [change for change in changes if is_told(change.kinds)]
    pairs = [(change.was, change.became) for change in told_changes]
    if viewer.sees_all:
        return [
            change
            for change, pair in zip(told_changes, pairs, strict=True)
            if any(map(known, pair))
        ]
    # As it was then: a list stays when its lessons are over.
    parts_by_index = parts_in(pairs, at=action.at, only=viewer.user.pk).get(viewer.user.pk, {})
    return [told_changes[index] for index in sorted(parts_by_index)]


def _rows(
    viewer: _Viewer, changes: Sequence[LessonChange], action: PlanningAction
) -> tuple[ChangeRow, ...]:
    visible = _codes_seen(viewer, changes, action)
    latest = dict(
        LessonChange.objects.filter(lesson_code__in={change.lesson_code for change in changes})
        .values_list("lesson_code")
        .annotate(latest=Max("pk"))
    )
    return tuple(
        _row(
            change,
            snapshot,
            differences=viewer.differences(change),
            has_page=change.lesson_id is not None and change.lesson_code in visible,
            is_outdated=latest[change.lesson_code] > change.pk,
        )
        for change in changes
        if (snapshot := change.was or change.became) is not None
    )


def _codes_seen(
    viewer: _Viewer, changes: Sequence[LessonChange], action: PlanningAction
) -> set[str]:
    """The codes of the lessons that the viewer has to do with since, or may see in any case."""
    if viewer.sees_all:
        return {change.lesson_code for change in changes}
    pairs = [(change.was, change.became) for change in changes]
    parts_by_index = parts_in(pairs, at=action.at, only=viewer.user.pk).get(viewer.user.pk, {})
    return {
        changes[index].lesson_code for index, (_was, is_now) in parts_by_index.items() if is_now
    }


def _row(
    change: LessonChange,
    snapshot: LessonSnapshot,
    *,
    differences: tuple[Difference, ...],
    has_page: bool,
    is_outdated: bool,
) -> ChangeRow:
    return ChangeRow(
        lesson=lesson_text(snapshot),
        period=period_text(snapshot.starts_at, snapshot.ends_at),
        teacher=snapshot.teacher.name,
        states=whole_kinds_in_words(change.kinds),
        differences=differences,
        address=reverse("schedule:lesson", args=[change.lesson_code]) if has_page else "",
        is_outdated=is_outdated,
    )
