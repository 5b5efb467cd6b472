"""The list of what was done to the timetable, newest first, for planners."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from django.core.paginator import Paginator
from django.db.models import Count, F, Window
from django.db.models.functions import RowNumber
from django.urls import reverse

from edu_platform.lib.paging import Pager, pager_of
from schedule.changes.filters import ChangeFilters, filtered
from schedule.enums import ActionOrigin
from schedule.history.reading import who_in_words, whole_kinds_in_words
from schedule.history.words import Difference, differences, lesson_text, period_text
from schedule.models import ChangeFromDay, LessonChange, PlanningAction

USUAL_SIZE = 50
# So many lessons of an action are named; its page lists all.
LESSONS_NAMED = 3


@dataclass(frozen=True, slots=True)
class LessonLine:
    """One lesson, as it is since the change or as it was when it was deleted."""

    lesson: str
    period: str
    # Empty for one that was deleted since.
    address: str
    happened: tuple[str, ...]
    differences: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class ActionRow:
    at: dt.datetime
    who: str
    reason: str
    is_told: bool
    lines: tuple[LessonLine, ...]
    # How many lessons it changed, and the page that lists them.
    count: int
    address: str
    # The page that undoes an import, or a change from a day on; of one that was undone, what became of its lessons then.
    undo_address: str
    undone_address: str

    @property
    def more(self) -> int:
        return self.count - len(self.lines)


@dataclass(frozen=True, slots=True)
class ActionList:
    rows: tuple[ActionRow, ...]
    pager: Pager


def action_list(filters: ChangeFilters, *, number: int, page_size: int, path: str) -> ActionList:
    """One page of the actions that fit; a number too high means the last page."""
    actions = filtered(PlanningAction.objects.get_queryset(), filters).order_by("-pk")
    page = Paginator(
        actions.select_related("by", "undone_by", "from_day__term"), page_size
    ).get_page(number)
    actions_on_page = list(page.object_list)
    counts, lines = _lessons_of(actions_on_page)
    return ActionList(
        rows=tuple(_row(action, counts[action.pk], lines[action.pk]) for action in actions_on_page),
        pager=pager_of(page, path=path, query=filters.as_query(), usual_size=USUAL_SIZE),
    )


def _lessons_of(
    actions: Sequence[PlanningAction],
) -> tuple[dict[int, int], dict[int, list[LessonLine]]]:
    """Return how many lessons each action changed, and the first of them; two queries, however many there are."""
    of_page = LessonChange.objects.filter(action__in=[action.pk for action in actions])
    numbered = of_page.annotate(
        number=Window(RowNumber(), partition_by=F("action"), order_by="pk"),
        count=Window(Count("pk"), partition_by=F("action")),
    )
    first = numbered.filter(number__lte=LESSONS_NAMED).values_list("pk", "action", "count")
    counts: dict[int, int] = defaultdict(int)
    change_ids = []
    for pk, action_id, count in first:
        counts[action_id] = count
        change_ids.append(pk)
    lines: dict[int, list[LessonLine]] = defaultdict(list)
    for change in LessonChange.objects.filter(pk__in=change_ids).order_by("pk"):
        lines[change.action_id].append(line_of(change))
    return counts, lines


def line_of(change: LessonChange) -> LessonLine:
    snapshot = change.became or change.was
    if snapshot is None:
        raise ValueError("a change of a lesson that never was")
    is_there = change.lesson_id is not None
    return LessonLine(
        lesson=lesson_text(snapshot),
        period=period_text(snapshot.starts_at, snapshot.ends_at),
        address=reverse("schedule:lesson", args=[change.lesson_code]) if is_there else "",
        happened=whole_kinds_in_words(change.kinds),
        differences=tuple(differences(change.was, change.became)),
    )


def _row(action: PlanningAction, count: int, lines: Sequence[LessonLine]) -> ActionRow:
    undone = action.undoing
    return ActionRow(
        at=action.at,
        who=who_in_words(None if action.by is None else action.by.display_name, action.origin),
        reason=action.reason,
        is_told=action.is_told,
        lines=tuple(lines),
        count=count,
        address=_page_of(action) if count else "",
        undo_address="" if undone is not None else _undo_address(action),
        undone_address="" if undone is None else _page_of(undone),
    )


def _undo_address(action: PlanningAction) -> str:
    """Return the page that undoes an import, or what was changed from a day on; others are taken back lesson by lesson."""
    from_day: ChangeFromDay | None = getattr(action, "from_day", None)
    if from_day is not None:
        return reverse("schedule:term_from_undo", args=[from_day.term.code, action.code])
    is_import = action.origin == ActionOrigin.IMPORT
    return reverse("schedule:import_undo", args=[action.code]) if is_import else ""


def _page_of(action: PlanningAction) -> str:
    return reverse("schedule:timetable_change", args=[action.code])
