"""Planners' pages of days off: ranges, half days, those of some class groups, and what the national calendar knows."""

from __future__ import annotations

import datetime as dt

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from accounts.decorators import SignedInRequest
from edu_platform.lib.http import CONFLICT, READ_AND_WRITE, UNPROCESSABLE, see_other
from edu_platform.lib.versions import NotAsShown, known_in
from schedule.enums import DayKind
from schedule.lessons.meanwhile import Meanwhile
from schedule.lessons.named import class_group_choices
from schedule.models import PartDayOff, Term
from schedule.terms.access import get_term_for
from schedule.terms.bells.bell_list_writing import NEW
from schedule.terms.day_fields import outside_in_words
from schedule.terms.days.calendar import TermCalendar, calendar_of
from schedule.terms.days.calendar_days import (
    DayOutsideTerm,
    days_set,
    fill_from_calendar,
    set_days,
)
from schedule.terms.days.days_off_forms import (
    DaysOffForm,
    changed_part_in_words,
    part_row,
    range_in_words,
)
from schedule.terms.days.days_off_writing import (
    PartOffPlan,
    PartRefused,
    add_part,
    change_part,
    delete_part,
    plan_of_part,
    require_part,
)
from schedule.terms.days.national_calendar import name_to_keep
from schedule.terms.planning.difference import difference
from schedule.terms.planning.plan_pages import PlanPage
from schedule.week_grid import week_number


@require_http_methods(READ_AND_WRITE)
def days_off(request: SignedInRequest, code: str) -> HttpResponse:
    """Ask for days off in one step, of the whole school, a part of the day or of some class groups, then set them."""
    page = _Page(request, get_term_for(request.user, code))
    return page.answer() if request.method == "POST" else page.shown()


@require_http_methods(READ_AND_WRITE)
def day_off(request: SignedInRequest, code: str, day_off: str) -> HttpResponse:
    page = _Page(request, *_term_and_part(request, code, day_off))
    return page.answer() if request.method == "POST" else page.shown()


@require_http_methods(READ_AND_WRITE)
def day_off_delete(request: SignedInRequest, code: str, day_off: str) -> HttpResponse:
    """Ask, then delete it."""
    term, row = _term_and_part(request, code, day_off)
    status = 200
    if request.method == "POST":
        try:
            delete_part(row, known=known_in(request.POST))
        except Term.DoesNotExist as err:
            raise Http404 from err  # deleted meanwhile
        except NotAsShown:
            row, status = term.part_days_off.get(pk=row.pk), CONFLICT
        else:
            messages.success(request, _("The holiday was deleted."))
            return see_other(_address_of(term, row.first_day))
    advice = _("Nothing was deleted. It is shown below as it is now.")
    context = {
        "term": term,
        "row": part_row(row),
        "known": plan_of_part(row).version,
        "meanwhile": Meanwhile(advice=advice) if status == CONFLICT else None,
    }
    return render(request, "schedule/terms/day_off_delete.html", context, status=status)


@require_POST
def days_fill(request: SignedInRequest, code: str) -> HttpResponse:
    """Take over what the national calendar knows by now."""
    term = get_term_for(request.user, code)
    try:
        count = fill_from_calendar(term)
    except Term.DoesNotExist as err:
        raise Http404 from err  # deleted meanwhile
    if count:
        sentence = ngettext(
            "%(count)s day came from the national calendar.",
            "%(count)s days came from the national calendar.",
            count,
        )
        messages.success(request, sentence % {"count": count})
    else:
        messages.info(request, _("Nothing was changed."))
    return see_other(reverse("schedule:term_days", args=[term.code]))


def _term_and_part(request: SignedInRequest, code: str, day_off: str) -> tuple[Term, PartDayOff]:
    term = get_term_for(request.user, code)
    row = term.part_days_off.filter(code=day_off).select_related("term").first()
    if row is None:
        raise Http404
    return term, row


def _address_of(term: Term, day: dt.date) -> str:
    week = week_number(day, first_monday=term.first_monday)
    return f"{reverse('schedule:term_days', args=[term.code])}#week-{week}"


class _Page:
    """The page of new days off, or of a part that is there."""

    def __init__(self, request: SignedInRequest, term: Term, row: PartDayOff | None = None) -> None:
        self._request, self._term, self._row = request, term, row

    def shown(self) -> HttpResponse:
        first_day = self._request.GET.get("first_day", "")
        form = DaysOffForm(term=self._term, row=self._row, initial={"first_day": first_day})
        known = "" if self._row is None else plan_of_part(self._row).version
        return self._render(form, known=known)

    def answer(self) -> HttpResponse:
        data = self._request.POST
        form, known = DaysOffForm(data, term=self._term, row=self._row), known_in(data)
        if not form.is_valid():
            return self._render(form, known=known, status=UNPROCESSABLE)
        plan = form.plan()
        try:
            if "check" in data:
                return self._check(form, plan, known)
            return self._save(plan, is_as_usual=form.is_as_usual, known=known)
        except (PartDayOff.DoesNotExist, Term.DoesNotExist) as err:
            raise Http404 from err  # deleted meanwhile
        except NotAsShown:
            return self._as_it_is_now(form)
        except DayOutsideTerm:
            form.add_error("first_day", outside_in_words(self._term))
        except PartRefused as err:
            form.refuse(err.fault)
        return self._render(form, known=known, status=UNPROCESSABLE)

    def _as_it_is_now(self, form: DaysOffForm) -> HttpResponse:
        row = get_object_or_404(self._term.part_days_off, pk=self._row and self._row.pk)
        meanwhile, known = Meanwhile(said=changed_part_in_words(row)), plan_of_part(row).version
        return self._render(form, known=known, meanwhile=meanwhile, status=CONFLICT)

    def _check(self, form: DaysOffForm, plan: PartOffPlan, known: str) -> HttpResponse:
        """Show what planning would do then; nothing is saved."""
        calendar = self._calendar_with(plan, is_as_usual=form.is_as_usual)
        plan_difference = difference(
            self._term, at=timezone.now(), with_past=False, calendar=calendar
        )
        preview = PlanPage(self._term, plan_difference, calendar)
        return self._render(form, known=known, preview=preview)

    def _calendar_with(self, plan: PartOffPlan, *, is_as_usual: bool) -> TermCalendar:
        calendar = calendar_of(self._term)
        if self._row is None and plan.is_of_calendar:
            first, last = plan.first_day, plan.last_day
            days = days_set(
                self._term, first, last, kind=_kind(is_as_usual), name=name_to_keep(plan.name)
            )
            return calendar.without_days(first, last).with_days(days)
        require_part(self._term, plan)
        return calendar.with_part(plan.part(NEW if self._row is None else self._row.pk))

    def _save(self, plan: PartOffPlan, *, is_as_usual: bool, known: str) -> HttpResponse:
        is_changed = True
        if self._row is not None:
            is_changed = change_part(self._row, plan, known=known)
        elif plan.is_of_calendar:
            first, last = plan.first_day, plan.last_day
            set_days(self._term, first, last, kind=_kind(is_as_usual), name=name_to_keep(plan.name))
        else:
            add_part(self._term, plan)
        if is_changed:
            days = range_in_words(plan.first_day, plan.last_day)
            messages.success(self._request, _("Saved: %(name)s") % {"name": days})
        else:
            messages.info(self._request, _("Nothing was changed."))
        return see_other(_address_of(self._term, plan.first_day))

    def _render(
        self,
        form: DaysOffForm,
        *,
        known: str,
        meanwhile: Meanwhile | None = None,
        preview: PlanPage | None = None,
        status: int = 200,
    ) -> HttpResponse:
        context = {
            "term": self._term,
            "day_off": self._row,
            "form": form,
            "known": known,
            "meanwhile": meanwhile,
            "preview": preview,
            "class_groups": class_group_choices(),
        }
        return render(self._request, "schedule/terms/days_off.html", context, status=status)


def _kind(is_as_usual: bool) -> DayKind | None:  # noqa: FBT001 -- its only argument
    return None if is_as_usual else DayKind.HOLIDAY
