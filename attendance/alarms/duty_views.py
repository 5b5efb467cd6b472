"""The page of who is on duty: it tells the hours of a week, adds some and removes some."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from accounts.decorators import SignedInRequest
from accounts.models import display_names
from accounts.permissions import Action
from attendance.access import require
from attendance.alarms.board_address import board_address
from attendance.alarms.duty import (
    BeginAlready,
    add_hours,
    duty_week,
    hours_text,
    people_to_tell,
    remove_hours,
    version_of_week,
)
from attendance.alarms.duty_forms import DutyForm
from attendance.alarms.telling import UNANSWERED_MIN
from edu_platform.lib.http import (
    CONFLICT,
    READ_AND_WRITE,
    form_status,
    require_post_or_explain,
    see_other,
)
from edu_platform.lib.versions import NotAsShown, known_in


@require_http_methods(READ_AND_WRITE)
def duty(request: SignedInRequest) -> HttpResponse:
    """Show who is on duty; POST `person` (username), `weekday` (1 to 7, several), `from`, `until` adds hours."""
    require(request.user, Action.SET_DUTY)
    form = DutyForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return _page(request, form, status=form_status(form))
    new = form.new_hours
    try:
        count = add_hours(new, by=request.user, shown_version=known_in(request.POST))
    except NotAsShown:
        return _page(request, form, is_changed=True, status=CONFLICT)
    except BeginAlready as err:
        form.add_error(None, _begins_already(err))
        return _page(request, form, status=form_status(form))
    if count:
        sentence = ngettext(
            "%(name)s has further hours on duty on %(count)s weekday.",
            "%(name)s has further hours on duty on %(count)s weekdays.",
            count,
        )
        messages.success(request, sentence % {"name": new.person.display_name, "count": count})
    else:
        messages.info(request, _("Nothing was changed."))
    return see_other(reverse("attendance:duty"))


@require_post_or_explain("attendance:duty", keeps_arguments=False)
def remove_duty(request: SignedInRequest, code: str) -> HttpResponse:
    require(request.user, Action.SET_DUTY)
    try:
        hours = remove_hours(code, by=request.user, shown_version=known_in(request.POST))
    except NotAsShown:
        return _page(request, DutyForm(), is_changed=True, status=CONFLICT)
    if hours is None:
        raise Http404
    sentence = _("Removed: %(name)s, %(hours)s")
    words = {"name": hours.person.display_name, "hours": hours_text(hours)}
    messages.success(request, sentence % words)
    return see_other(reverse("attendance:duty"))


def _begins_already(err: BeginAlready) -> str:
    sentence = _("%(name)s is on duty already: %(hours)s. Remove these hours first.")
    hours = err.hours
    return sentence % {"name": hours.person.display_name, "hours": hours_text(hours)}


def _page(
    request: SignedInRequest, form: DutyForm, *, is_changed: bool = False, status: int
) -> HttpResponse:
    week = duty_week()
    context = {
        "week": week,
        "known": version_of_week(week),
        "form": form,
        "is_changed": is_changed,
        "told_now": display_names(people_to_tell(timezone.now())),
        "minutes": UNANSWERED_MIN,
        "board_url": board_address(),
        "time_zone": timezone.get_default_timezone_name(),
    }
    return render(request, "attendance/duty.html", context, status=status)
