"""Planners' pages of terms: the list, making, changing, copying and deleting them."""

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
from edu_platform.lib.http import CONFLICT, READ_AND_WRITE, UNPROCESSABLE, form_status, see_other
from edu_platform.lib.long_work import WorkState
from edu_platform.lib.versions import NotAsShown, known_in, require_as_shown
from schedule import access
from schedule.lessons.delete import LessonBegun
from schedule.lessons.forms import ToldForm
from schedule.lessons.meanwhile import Meanwhile
from schedule.lessons.trying_again import ChangedMeanwhile
from schedule.models import PlanningAction, Term, Work
from schedule.terms import writing as term_services
from schedule.terms.access import get_term_for
from schedule.terms.copy_work import (
    COPY_TERM,
    copied_in_words,
    copy_arguments,
    is_in_part,
)
from schedule.terms.copy_work import FAULTS as COPY_FAULTS
from schedule.terms.deletion import delete_term
from schedule.terms.deletion_work import (
    BEGUN_IN_WORDS,
    DELETE_TERM,
    deleted_in_words,
    deletion_arguments,
)
from schedule.terms.forms import TermCopyForm, TermForm, changed_term_in_words, texts_of
from schedule.terms.reading import term_rows
from schedule.terms.term_copies import copy_of, copy_term
from schedule.terms.term_versions import going_with, version_of_term
from schedule.terms.term_work import scope_of
from schedule.terms.weekly_lessons.lists import terms_to_copy
from schedule.terms.writing import LessonsOutside, TermNameTaken, TermOverlaps
from schedule.work.access import get_work_for
from schedule.work.kinds import CHANGED, is_long
from schedule.work.views import see_work
from schedule.work.writing import begin_work


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
        term = term_services.create_term(**form.cleaned_data)
    except (TermNameTaken, TermOverlaps) as err:
        form.refuse(err)
        return _term_page(request, form, None, status=CONFLICT)
    notice = _("The term was made. Enter its bell times now, if lessons follow them.")
    messages.success(request, notice)
    return see_other(reverse("schedule:term_bells", args=[term.code]))


@require_http_methods(READ_AND_WRITE)
def term_change(request: SignedInRequest, code: str) -> HttpResponse:
    term = get_term_for(request.user, code)
    form = TermForm(request.POST if request.method == "POST" else None, initial=texts_of(term))
    known = known_in(request.POST)
    if not form.is_valid():
        return _term_page(request, form, term, known=known, status=form_status(form))
    try:
        has_changed = term_services.change_term(term, **form.cleaned_data, known=known)
    except Term.DoesNotExist as err:
        raise Http404 from err  # deleted meanwhile
    except NotAsShown:
        now = get_term_for(request.user, code)
        meanwhile = Meanwhile(said=changed_term_in_words(now))
        return _term_page(request, form, now, meanwhile=meanwhile, status=CONFLICT)
    except (TermNameTaken, TermOverlaps, LessonsOutside) as err:
        form.refuse(err)
        return _term_page(request, form, term, known=known, status=CONFLICT)
    if has_changed:
        messages.success(request, _("The term was changed."))
    else:
        messages.info(request, _("Nothing was changed."))
    return see_other(reverse("schedule:terms"))


def _term_page(
    request: SignedInRequest,
    form: TermForm,
    term: Term | None,
    *,
    known: str = "",
    meanwhile: Meanwhile | None = None,
    status: int,
) -> HttpResponse:
    """Render the form; `known` is the version that it showed before, where its page shows no other one now."""
    version = "" if term is None else version_of_term(term)
    context = {"form": form, "term": term, "known": known or version, "meanwhile": meanwhile}
    return render(request, "schedule/terms/term_form.html", context, status=status)


@require_http_methods(READ_AND_WRITE)
def term_delete(request: SignedInRequest, code: str) -> HttpResponse:
    """Show what is deleted with the term; delete it on POST."""
    term = get_term_for(request.user, code)
    form = ToldForm(request.POST if request.method == "POST" else None)
    known = known_in(request.POST)
    if not form.is_valid():
        return _deletion_page(request, form, term, known=known, status=form_status(form))
    action = form.action(by=request.user)
    try:
        if work := _deletion_left_to_worker(request, term, action, known):
            return see_work(request, work)
        delete_term(term, action=action, at=action.at, known=known)
    except Term.DoesNotExist as err:
        raise Http404 from err  # deleted meanwhile
    except (NotAsShown, ChangedMeanwhile):
        sentence = _(
            "Nothing was deleted: the term, or what is deleted with it, has changed since you opened this page. It is shown below as it is now."
        )
        now, meanwhile = get_term_for(request.user, code), Meanwhile(said=sentence)
        return _deletion_page(request, form, now, meanwhile=meanwhile, status=CONFLICT)
    except LessonBegun as err:
        form.add_error(None, str(BEGUN_IN_WORDS) % {"lesson": err.lesson})
        return _deletion_page(request, form, term, known=known, status=CONFLICT)
    messages.success(request, deleted_in_words(term.name))
    return see_other(reverse("schedule:terms"))


def _deletion_left_to_worker(
    request: SignedInRequest, term: Term, action: PlanningAction, known: str
) -> Work | None:
    """Leave it to a worker where much is deleted with the term; None: it is little.

    Raises:
        NotAsShown: something has changed since the page was shown.
    """
    going = going_with(term)
    row_count = going.weekly_lessons + going.lessons + going.staying
    if not is_long(row_count):
        return None
    require_as_shown(term, known, going.version(term))
    return begin_work(
        DELETE_TERM,
        by=request.user,
        scope=scope_of(term),
        arguments=deletion_arguments(term, action, known),
        row_count=row_count,
    )


def _deletion_page(
    request: SignedInRequest,
    form: ToldForm,
    term: Term,
    *,
    known: str = "",
    meanwhile: Meanwhile | None = None,
    status: int,
) -> HttpResponse:
    """Render the page that asks; `known` as in the form of the term."""
    going = going_with(term)
    context = {
        "form": form,
        "term": term,
        "going": going,
        "known": known or going.version(term),
        "meanwhile": meanwhile,
    }
    return render(request, "schedule/terms/term_delete.html", context, status=status)


@require_http_methods(READ_AND_WRITE)
def term_copy(request: SignedInRequest, code: str) -> HttpResponse:
    """Choose a term and class groups, see what comes of it, and copy; with `check` only see it."""
    target = get_term_for(request.user, code)
    if done := request.GET.get("done"):
        return _copied_page(request, target, done)
    sources = terms_to_copy(target)
    chosen = request.POST.get("from") or request.GET.get("from", "")
    source = _chosen(sources, chosen)
    if source is None:
        return render(request, "schedule/terms/copy.html", {"term": target, "source": None})
    form = TermCopyForm(
        request.POST if request.method == "POST" else None, source=source, target=target
    )
    context = {"term": target, "source": source, "sources": sources, "form": form}
    if form.is_bound and not form.is_valid():
        return render(request, "schedule/terms/copy.html", context, status=UNPROCESSABLE)
    if not form.is_bound or "check" in request.POST:
        return _copy_preview(request, context, form, source, target)
    return _copy(request, context, form, source, target)


def _copy_preview(
    request: SignedInRequest,
    context: dict[str, Any],
    form: TermCopyForm,
    source: Term,
    target: Term,
    *,
    status: int = 200,
) -> HttpResponse:
    copy = copy_of(source, target, form.counterparts(), copies_bells=form.copies_bells())
    context["found"] = copy.shown()
    return render(request, "schedule/terms/copy.html", context, status=status)


def _copy(
    request: SignedInRequest,
    context: dict[str, Any],
    form: TermCopyForm,
    source: Term,
    target: Term,
) -> HttpResponse:
    counterparts, copies_bells = form.counterparts(), form.copies_bells()
    if is_long(row_count := source.weekly_lessons.count()):
        work = begin_work(
            COPY_TERM,
            by=request.user,
            scope=scope_of(target),
            arguments=copy_arguments(source, target, counterparts, copies_bells=copies_bells),
            row_count=row_count,
        )
        return see_work(request, work)
    try:
        done = copy_term(source, target, counterparts, copies_bells=copies_bells).shown()
    except Term.DoesNotExist as err:
        raise Http404 from err  # deleted meanwhile
    except ChangedMeanwhile:
        messages.warning(request, str(COPY_FAULTS[CHANGED]))
        return _copy_preview(request, context, form, source, target, status=CONFLICT)
    messages.success(request, copied_in_words(done["added"]))
    if is_in_part(done):
        # Shown once: what was not carried over is recorded nowhere.
        context |= {"found": done, "is_done": True}
        return render(request, "schedule/terms/copy.html", context)
    return see_other(reverse("schedule:term", args=[target.code]))


def _copied_page(request: SignedInRequest, target: Term, code: str) -> HttpResponse:
    """Show what a worker has copied into this term, for as long as its work is kept.

    Raises:
        Http404: there is no such work, or it is somebody else's.
    """
    work = get_work_for(request.user, code)
    is_done = work.kind == COPY_TERM.name and work.state == WorkState.DONE
    if not is_done or work.arguments["term"] != target.code:
        raise Http404
    context = {
        "term": target,
        "source": work.arguments["source_name"],
        "found": work.result,
        "is_done": True,
    }
    return render(request, "schedule/terms/copy.html", context)


def _chosen(sources: list[Term], code: str) -> Term | None:
    """The term that was chosen, at first the latest; None when no other has weekly lessons.

    Raises:
        Http404: there is no such term to copy.
    """
    if not code:
        return sources[0] if sources else None
    for source in sources:
        if source.code == code:
            return source
    raise Http404
