"""Planners' pages of a change of weekly lessons from a day on: its form with a preview, and its undo."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.decorators import SignedInRequest
from accounts.permissions import Action
from edu_platform.lib.http import (
    CONFLICT,
    READ_AND_WRITE,
    UNPROCESSABLE,
    see_other,
    with_query,
)
from edu_platform.lib.text import storable_text
from edu_platform.lib.versions import NotAsShown, known_in
from schedule import access
from schedule.enums import ActionOrigin
from schedule.lessons.meanwhile import Meanwhile
from schedule.lessons.named import course_names, timetable_choices
from schedule.lessons.trying_again import ChangedMeanwhile
from schedule.models import ChangeFromDay, PlanningAction, Term
from schedule.terms.access import get_term_for
from schedule.terms.from_day.changing import (
    FromDayRefused,
    Preview,
    change_from_day,
    done,
    preview_of,
)
from schedule.terms.from_day.forms import (
    WHOSE,
    FromDayForm,
    UndoFromDayForm,
    prefilled_from,
)
from schedule.terms.from_day.pages import PreviewPage, UndoingPage, latest_changes
from schedule.terms.from_day.undo import (
    AlreadyUndone,
    Undoing,
    UndoRefused,
    undo_change,
    undoing_of,
    undone,
)
from schedule.terms.from_day.work import (
    begin_change,
    begin_undo,
    changed_in_words,
    rows_of_change,
    rows_of_undo,
    undone_in_words,
)
from schedule.work.kinds import is_long
from schedule.work.views import see_work

HERE = "schedule/terms/from_day"


@require_safe
def from_day(request: SignedInRequest) -> HttpResponse:
    """Lead to the page of the term that runs, or else comes next, filled in as the address says."""
    access.require(request.user, Action.PLAN_LESSONS)
    terms = Term.objects.not_over(timezone.localdate()).order_by("first_monday")
    term = terms.first()
    if term is None:
        messages.info(request, _("There is no term that runs or is to come."))
        return see_other(reverse("schedule:terms"))
    names = (*WHOSE, "weekday", "first_day")
    query = {name: request.GET[name] for name in names if name in request.GET}
    return see_other(with_query(_address(term), query))


@require_http_methods(READ_AND_WRITE)
def term_from(request: SignedInRequest, code: str) -> HttpResponse:
    """Show what a change from a day on would do, then do it."""
    term = get_term_for(request.user, code)
    try:
        return _answer(request, term)
    except Term.DoesNotExist as err:
        raise Http404 from err  # deleted meanwhile


def _answer(request: SignedInRequest, term: Term) -> HttpResponse:
    if request.method != "POST":
        return _page(request, FromDayForm(term=term, initial=prefilled_from(request.GET, term)))
    form = FromDayForm(request.POST, term=term)
    if not form.is_valid():
        return _page(request, form, status=UNPROCESSABLE)
    if "save" not in request.POST:
        return _page(request, form, preview_of(term, form.wish(), at=timezone.now()))
    action = form.action(by=request.user, origin=ActionOrigin.PAGE)
    known = known_in(request.POST)
    try:
        if is_long(count := rows_of_change(term, form.wish())):
            work = begin_change(
                term, form.wish(), action=action, by=request.user, known=known, row_count=count
            )
            return see_work(request, work)
        preview = change_from_day(term, form.wish(), action=action, known=known)
    except NotAsShown as err:
        return _page(request, form, err.now, status=CONFLICT, is_outdated=True)
    except FromDayRefused as err:
        return _page(request, form, err.preview, status=CONFLICT)
    except ChangedMeanwhile:
        now = preview_of(term, form.wish(), at=timezone.now())
        return _page(request, form, now, status=CONFLICT, is_outdated=True)
    if not preview.changes_anything:
        messages.info(request, _("Nothing was changed."))
        return see_other(_address(term))
    messages.success(request, changed_in_words(done(preview, action)))
    return see_other(_after(term, action))


def _address(term: Term) -> str:
    return reverse("schedule:term_from", args=[term.code])


def _after(term: Term, action: PlanningAction) -> str:
    """Return the page of the lessons that changed, or where none did, that of the term's changes."""
    if action.changes.exists():
        return reverse("schedule:timetable_change", args=[action.code])
    return _address(term)


def _page(
    request: SignedInRequest,
    form: FromDayForm,
    preview: Preview | None = None,
    *,
    status: int = 200,
    is_outdated: bool = False,
) -> HttpResponse:
    term = form.term
    teachers, class_groups = timetable_choices()
    shown_before = storable_text(request.POST.get("shown", "")) if is_outdated else ""
    page = None if preview is None else PreviewPage(preview, shown_before)
    context: dict[str, Any] = {
        "term": term,
        "form": form,
        "page": page,
        "known": "" if preview is None else preview.version,
        "meanwhile": _meanwhile(page) if is_outdated else None,
        "teachers": teachers,
        "class_groups": class_groups,
        "courses": course_names(),
        "changes": latest_changes(term),
    }
    return render(request, f"{HERE}/form.html", context, status=status)


def _meanwhile(page: PreviewPage | None) -> Meanwhile:
    sentence = _(
        "Nothing was done: since you opened this page something has changed. This is what would happen now; what is other than you saw is marked."
    )
    count = 0 if page is None else page.gone
    advice = ""
    if count:
        advice = _(
            "Weekly lessons that you saw and that are not concerned any more: %(count)s."
        ) % {"count": count}
    return Meanwhile(said=sentence, advice=advice)


# --- Undoing --------------------------------------------------------------------------------------


@require_http_methods(READ_AND_WRITE)
def term_from_undo(request: SignedInRequest, code: str, change: str) -> HttpResponse:
    """Ask, say what becomes of weekly lessons and lessons, then undo."""
    term = get_term_for(request.user, code)
    rows = ChangeFromDay.objects.select_related("action__by", "action__undone_by", "term")
    row = rows.filter(term=term, action__code=change).first()
    if row is None:
        raise Http404
    try:
        return _undo_answer(request, row)
    except Term.DoesNotExist as err:
        raise Http404 from err  # deleted meanwhile


def _undo_answer(request: SignedInRequest, row: ChangeFromDay) -> HttpResponse:
    if request.method != "POST":
        form = UndoFromDayForm(initial={"reason": _("A change was undone.")})
        return _undo_page(request, row, form)
    form = UndoFromDayForm(request.POST)
    if not form.is_valid():
        return _undo_page(request, row, form, status=UNPROCESSABLE)
    action = form.action(by=request.user, origin=ActionOrigin.PAGE)
    known = known_in(request.POST)
    try:
        if row.action.undoing is None and is_long(count := rows_of_undo(row)):
            work = begin_undo(row, action=action, by=request.user, known=known, row_count=count)
            return see_work(request, work)
        undoing = undo_change(row, action=action, known=known)
    except UndoRefused as err:
        return _undo_page(request, row, form, err.undoing, status=CONFLICT)
    except NotAsShown as err:
        return _undo_page(request, row, form, err.now, status=CONFLICT, is_outdated=True)
    except (AlreadyUndone, ChangedMeanwhile):
        row = ChangeFromDay.objects.select_related("action__undone_by", "term").get(pk=row.pk)
        return _undo_page(request, row, form, status=CONFLICT, is_outdated=True)
    messages.success(request, undone_in_words(undone(undoing, action)))
    return see_other(_after(row.term, action))


def _undo_page(
    request: SignedInRequest,
    row: ChangeFromDay,
    form: UndoFromDayForm,
    undoing: Undoing | None = None,
    *,
    status: int = 200,
    is_outdated: bool = False,
) -> HttpResponse:
    context: dict[str, Any] = {"term": row.term, "change": row, "form": form}
    if row.action.undoing is None:
        now = undoing or undoing_of(row, at=timezone.now())
        sentence = _(
            "Nothing was undone: the timetable was changed meanwhile. This is what would happen now."
        )
        context |= {
            "page": UndoingPage(now),
            "known": now.version,
            "meanwhile": Meanwhile(said=sentence) if is_outdated else None,
        }
    return render(request, f"{HERE}/undo.html", context, status=status)
