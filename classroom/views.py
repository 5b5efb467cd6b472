"""The address that the cloud calls: an event is checked, stored and answered; workers do the rest.

Answers: 405 not POST, 413 too large, 400 malformed, 403 not signed by our cloud for us, 200 stored.
LCIC does not say what it takes for an answer; 200 with `error_code` 0 is what its sisters ask for. A
database that cannot store is a 500; a full inbox, or large bodies in great numbers, a 503: the cloud calls again.
"""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.utils import timezone

from classroom.callback_body import MAX_BODY_BYTES, BodyTooLarge, TooManyLarge, body_of
from classroom.client.transport import sdk_app_id
from classroom.envelope import MalformedEnvelope, parse_envelope
from classroom.services.inbox import InboxFull, store_event
from classroom.signing import DeliveryRefused, check_delivery
from classroom.throttled_log import ThrottledLog
from edu_platform.lib import counters

TRY_AGAIN_AFTER_S = 10


def receive(request: HttpRequest) -> JsonResponse:
    """Take one callback; `CallbackMiddleware` calls. The database is asked for one insert only."""
    at = timezone.now()
    try:
        if request.method != "POST":
            return _refusal(405, "method", "only POST is answered here")
        with body_of(request) as body:
            envelope = parse_envelope(body)
            keys = settings.LCIC_CALLBACK_KEY
            check_delivery(envelope, keys=keys, sdk_app_id=sdk_app_id(), at=at)
    except BodyTooLarge:
        return _refusal(413, "size", f"more than {MAX_BODY_BYTES} bytes")
    except TooManyLarge:
        return _refusal(503, "many", "too many large bodies at once")
    except MalformedEnvelope as err:
        return _refusal(400, "form", str(err))
    except DeliveryRefused as err:
        return _refusal(403, err.reason, err.reason)
    try:
        event = store_event(envelope, at=at)
    except InboxFull:
        return _refusal(503, "full", "the inbox is full")
    counters.CALLBACKS.labels("stored" if event is not None else "known").inc()
    return JsonResponse({"error_code": 0})


def _refusal(status: int, reason: str, text: str) -> JsonResponse:
    _refused.count(reason)
    counters.CALLBACKS.labels(reason.replace(" ", "_").lower()).inc()
    response = JsonResponse({"error_code": status, "error": text}, status=status)
    if status == 405:
        response["Allow"] = "POST"
    if status == 503:
        response["Retry-After"] = str(TRY_AGAIN_AFTER_S)
    # Django would log every refusal, and anybody may send any number.
    response._has_been_logged = True  # type: ignore[attr-defined]  # noqa: SLF001 -- no other way
    return response


_refused = ThrottledLog("refused")
