"""The page on which staff forget a guest who asks for it."""

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
from edu_platform.lib.http import CONFLICT, READ_AND_WRITE, see_other
from schedule import access
from schedule.guests.access import get_guest_of
from schedule.guests.forgetting import ClassGoesOn, forget_guest, may_be_inside
from schedule.history.words import lesson_text, period_text
from schedule.models import Guest, Lesson


@require_http_methods(READ_AND_WRITE)
def forget(request: SignedInRequest, code: str, guest: str) -> HttpResponse:
    """Ask before the name of a guest is deleted for good, and lead back to the lesson."""
    lesson = access.get_lesson_for(request.user, code, Action.FORGET_GUEST)
    asked_for, at = get_guest_of(lesson, guest), timezone.now()
    if request.method != "POST":
        return _page(request, lesson, asked_for, goes_on=may_be_inside(asked_for, at))
    try:
        is_new = forget_guest(asked_for, by=request.user, at=at)
    except ClassGoesOn:
        return _page(request, lesson, asked_for, goes_on=True, status=CONFLICT)
    except Guest.DoesNotExist as err:
        raise Http404 from err
    if is_new:
        messages.success(request, _("The name of this guest was deleted."))
    else:
        messages.info(request, _("This guest had been forgotten already."))
    return see_other(reverse("schedule:lesson", args=[lesson.code]))


def _page(
    request: SignedInRequest, lesson: Lesson, guest: Guest, *, goes_on: bool, status: int = 200
) -> HttpResponse:
    context = {
        "lesson": lesson,
        "guest": guest,
        "lesson_text": lesson_text(lesson),
        "period": period_text(lesson.starts_at, lesson.ends_at),
        "goes_on": goes_on,
    }
    return render(request, "schedule/guests/forget.html", context, status=status)
