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
from edu_platform.lib.http import READ_AND_WRITE, form_status, see_other
from schedule import access
from schedule.models import Term
from schedule.planning.day_forms import TermDayForm
from schedule.selectors.term_days import CalendarDay, calendar_weeks
from schedule.services.term_days import DayOutsideTerm
from schedule.terms.calendar import TermCalendar
from schedule.terms.national_calendar import is_followed, unpublished_years
from schedule.terms.words import week_in_words
from schedule.week_grid import WEEKDAYS, weekday_label


@require_safe
def days(request: SignedInRequest, code: str) -> HttpResponse:
    term = access.get_term_for(request.user, code)
    context = {
        "term": term,
        "weekdays": WEEKDAYS,
        "weeks": calendar_weeks(term, today=timezone.localdate()),
        "unpublished_years": unpublished_years(term.first_monday, term.last_day),
        "is_filled": is_followed(),
    }
    return render(request, "schedule/terms/days.html", context)


@require_http_methods(READ_AND_WRITE)
def day(request: SignedInRequest, code: str, date: dt.date) -> HttpResponse:
    term = access.get_term_for(request.user, code)
    if not term.first_monday <= date <= term.last_day:
        raise Http404
    found = term.days.filter(date=date).first()
    form = TermDayForm(
        request.POST if request.method == "POST" else None, term=term, date=date, day=found
    )
    at = TermCalendar(term.first_monday, term.weeks, {}).at(date)
    back = f"{reverse('schedule:term_days', args=[term.code])}#week-{at.week}"
    if not form.is_valid():
        context = {
            "term": term,
            "form": form,
            "back": back,
            "week": week_in_words(at.week),
            "shown": CalendarDay(date, found),
            "is_unpublished": date.year in unpublished_years(date, date),
        }
        return render(request, "schedule/terms/day.html", context, status=form_status(form))
    try:
        form.save()
    except (DayOutsideTerm, Term.DoesNotExist) as err:
        raise Http404 from err  # the term was changed or deleted meanwhile
    messages.success(request, _("Saved: %(name)s") % {"name": f"{date} {weekday_label(date)}"})
    return see_other(back)
