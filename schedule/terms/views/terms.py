"""Planners' pages of terms: the list, making, changing, copying and deleting them."""

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
from edu_platform.lib.versions import NotAsShown, known_in
from schedule import access
from schedule.lessons.delete import LessonBegun
from schedule.lessons.forms import ToldForm
from schedule.lessons.pages import Meanwhile
from schedule.models import Term
from schedule.terms import writing as term_services
from schedule.terms.access import get_term_for
from schedule.terms.forms import TermCopyForm, TermForm, changed_term_in_words, texts_of
from schedule.terms.reading import term_rows
from schedule.terms.term_copies import TermCopy, copy_of, copy_term
from schedule.terms.term_versions import going_with, version_of_term
from schedule.terms.weekly_lesson_lists import terms_to_copy
from schedule.terms.writing import LessonsOutside, TermNameTaken, TermOverlaps


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
        term_services.delete_term(term, action=action, at=action.at, known=known)
    except Term.DoesNotExist as err:
        raise Http404 from err  # deleted meanwhile
    except NotAsShown:
        sentence = _(
            "Nothing was deleted: the term, or what is deleted with it, has changed since you opened this page. It is shown below as it is now."
        )
        now, meanwhile = get_term_for(request.user, code), Meanwhile(said=sentence)
        return _deletion_page(request, form, now, meanwhile=meanwhile, status=CONFLICT)
    except LessonBegun as err:
        reason = _("%(lesson)s has begun, or is over: this term cannot be deleted any more.")
        form.add_error(None, reason % {"lesson": err.lesson})
        return _deletion_page(request, form, term, known=known, status=CONFLICT)
    messages.success(request, _("Deleted: %(name)s") % {"name": term.name})
    return see_other(reverse("schedule:terms"))


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
        context["found"] = copy_of(
            source, target, form.counterparts(), copies_bells=form.copies_bells()
        )
        return render(request, "schedule/terms/copy.html", context)
    try:
        done = copy_term(source, target, form.counterparts(), copies_bells=form.copies_bells())
    except Term.DoesNotExist as err:
        raise Http404 from err  # deleted meanwhile
    messages.success(request, _in_words(done))
    if done.left_out or done.in_part:
        # Shown once: what was not carried over is recorded nowhere.
        context |= {"found": done, "is_done": True}
        return render(request, "schedule/terms/copy.html", context)
    return see_other(reverse("schedule:term", args=[target.code]))


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


def _in_words(done: TermCopy) -> str:
    count = len(done.wanted)
    return ngettext(
        "%(count)s weekly lesson was copied.", "%(count)s weekly lessons were copied.", count
    ) % {"count": count}
