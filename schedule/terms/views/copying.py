"""The page that copies the weekly lessons of another term into this one."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from accounts.decorators import SignedInRequest
from edu_platform.lib.http import READ_AND_WRITE, UNPROCESSABLE, see_other
from schedule.models import Term
from schedule.terms.access import get_term_for
from schedule.terms.copy_forms import TermCopyForm
from schedule.terms.term_copies import TermCopy, copy_of, copy_term
from schedule.terms.weekly_lesson_lists import terms_to_copy


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
