"""What one action did to the timetable, for those whom it concerns."""

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
from schedule.changes.news import parts_in
from schedule.changes.telling_times import TOLD_KINDS
from schedule.changes.words import Difference, differences, lesson_text, period_text
from schedule.enums import ChangeKind
from schedule.models import LessonChange, LessonSnapshot, PlanningAction

# What is said in a word; the others by what was and is.
_STATES = (
    *(ChangeKind.PLANNED, ChangeKind.PUBLISHED, ChangeKind.CANCELLED),
    *(ChangeKind.RESTORED, ChangeKind.DELETED),
)


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

    def sees(self, kind: ChangeKind) -> bool:
        return self.is_staff or kind in TOLD_KINDS


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
    shown = list(page.object_list)
    return TimetableChange(
        at=action.at,
        reason=action.reason,
        by=action.by.display_name if viewer.is_staff and action.by is not None else "",
        rows=_rows(viewer, shown, action),
        pager=pager_of(page, path=path, query={}),
    )


def _changes_for(viewer: _Viewer, action: PlanningAction) -> Any:
    changes = action.changes.order_by("pk")
    if viewer.is_staff:
        return changes
    told = [each for each in changes if not TOLD_KINDS.isdisjoint(each.kinds)]
    pairs = [(each.was, each.became) for each in told]
    if viewer.sees_all:
        return [each for each, pair in zip(told, pairs, strict=True) if any(map(_is_shown, pair))]
    # As it was then: a list stays when its lessons are over.
    places = parts_in(pairs, at=action.at, only=viewer.user.pk).get(viewer.user.pk, {})
    return [told[place] for place in sorted(places)]


def _is_shown(side: LessonSnapshot | None) -> bool:
    return side is not None and not side.is_draft


def _rows(
    viewer: _Viewer, changes: Sequence[LessonChange], action: PlanningAction
) -> tuple[ChangeRow, ...]:
    pairs = [(each.was, each.became) for each in changes]
    user_id = viewer.user.pk
    parts = {} if viewer.sees_all else parts_in(pairs, at=action.at, only=user_id).get(user_id, {})
    codes = {each.lesson_code for each in changes}
    latest = dict(
        LessonChange.objects.filter(lesson_code__in=codes)
        .values_list("lesson_code")
        .annotate(latest=Max("pk"))
    )
    found = []
    for place, (change, (before, after)) in enumerate(zip(changes, pairs, strict=True)):
        shown = before or after
        if shown is None:
            continue
        may_see = viewer.sees_all or parts.get(place, (None, None))[1] is not None
        has_page = change.lesson_id is not None and may_see
        found.append(
            ChangeRow(
                lesson=lesson_text(shown),
                period=period_text(shown.starts_at, shown.ends_at),
                teacher=shown.teacher.name,
                states=tuple(str(kind.label) for kind in _STATES if kind in change.kinds),
                differences=tuple(
                    each for each in differences(before, after) if viewer.sees(each.kind)
                ),
                address=reverse("schedule:lesson", args=[change.lesson_code]) if has_page else "",
                is_outdated=latest[change.lesson_code] > change.pk,
            )
        )
    return tuple(found)
