"""Planners' pages of the lists of bell times that a term has beside its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.decorators import SignedInRequest
from edu_platform.lib.http import CONFLICT, READ_AND_WRITE, UNPROCESSABLE, see_other
from edu_platform.lib.versions import NotAsShown, known_in
from schedule.lessons.meanwhile import Meanwhile
from schedule.lessons.named import class_group_choices
from schedule.models import BellList, Term
from schedule.terms.access import get_term_for
from schedule.terms.bells.bell_forms import EMPTY_ROWS, BellTimesForm, posted_texts, texts_of_bells
from schedule.terms.bells.bell_list_forms import BellListForm, changed_list_in_words, when_in_words
from schedule.terms.bells.bell_list_writing import (
    NEW,
    BellListPlan,
    ListNameTaken,
    ListRefused,
    ListsMeet,
    TooManyLists,
    add_bell_list,
    change_bell_list,
    delete_bell_list,
    plan_of_list,
    require_list,
)
from schedule.terms.bells.bell_lists import BellLists, bell_lists_of
from schedule.terms.days.calendar import calendar_of
from schedule.terms.planning.difference import difference
from schedule.terms.planning.plan_pages import PlanPage
from schedule.terms.reading import bell_spans
from schedule.terms.writing import BellsRefused

REFUSED = (ListNameTaken, ListRefused, ListsMeet, TooManyLists)


@require_http_methods(READ_AND_WRITE)
def bell_list_new(request: SignedInRequest, code: str) -> HttpResponse:
    """Ask for a new list, which begins with the times of the term's own, then add it."""
    page = _Page(request, get_term_for(request.user, code))
    return page.answer() if request.method == "POST" else page.shown()


@require_http_methods(READ_AND_WRITE)
def bell_list_change(request: SignedInRequest, code: str, bell_list: str) -> HttpResponse:
    page = _Page(request, *_term_and_list(request, code, bell_list))
    return page.answer() if request.method == "POST" else page.shown()


@require_http_methods(READ_AND_WRITE)
def bell_list_delete(request: SignedInRequest, code: str, bell_list: str) -> HttpResponse:
    """Ask, then delete it."""
    term, row = _term_and_list(request, code, bell_list)
    status = 200
    if request.method == "POST":
        try:
            delete_bell_list(row, known=known_in(request.POST))
        except Term.DoesNotExist as err:
            raise Http404 from err  # deleted meanwhile
        except NotAsShown:
            row, status = row.term.bell_lists.get(pk=row.pk), CONFLICT
        else:
            messages.success(request, _("The list “%(name)s” was deleted.") % {"name": row.name})
            return see_other(reverse("schedule:term_bells", args=[term.code]))
    plan = plan_of_list(row)
    advice = _("Nothing was deleted. It is shown below as it is now.")
    context = {
        "term": term,
        "row": row,
        "when": when_in_words(plan),
        "known": plan.version,
        "meanwhile": Meanwhile(advice=advice) if status == CONFLICT else None,
    }
    return render(request, "schedule/terms/bell_list_delete.html", context, status=status)


def _term_and_list(request: SignedInRequest, code: str, bell_list: str) -> tuple[Term, BellList]:
    term = get_term_for(request.user, code)
    row = term.bell_lists.filter(code=bell_list).select_related("term").first()
    if row is None:
        raise Http404
    return term, row


class _Page:
    """The page of one list, with the rows of its times."""

    def __init__(self, request: SignedInRequest, term: Term, row: BellList | None = None) -> None:
        self._request, self._term, self._row = request, term, row
        self._plan = None if row is None else plan_of_list(row)

    def shown(self) -> HttpResponse:
        spans = bell_spans(self._term) if self._plan is None else self._plan.spans
        rows = BellTimesForm(texts=texts_of_bells(spans))
        return self._render(self._form(), rows, known=self._version)

    def answer(self) -> HttpResponse:
        data = self._request.POST
        form, known = self._form(data), known_in(data)
        if "more" in data:
            texts = posted_texts(data)
            rows = BellTimesForm(texts=texts, count=len(texts) + EMPTY_ROWS)
            return self._render(form, rows, known=known)
        rows = BellTimesForm(data)
        if not (form.is_valid() & rows.is_valid()):
            return self._render(form, rows, known=known, status=UNPROCESSABLE)
        plan = form.plan(rows.spans)
        try:
            return self._check(form, rows, plan) if "check" in data else self._save(plan, known)
        except (BellList.DoesNotExist, Term.DoesNotExist) as err:
            raise Http404 from err  # deleted meanwhile
        except NotAsShown as err:
            now = plan_of_list(err.now) if isinstance(err.now, BellList) else plan
            meanwhile = Meanwhile(said=changed_list_in_words(now))
            return self._render(form, rows, known=now.version, meanwhile=meanwhile, status=CONFLICT)
        except BellsRefused:
            rows.add_error(None, _("A list has a period at least."))
        except REFUSED as err:
            form.refuse(err)
        return self._render(form, rows, known=known, status=UNPROCESSABLE)

    def _check(self, form: BellListForm, rows: BellTimesForm, plan: BellListPlan) -> HttpResponse:
        """Show what planning would do with the list; nothing is saved."""
        key = NEW if self._row is None else self._row.pk
        require_list(self._term, plan, key=key)
        now = bell_lists_of(self._term)
        others = (listed for listed in now.lists if listed.key != key)
        bell_lists = BellLists(now.default, [*others, plan.listed(key)])
        plan_difference = difference(
            self._term, at=timezone.now(), with_past=False, bell_lists=bell_lists
        )
        preview = PlanPage(self._term, plan_difference, calendar_of(self._term))
        return self._render(form, rows, known=known_in(self._request.POST), preview=preview)

    def _save(self, plan: BellListPlan, known: str) -> HttpResponse:
        if self._row is None:
            add_bell_list(self._term, plan)
            is_changed = True
        else:
            is_changed = change_bell_list(self._row, plan, known=known)
        if is_changed:
            sentence = _("The list “%(name)s” was saved.") % {"name": plan.name}
            messages.success(self._request, sentence)
        else:
            messages.info(self._request, _("Nothing was changed."))
        return see_other(reverse("schedule:term_bells", args=[self._term.code]))

    @property
    def _version(self) -> str:
        return "" if self._plan is None else self._plan.version

    def _form(self, data: Mapping[str, Any] | None = None) -> BellListForm:
        return BellListForm(data, term=self._term, plan=self._plan)

    def _render(
        self,
        form: BellListForm,
        rows: BellTimesForm,
        *,
        known: str,
        meanwhile: Meanwhile | None = None,
        preview: PlanPage | None = None,
        status: int = 200,
    ) -> HttpResponse:
        context = {
            "term": self._term,
            "bell_list": self._row,
            "list_form": form,
            "form": rows,
            "known": known,
            "meanwhile": meanwhile,
            "preview": preview,
            "class_groups": class_group_choices(),
        }
        return render(self._request, "schedule/terms/bell_list.html", context, status=status)
