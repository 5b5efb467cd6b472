"""The pages of a term's calendar: all its days, and one of them."""

from __future__ import annotations

import datetime as dt

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.decorators import SignedInRequest
from edu_platform.lib.http import CONFLICT, READ_AND_WRITE, form_status, see_other
from edu_platform.lib.moments import WEEKDAYS, weekday_label
from edu_platform.lib.versions import NotAsShown
from schedule.lessons.meanwhile import Meanwhile
from schedule.models import Term, TermDay
from schedule.terms.access import get_term_for
from schedule.terms.days.calendar import TermCalendar, TermDate
from schedule.terms.days.calendar_days import DayOutsideTerm, days_to_fill
from schedule.terms.days.calendar_weeks import CalendarDay, calendar_weeks
from schedule.terms.days.days_off_forms import part_rows
from schedule.terms.days.national_calendar import is_followed, unpublished_years
from schedule.terms.forms import TermDayForm, changed_day_in_words
from schedule.terms.term_versions import version_of_day
from schedule.terms.words import week_in_words


@require_safe
def days(request: SignedInRequest, code: str) -> HttpResponse:
    term = get_term_for(request.user, code)
    context = {
        "term": term,
        "weekdays": WEEKDAYS,
        "weeks": calendar_weeks(term, today=timezone.localdate()),
        "unpublished_years": unpublished_years(term.first_monday, term.last_day),
        "is_filled": is_followed(),
        "days_to_fill": days_to_fill(term),
        "parts": part_rows(term),
    }
    return render(request, "schedule/terms/days.html", context)


@require_http_methods(READ_AND_WRITE)
def day(request: SignedInRequest, code: str, date: dt.date) -> HttpResponse:
    term = get_term_for(request.user, code)
    if not term.holds(date):
        raise Http404
    day_now = _day_of(term, date)
    form = TermDayForm(
        request.POST if request.method == "POST" else None, term=term, date=date, day=day_now
    )
    if not form.is_valid():
        known = form.known or version_of_day(day_now)
        return _day_page(request, form, day_now, known=known, status=form_status(form))
    try:
        form.save()
    except (DayOutsideTerm, Term.DoesNotExist) as err:
        raise Http404 from err  # the term was changed or deleted meanwhile
    except NotAsShown:
        day_now = _day_of(term, date)
        known, calendar_day = version_of_day(day_now), CalendarDay(date, day_now)
        meanwhile = Meanwhile(said=changed_day_in_words(calendar_day))
        return _day_page(request, form, day_now, known=known, meanwhile=meanwhile, status=CONFLICT)
    messages.success(request, _("Saved: %(name)s") % {"name": f"{date} {weekday_label(date)}"})
    return see_other(_week_of(term, date))


def _day_of(term: Term, date: dt.date) -> TermDay | None:
    return term.days.filter(date=date).first()


def _day_page(
    request: SignedInRequest,
    form: TermDayForm,
    day: TermDay | None,
    *,
    known: str,
    meanwhile: Meanwhile | None = None,
    status: int,
) -> HttpResponse:
    term, date = form.term, form.date
    context = {
        "term": term,
        "form": form,
        "known": known,
        "meanwhile": meanwhile,
        "back": _week_of(term, date),
        "week": week_in_words(_place_of(term, date).week),
        "shown": CalendarDay(date, day),
        "is_unpublished": date.year in unpublished_years(date, date),
    }
    return render(request, "schedule/terms/day.html", context, status=status)


def _place_of(term: Term, date: dt.date) -> TermDate:
    return TermCalendar(term.first_monday, term.weeks, {}).at(date)


def _week_of(term: Term, date: dt.date) -> str:
    """Return the address at which the calendar shows the day."""
    days_url = reverse("schedule:term_days", args=[term.code])
    return f"{days_url}#week-{_place_of(term, date).week}"
