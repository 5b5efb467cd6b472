"""Planners' page of a term's bell times."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from accounts.decorators import SignedInRequest
from edu_platform.lib.http import CONFLICT, READ_AND_WRITE, UNPROCESSABLE, see_other
from edu_platform.lib.versions import NotAsShown, known_in
from schedule.lessons.meanwhile import Meanwhile
from schedule.models import Term
from schedule.terms.access import get_term_for
from schedule.terms.bells.bell_forms import (
    EMPTY_ROWS,
    BellTimesForm,
    CopyBellsForm,
    EvenBellsForm,
    changed_in_words,
    in_use_in_words,
    posted_texts,
    texts_of_bells,
)
from schedule.terms.bells.bell_list_forms import further_lists
from schedule.terms.bells.bell_times import BellSpan
from schedule.terms.reading import bell_spans
from schedule.terms.term_versions import version_of_bells
from schedule.terms.writing import BellsInUse, set_bell_times


@require_http_methods(READ_AND_WRITE)
def term_bells(request: SignedInRequest, code: str) -> HttpResponse:
    """Show all bell times on one page, then save them. What the quick start or another term fills in is not saved yet."""
    term = get_term_for(request.user, code)
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
    known = known_in(request.POST)
    if "more" in request.POST:
        texts = posted_texts(request.POST)
        form = BellTimesForm(texts=texts, count=len(texts) + EMPTY_ROWS)
        if len(texts) < form.count:
            form.fields[f"start_{len(texts) + 1}"].widget.attrs["autofocus"] = True
        return _bells_page(request, term, form, known=known)
    form = BellTimesForm(request.POST)
    if not form.is_valid():
        return _bells_page(request, term, form, known=known, status=UNPROCESSABLE)
    try:
        following = set_bell_times(term, form.spans, known=known)
    except Term.DoesNotExist as err:
        raise Http404 from err  # deleted meanwhile
    except NotAsShown:
        meanwhile = Meanwhile(said=changed_in_words(bell_spans(term)))
        return _bells_page(request, term, form, meanwhile=meanwhile, status=CONFLICT)
    except BellsInUse as err:
        form.add_error(None, in_use_in_words(err))
        return _bells_page(request, term, form, known=known, status=CONFLICT)
    messages.success(request, _("The bell times were saved."))
    if following:
        notice = ngettext(
            "%(count)s weekly lesson has another time now. Its lessons follow when the term is planned.",
            "%(count)s weekly lessons have another time now. Their lessons follow when the term is planned.",
            following,
        )
        messages.info(request, notice % {"count": following})
    return see_other(reverse("schedule:term_bells", args=[term.code]))


def _bells_page(
    request: SignedInRequest,
    term: Term,
    form: BellTimesForm,
    *,
    even: EvenBellsForm | None = None,
    copied: CopyBellsForm | None = None,
    is_filled_in: bool = False,
    known: str = "",
    meanwhile: Meanwhile | None = None,
    status: int = 200,
) -> HttpResponse:
    """Render the page; `known` is the version of the bell times that it showed before, if it shows no other one now."""
    context = {
        "term": term,
        "known": known or version_of_bells(bell_spans(term)),
        "meanwhile": meanwhile,
        "form": form,
        "even": even or EvenBellsForm(),
        "copied": copied or CopyBellsForm(term=term),
        "is_filled_in": is_filled_in,
        "further_lists": further_lists(term),
    }
    return render(request, "schedule/terms/bells.html", context, status=status)
