"""Planning a term: what it would do, doing it, and the pages of what is in conflict."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.decorators import SignedInRequest
from accounts.permissions import Action
from edu_platform.lib.http import CONFLICT, READ_AND_WRITE, UNPROCESSABLE, see_other
from edu_platform.lib.paging import PageForm
from edu_platform.lib.text import storable_text
from edu_platform.lib.versions import NO_VERSION, NotAsShown, known_in, require_as_shown
from schedule import access
from schedule.enums import ActionOrigin
from schedule.lessons.meanwhile import Meanwhile
from schedule.lessons.trying_again import ChangedMeanwhile
from schedule.models import PlanningAction, Term
from schedule.terms.access import get_term_for
from schedule.terms.days.calendar import calendar_of
from schedule.terms.planning.conflict_list import (
    TOLD_BEFORE,
    Conflict,
    coming_conflicts,
    conflict_list,
    conflicts_of,
)
from schedule.terms.planning.difference import difference
from schedule.terms.planning.plan_forms import PlanForm
from schedule.terms.planning.plan_pages import PlanPage
from schedule.terms.planning.plan_work import (
    PLAN_TERM,
    plan_arguments,
    planned_in_words,
    rows_of_plan,
)
from schedule.terms.planning.term_plan import (
    PlanConflicts,
    PlanOptions,
    plan_term,
)
from schedule.terms.publication import draft_ids_of, publish_term
from schedule.terms.publication_work import (
    PUBLISH_TERM,
    publication_arguments,
    published_in_words,
)
from schedule.terms.term_versions import version_of_drafts
from schedule.terms.term_work import scope_of
from schedule.work.kinds import is_long
from schedule.work.views import see_work
from schedule.work.writing import begin_work


@require_http_methods(READ_AND_WRITE)
def term_plan(request: SignedInRequest, code: str) -> HttpResponse:
    term = get_term_for(request.user, code)
    drafts = draft_ids_of(term)
    if request.method != "POST":
        return _page(request, term, PlanForm(term=term, has_drafts=bool(drafts)), drafts)
    form = PlanForm(request.POST, term=term, has_drafts=bool(drafts))
    if not form.is_valid():
        return _page(request, term, form, drafts, status=UNPROCESSABLE)
    action = form.action(by=request.user, origin=ActionOrigin.PAGE)
    if "publish" in request.POST:
        return _publish(request, term, form, action, drafts)
    return _apply(request, term, form, action, drafts)


def _publish(
    request: SignedInRequest,
    term: Term,
    form: PlanForm,
    action: PlanningAction,
    drafts: Sequence[int],
) -> HttpResponse:
    known = known_in(request.POST)
    try:
        if is_long(len(drafts)):
            require_as_shown(term, known, version_of_drafts(drafts))
            work = begin_work(
                PUBLISH_TERM,
                by=request.user,
                scope=scope_of(term),
                arguments=publication_arguments(term, action, known),
                row_count=len(drafts),
            )
            return see_work(request, work)
        count = publish_term(term, action=action, known=known)
    except (NotAsShown, ChangedMeanwhile):
        return _page(request, term, form, draft_ids_of(term), status=CONFLICT, is_outdated=True)
    messages.success(request, published_in_words(count))
    return see_other(reverse("schedule:term_plan", args=[term.code]))


def _apply(
    request: SignedInRequest,
    term: Term,
    form: PlanForm,
    action: PlanningAction,
    drafts: Sequence[int],
) -> HttpResponse:
    """Do what was shown; if that has changed, show it again."""
    options = PlanOptions(
        at=action.at,
        with_past=form.is_ticked("with_past"),
        is_draft=form.cleaned_data["as_draft"],
        leaves_out_conflicts=form.cleaned_data["leaves_out"],
        version=storable_text(request.POST.get("version", "")) or NO_VERSION,
    )
    if is_long(row_count := rows_of_plan(term)):
        work = begin_work(
            PLAN_TERM,
            by=request.user,
            scope=scope_of(term),
            arguments=plan_arguments(term, action, options),
            row_count=row_count,
        )
        return see_work(request, work)
    try:
        plan_difference = plan_term(term, action=action, options=options)
    except Term.DoesNotExist as err:
        raise Http404 from err  # deleted meanwhile
    except (NotAsShown, ChangedMeanwhile):
        return _page(request, term, form, drafts, status=CONFLICT, is_outdated=True)
    except PlanConflicts:
        return _page(request, term, form, drafts, status=CONFLICT)
    for sentence in planned_in_words(plan_difference.counts_with_left_out()):
        say = messages.warning if sentence.is_warning else messages.success
        say(request, sentence.text)
    return see_other(reverse("schedule:term_plan", args=[term.code]))


def _meanwhile() -> Meanwhile:
    sentence = _(
        "Nothing was done: since you opened this page something has changed. This is what planning would do now."
    )
    return Meanwhile(said=sentence)


def _page(
    request: SignedInRequest,
    term: Term,
    form: PlanForm,
    drafts: Sequence[int],
    *,
    status: int = 200,
    is_outdated: bool = False,
) -> HttpResponse:
    with_past = term.planned_at is None and form.is_ticked("with_past")
    plan_difference = difference(term, at=timezone.now(), with_past=with_past)
    plan_page = PlanPage(term, plan_difference, calendar_of(term))
    context = {
        "term": term,
        "form": form,
        "plan": plan_page,
        "version": plan_difference.version,
        "is_anything_to_do": bool(
            plan_difference.changes_anything
            or plan_difference.conflicts
            or drafts
            or (term.awaits_planning and term.has_weekly_lessons)
        ),
        "day_shown": min(max(timezone.localdate(), term.first_monday), term.last_day),
        "drafts": len(drafts),
        "known": version_of_drafts(drafts),
        "meanwhile": _meanwhile() if is_outdated else None,
        "is_refused": status == CONFLICT and not is_outdated,
    }
    listed = plan_page.page_of(request.GET.get("show", ""), PageForm(request.GET))
    if listed is not None and request.method != "POST":
        context |= {"listed": listed[0], "rows": listed[1], "pager": listed[2]}
        return render(request, "schedule/terms/plan_list.html", context)
    return render(request, "schedule/terms/plan.html", context, status=status)


@require_safe
def term_conflicts(request: SignedInRequest, code: str) -> HttpResponse:
    term = get_term_for(request.user, code)
    return _conflict_page(request, conflicts_of(term, at=timezone.now()), term)


@require_safe
def conflicts(request: SignedInRequest) -> HttpResponse:
    """Show the conflicts of students alone, and of lessons of no term as well."""
    access.require(request.user, Action.PLAN_LESSONS)
    return _conflict_page(request, coming_conflicts(timezone.now()), None)


def _conflict_page(
    request: SignedInRequest, all_conflicts: Sequence[Conflict], term: Term | None
) -> HttpResponse:
    form = PageForm(request.GET)
    listed_conflicts = conflict_list(
        all_conflicts,
        term=term,
        number=form.page_number(),
        page_size=form.size(),
        path=request.path,
        at=timezone.now(),
    )
    context = {
        "term": term,
        "found": listed_conflicts,
        "days": TOLD_BEFORE.days,
        "time_zone": timezone.get_default_timezone_name(),
    }
    return render(request, "schedule/terms/conflicts.html", context)
