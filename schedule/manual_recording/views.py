"""The button that starts and stops the recording of a class."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBadRequest
from django.urls import reverse
from django.utils import timezone

from accounts.decorators import SignedInRequest
from accounts.permissions import Action
from classroom.client.errors import CloudError
from edu_platform.lib.error_pages import render_error
from edu_platform.lib.http import own_path, require_post_or_explain, see_other
from schedule import access
from schedule.manual_recording.words import CLOUD_SILENT, OUTCOMES, REFUSALS, not_by_hand
from schedule.manual_recording.writing import NotByHand, RecordingRefused, start, stop

ON, OFF = "1", "0"
CHANGES = {ON: start, OFF: stop}


@require_post_or_explain("schedule:lesson")
def record(request: SignedInRequest, code: str) -> HttpResponse:
    """Start (`on` is 1) or stop (0) the recording, and lead back to the page with the button."""
    lesson = access.get_lesson_for(request.user, code, Action.RECORD_BY_HAND)
    change = CHANGES.get(request.POST.get("on", ""))
    if change is None:
        return HttpResponseBadRequest()
    try:
        messages.success(request, OUTCOMES[change(lesson, request.user, timezone.now())])
    except NotByHand:
        return render_error(request, "schedule/error.html", not_by_hand(), {"lesson": lesson})
    except RecordingRefused as refused:
        messages.warning(request, REFUSALS[refused.refusal])
    except CloudError:
        messages.error(request, CLOUD_SILENT)
    next_address = own_path(request.POST.get("next"))
    return see_other(next_address or reverse("schedule:lesson", args=[lesson.code]))
