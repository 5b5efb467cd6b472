"""The page on which an alarm is taken; the board of running classes posts to it."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.decorators import SignedInRequest
from accounts.permissions import Action
from attendance.access import require
from attendance.alarms.forms import TakeForm
from attendance.alarms.taking import AlarmOver, AlarmTaken, take
from attendance.models import Alarm
from edu_platform.lib.http import CONFLICT, READ_AND_WRITE, form_status, own_path, see_other
from edu_platform.lib.text import storable_text


@require_http_methods(READ_AND_WRITE)
def take_alarm(request: SignedInRequest, code: str) -> HttpResponse:
    """Take an alarm, with a note; where somebody was first, or it has ended, say so."""
    require(request.user, Action.TAKE_ALARM)
    alarm = _alarm(code)
    form = TakeForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return _page(request, alarm, form, status=form_status(form))
    try:
        take(alarm, request.user, form.cleaned_data["note"], timezone.now())
    except Alarm.DoesNotExist as err:
        raise Http404 from err
    except (AlarmOver, AlarmTaken):
        return _page(request, _alarm(code), form, status=CONFLICT)
    messages.success(request, _("You have taken the alarm. The others can see that."))
    lesson_page = reverse("schedule:lesson", args=[alarm.lesson.code])
    return see_other(own_path(request.POST.get("next")) or lesson_page)


def _alarm(code: str) -> Alarm:
    alarms = Alarm.objects.select_related("lesson", "taken_by")
    alarm = alarms.filter(code=storable_text(code)).first()
    if alarm is None:
        raise Http404
    return alarm


def _page(request: SignedInRequest, alarm: Alarm, form: TakeForm, *, status: int) -> HttpResponse:
    fields = request.POST if request.method == "POST" else request.GET
    context = {
        "alarm": alarm,
        "lesson": alarm.lesson,
        "form": form,
        "is_taken_by_other": alarm.taker not in {None, request.user},
        "next": own_path(fields.get("next")),
    }
    return render(request, "attendance/alarm_take.html", context, status=status)
