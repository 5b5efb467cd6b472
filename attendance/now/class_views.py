"""Buttons of a tile: saying something into a class, and ending one that runs over its end."""

from __future__ import annotations

import logging

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from accounts.decorators import SignedInRequest
from accounts.permissions import Action
from attendance.models import RoomPresence
from attendance.now.ending import StillInTime, end_class
from attendance.now.forms import READY_SENTENCES, MessageForm
from attendance.now.messages import SentAlready, WordsRefused, say_into_class
from attendance.now.running_rooms import NotRunning, NotRunningReason, running_room
from attendance.presence.saving import without_supervisors
from classroom.client.errors import CloudError, CloudNotConfigured, CloudRejected, CloudUnavailable
from edu_platform.lib.formatting import followed_by, time_text
from edu_platform.lib.http import (
    CONFLICT,
    READ_AND_WRITE,
    UNAVAILABLE,
    UNPROCESSABLE,
    form_status,
    own_path,
    see_other,
)
from schedule.access import get_lesson_for
from schedule.models import Lesson, class_group_names

logger = logging.getLogger(__name__)


@require_http_methods(READ_AND_WRITE)
def message(request: SignedInRequest, code: str) -> HttpResponse:
    """Offer sentences and a field; POST shows `text` to everybody in the class, and leads back."""
    lesson = get_lesson_for(request.user, code, Action.MESSAGE_CLASS)
    if request.method != "POST":
        return _message_page(request, lesson, MessageForm(), fault=_why_not(lesson), is_new=True)
    form = MessageForm(request.POST)
    if not form.is_valid():
        return _message_page(request, lesson, form)
    try:
        say_into_class(lesson, form.cleaned_data["text"], by=request.user)
    except SentAlready:
        messages.info(request, _("This was sent a moment ago, and not a second time."))
    except WordsRefused:
        form.add_error(
            "text", _("The classroom service does not allow some of these words: nothing was sent.")
        )
        return _message_page(request, lesson, form, status=UNPROCESSABLE)
    except NotRunning as refused:
        fault = followed_by(not_running_in_words(refused), _("Nothing was sent."))
        return _message_page(request, lesson, form, fault=fault, status=CONFLICT)
    except CloudError as error:
        fault = _message_trouble(lesson, error)
        return _message_page(request, lesson, form, fault=fault, status=UNAVAILABLE)
    else:
        messages.success(request, _("Everybody in the class can read it now."))
    return see_other(_way_back(request))


@require_http_methods(READ_AND_WRITE)
def end(request: SignedInRequest, code: str) -> HttpResponse:
    """Ask, with the number of people inside; POST ends the class, and leads back."""
    lesson = get_lesson_for(request.user, code, Action.END_CLASS)
    if request.method != "POST":
        fault = _why_not(lesson) or _why_not_yet(lesson)
        return _end_page(request, lesson, fault=fault)
    try:
        has_ended_now = end_class(lesson, by=request.user, at=timezone.now())
    except NotRunning as refused:
        if refused.reason is not NotRunningReason.OVER:
            return _end_page(request, lesson, fault=not_running_in_words(refused), status=CONFLICT)
        has_ended_now = False
    except StillInTime:
        return _end_page(request, lesson, fault=_why_not_yet(lesson), status=CONFLICT)
    except CloudError as error:
        return _end_page(request, lesson, fault=_end_trouble(lesson, error), status=UNAVAILABLE)
    if has_ended_now:
        messages.success(request, _("The class was ended."))
    else:
        messages.info(request, _("The class had ended already."))
    return see_other(_way_back(request))


# --- Pages ----------------------------------------------------------------------------------------


def _message_page(
    request: SignedInRequest,
    lesson: Lesson,
    form: MessageForm,
    *,
    fault: str = "",
    is_new: bool = False,
    status: int = 0,
) -> HttpResponse:
    context = {
        **_around(request, lesson),
        "form": form,
        "ready_sentences": READY_SENTENCES,
        "fault": fault,
        # What somebody typed stays on the page; where nobody did, there is nothing to send either.
        "may_send": not (is_new and fault),
    }
    return render(request, "attendance/message.html", context, status=status or form_status(form))


def _end_page(
    request: SignedInRequest, lesson: Lesson, *, fault: str = "", status: int = 200
) -> HttpResponse:
    context = {**_around(request, lesson), "fault": fault, "people": _people_in_words(lesson)}
    return render(request, "attendance/end_class.html", context, status=status)


def _around(request: SignedInRequest, lesson: Lesson) -> dict[str, object]:
    return {
        "lesson": lesson,
        "class_groups": class_group_names(lesson.class_groups.all()),
        "hours": f"{time_text(lesson.starts_at)}–{time_text(lesson.ends_at)}",
        "back": _way_back(request),
    }


def _way_back(request: SignedInRequest) -> str:
    fields = request.POST if request.method == "POST" else request.GET
    return own_path(fields.get("next")) or reverse("attendance:now")


def _people_in_words(lesson: Lesson) -> str:
    """Say how many are inside by the last look; supervisors are not counted."""
    looks = RoomPresence.objects.filter(room__lesson=lesson, room__is_current=True)
    look = looks.exclude(looked_at=None).first()
    if look is None or look.looked_at is None:
        return _("How many are inside is not known.")
    count = len(without_supervisors(look.members))
    sentence = ngettext(
        "%(count)s person is inside (as of %(time)s).",
        "%(count)s people are inside (as of %(time)s).",
        count,
    )
    return sentence % {"count": count, "time": time_text(look.looked_at)}


# --- Refusals in words ----------------------------------------------------------------------------


def not_running_in_words(refused: NotRunning) -> str:
    if refused.reason is NotRunningReason.CANCELLED:
        return _("The lesson was cancelled: there is no class.")
    if refused.reason is NotRunningReason.OVER:
        return _("The class is over by now.")
    return _("Nobody has begun the class yet.")


def _why_not(lesson: Lesson) -> str:
    """Say why nothing can be done in the class; empty where it runs."""
    try:
        running_room(lesson)
    except NotRunning as refused:
        return not_running_in_words(refused)
    return ""


def _why_not_yet(lesson: Lesson) -> str:
    if timezone.now() >= lesson.ends_at:
        return ""
    sentence = _(
        "By its plan the class goes on until %(time)s: until then only its teacher ends it."
    )
    return sentence % {"time": time_text(lesson.ends_at)}


def _message_trouble(lesson: Lesson, error: CloudError) -> str:
    logger.warning("message into the class of lesson %s: %s", lesson.pk, error)
    if _had_no_effect(error):
        return _("The classroom service did not take the message: nothing was sent. Try again.")
    return _(
        "The classroom service did not answer: whether the message was shown is not known. It is not sent again"
        " unless you send it."
    )


def _end_trouble(lesson: Lesson, error: CloudError) -> str:
    logger.warning("ending the class of lesson %s: %s", lesson.pk, error)
    if _had_no_effect(error):
        return _("The classroom service did not end the class. Try again.")
    return _("The classroom service did not answer: the board shows in a moment whether it ended.")


def _had_no_effect(error: CloudError) -> bool:
    if isinstance(error, CloudUnavailable):
        return error.outcome_is_known
    return isinstance(error, (CloudRejected, CloudNotConfigured))
