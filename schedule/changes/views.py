"""Pages of what was done to the timetable: by one action, by all of them, and to one lesson."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.db.models import Count, OuterRef, Subquery
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.decorators import SignedInRequest
from accounts.permissions import Action, may
from edu_platform.lib.paging import PageForm, pager_of
from schedule import access
from schedule.changes.access import get_changes_of_lesson, get_planning_action
from schedule.changes.action_list import USUAL_SIZE, action_list
from schedule.changes.forms import ChangeFilterForm
from schedule.changes.reading import changes_seen_by
from schedule.enums import ActionOrigin
from schedule.history.reading import entry_of
from schedule.history.words import lesson_text, period_text
from schedule.models import ChangeFromDay, LessonChange, PlanningAction


@require_safe
def timetable_change(request: SignedInRequest, code: str) -> HttpResponse:
    """Show the changes of one action that concern who looks; if none does, answer as for an unknown action."""
    action = get_planning_action(code)
    form = PageForm(request.GET)
    change = changes_seen_by(
        request.user,
        action,
        number=form.page_number(),
        page_size=form.size(),
        path=request.path,
    )
    if not change.rows:
        raise Http404
    is_planner = may(Action.PLAN_LESSONS, access.general_relations(request.user))
    context = {
        "found": change,
        "time_zone": timezone.get_default_timezone_name(),
        # Only planners see that an import can be undone, or was.
        "imported": action if is_planner and action.origin == ActionOrigin.IMPORT else None,
        "undoes": action.undoes if is_planner else None,
        "from_day": _from_day(action) if is_planner else None,
    }
    return render(request, "schedule/timetable_change.html", context)


def _from_day(action: PlanningAction) -> ChangeFromDay | None:
    """Return what the action made of weekly lessons, where it changed them from a day on; one query at most."""
    if action.origin != ActionOrigin.TERM:
        return None
    rows = ChangeFromDay.objects.select_related("term", "action__undone_by")
    return rows.filter(action=action).first()


@require_safe
def timetable_changes(request: SignedInRequest) -> HttpResponse:
    """List what was done to the timetable, for planners."""
    access.require(request.user, Action.PLAN_LESSONS)
    form, page_form = ChangeFilterForm(request.GET), PageForm(request.GET)
    filters = form.filters()
    found = action_list(
        filters,
        number=page_form.page_number(),
        page_size=page_form.size(USUAL_SIZE),
        path=request.path,
    )
    context = {
        "found": found,
        "filters": filters,
        "filter_form": form,
        "time_zone": timezone.get_default_timezone_name(),
    }
    return render(request, "schedule/timetable_changes.html", context)


@require_safe
def lesson_changes(request: SignedInRequest, code: str) -> HttpResponse:
    """Show all that was done to one lesson, also to one that was deleted since, for planners."""
    changes = get_changes_of_lesson(request.user, code)
    form = PageForm(request.GET)
    of_action = LessonChange.objects.filter(action=OuterRef("action")).order_by()
    counts = of_action.values("action").annotate(count=Count("pk")).values("count")
    counted = changes.annotate(done_with_it=Subquery(counts))
    shown = Paginator(counted, form.size(USUAL_SIZE)).get_page(form.page_number())
    latest = changes[0]
    snapshot = latest.became or latest.was
    context = {
        "lesson": None if latest.lesson_id is None else latest.lesson,
        "heading": "" if snapshot is None else lesson_text(snapshot),
        "period": "" if snapshot is None else period_text(snapshot.starts_at, snapshot.ends_at),
        "entries": [(entry_of(change), _way_of(change)) for change in shown.object_list],
        "pager": pager_of(shown, path=request.path, query={}, usual_size=USUAL_SIZE),
        "time_zone": timezone.get_default_timezone_name(),
    }
    return render(request, "schedule/lesson_changes.html", context)


def _way_of(change: LessonChange) -> tuple[str, int]:
    """The page of all that was done with a change, and to how many lessons."""
    count: int = change.done_with_it  # type: ignore[attr-defined] # annotated above
    return reverse("schedule:timetable_change", args=[change.action.code]), count
