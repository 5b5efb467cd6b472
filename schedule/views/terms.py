"""Planners' pages of terms: the list, making, changing and deleting them, and their bell times."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from accounts.decorators import SignedInRequest
from accounts.permissions import Action
from edu_platform.lib.http import CONFLICT, READ_AND_WRITE, UNPROCESSABLE, form_status, see_other
from schedule import access
from schedule.models import Term
from schedule.planning.forms import ToldForm
from schedule.planning.term_forms import (
    EMPTY_ROWS,
    BellTimesForm,
    CopyBellsForm,
    EvenBellsForm,
    TermForm,
    in_use_in_words,
    posted_texts,
    texts_of,
    texts_of_bells,
)
from schedule.selectors.terms import bell_spans, going_with, term_rows
from schedule.services import terms as term_services
from schedule.services.lesson_deletion import LessonBegun
from schedule.services.terms import BellsInUse, LessonsOutside, TermNameTaken, TermOverlaps
from schedule.terms.bells import BellSpan


@require_safe
def terms(request: SignedInRequest) -> HttpResponse:
    access.require(request.user, Action.PLAN_LESSONS)
    rows = term_rows(today=timezone.localdate())
    return render(request, "schedule/terms/terms.html", {"rows": rows})


@require_http_methods(READ_AND_WRITE)
def term_new(request: SignedInRequest) -> HttpResponse:
    access.require(request.user, Action.PLAN_LESSONS)
    form = TermForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return _term_page(request, form, None, status=form_status(form))
    try:
        made = term_services.create_term(**form.cleaned_data)
    except (TermNameTaken, TermOverlaps) as err:
        form.refuse(err)
        return _term_page(request, form, None, status=CONFLICT)
    told = _("The term was made. Enter its bell times now, if lessons follow them.")
    messages.success(request, told)
    return see_other(reverse("schedule:term_bells", args=[made.code]))


@require_http_methods(READ_AND_WRITE)
def term_change(request: SignedInRequest, code: str) -> HttpResponse:
    term = access.get_term_for(request.user, code)
    form = TermForm(request.POST if request.method == "POST" else None, initial=texts_of(term))
    if not form.is_valid():
        return _term_page(request, form, term, status=form_status(form))
    try:
        has_changed = term_services.change_term(term, **form.cleaned_data)
    except Term.DoesNotExist as err:
        raise Http404 from err  # deleted meanwhile
    except (TermNameTaken, TermOverlaps, LessonsOutside) as err:
        form.refuse(err)
        return _term_page(request, form, term, status=CONFLICT)
    if has_changed:
        messages.success(request, _("The term was changed."))
    else:
        messages.info(request, _("Nothing was changed."))
    return see_other(reverse("schedule:terms"))


def _term_page(
    request: SignedInRequest, form: TermForm, term: Term | None, *, status: int
) -> HttpResponse:
    context = {"form": form, "term": term}
    return render(request, "schedule/terms/term_form.html", context, status=status)


@require_http_methods(READ_AND_WRITE)
def term_delete(request: SignedInRequest, code: str) -> HttpResponse:
    """Show what is deleted with the term; delete it on POST."""
    term = access.get_term_for(request.user, code)
    form = ToldForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return _deletion_page(request, form, term, status=form_status(form))
    action = form.action(by=request.user)
    try:
        term_services.delete_term(term, action=action, at=action.at)
    except Term.DoesNotExist as err:
        raise Http404 from err  # deleted meanwhile
    except LessonBegun as err:
        reason = _("%(lesson)s has begun, or is over: this term cannot be deleted any more.")
        form.add_error(None, reason % {"lesson": err.lesson})
        return _deletion_page(request, form, term, status=CONFLICT)
    messages.success(request, _("Deleted: %(name)s") % {"name": term.name})
    return see_other(reverse("schedule:terms"))


def _deletion_page(
    request: SignedInRequest, form: ToldForm, term: Term, *, status: int
) -> HttpResponse:
    context = {"form": form, "term": term, "going": going_with(term)}
    return render(request, "schedule/terms/term_delete.html", context, status=status)


# --- Bell times ---------------------------------------------------------------------------------


@require_http_methods(READ_AND_WRITE)
def term_bells(request: SignedInRequest, code: str) -> HttpResponse:
    """All bell times on one page. What the quick start or another term fills in is not saved yet."""
    term = access.get_term_for(request.user, code)
    if request.method == "POST":
        return _answer_bells(request, term)
    even = EvenBellsForm(request.GET if "count" in request.GET else None)
    copied = CopyBellsForm(request.GET if "copy" in request.GET else None, term=term)
    filled_in: list[BellSpan] | None = None
    if copied.is_valid():
        filled_in = bell_spans(copied.cleaned_data["copy"])
    elif even.is_valid():
        filled_in = even.spans
    is_filled_in = filled_in is not None
    form = BellTimesForm(texts=texts_of_bells(bell_spans(term) if filled_in is None else filled_in))
    is_refused = not is_filled_in and (even.is_bound or copied.is_bound)
    return _bells_page(
        request,
        term,
        form,
        even=even,
        copied=copied,
        is_filled_in=is_filled_in,
        status=UNPROCESSABLE if is_refused else 200,
    )


def _answer_bells(request: SignedInRequest, term: Term) -> HttpResponse:
    if "more" in request.POST:
        texts = posted_texts(request.POST)
        form = BellTimesForm(texts=texts, count=len(texts) + EMPTY_ROWS)
        if len(texts) < form.count:
            form.fields[f"start_{len(texts) + 1}"].widget.attrs["autofocus"] = True
        return _bells_page(request, term, form)
    form = BellTimesForm(request.POST)
    if not form.is_valid():
        return _bells_page(request, term, form, status=UNPROCESSABLE)
    try:
        following = term_services.set_bell_times(term, form.spans)
    except Term.DoesNotExist as err:
        raise Http404 from err  # deleted meanwhile
    except BellsInUse as err:
        form.add_error(None, in_use_in_words(err))
        return _bells_page(request, term, form, status=CONFLICT)
    messages.success(request, _("The bell times were saved."))
    if following:
        told = ngettext(
            "%(count)s weekly lesson has another time now. Its lessons follow when the term is planned.",
            "%(count)s weekly lessons have another time now. Their lessons follow when the term is planned.",
            following,
        )
        messages.info(request, told % {"count": following})
    return see_other(reverse("schedule:term_bells", args=[term.code]))


def _bells_page(
    request: SignedInRequest,
    term: Term,
    form: BellTimesForm,
    *,
    even: EvenBellsForm | None = None,
    copied: CopyBellsForm | None = None,
    is_filled_in: bool = False,
    status: int = 200,
) -> HttpResponse:
    context = {
        "term": term,
        "form": form,
        "even": even or EvenBellsForm(),
        "copied": copied or CopyBellsForm(term=term),
        "is_filled_in": is_filled_in,
    }
    return render(request, "schedule/terms/bells.html", context, status=status)
