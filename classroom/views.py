"""Where the cloud calls: an event is checked, stored and answered; workers do the rest.

Answers: 405 not POST, 413 too large, 400 malformed, 403 not signed by our cloud for us, 200 stored.
LCIC does not say what it takes for an answer; 200 with `error_code` 0 is what its sisters ask for. A
database that cannot store is a 500, so that the cloud calls again.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from classroom.client.transport import sdk_app_id
from classroom.envelope import MalformedEnvelope, parse_envelope
from classroom.services.inbox import store_event
from classroom.signing import DeliveryRefused, check_delivery

logger = logging.getLogger(__name__)

MAX_BODY_BYTES = 1024 * 1024
LOG_EVERY_S = 60.0


class BodyTooLarge(Exception):
    """More than any event needs; what lies beyond the limit was not read."""


@csrf_exempt
@login_not_required
def receive(request: HttpRequest) -> JsonResponse:
    """Take one callback. No session is read, and the database is asked for one insert only."""
    at = timezone.now()
    try:
        if request.method != "POST":
            return _refusal(405, "method", "only POST is answered here")
        envelope = parse_envelope(_read_body(request))
        check_delivery(envelope, keys=settings.LCIC_CALLBACK_KEY, sdk_app_id=sdk_app_id(), at=at)
    except BodyTooLarge:
        return _refusal(413, "size", f"more than {MAX_BODY_BYTES} bytes")
    except MalformedEnvelope as err:
        return _refusal(400, "form", str(err))
    except DeliveryRefused as err:
        return _refusal(403, err.reason, err.reason)
    store_event(envelope, at=at)
    return JsonResponse({"error_code": 0})


def _read_body(request: HttpRequest) -> bytes:
    """The body's bytes; never more than show that it is too large.

    Raises:
        BodyTooLarge: it says so itself, or turns out to be.
        MalformedEnvelope: it broke off.
    """
    declared = request.META.get("CONTENT_LENGTH") or ""
    if _bytes_of(declared) > MAX_BODY_BYTES:
        raise BodyTooLarge
    # A body sent in chunks has no length, and Django would take it for empty.
    is_chunked = not declared and request.META.get("wsgi.input_terminated")
    stream = request.META["wsgi.input"] if is_chunked else request
    try:
        body: bytes = stream.read(MAX_BODY_BYTES + 1)
    except OSError as err:
        raise MalformedEnvelope("the body broke off") from err
    if len(body) > MAX_BODY_BYTES:
        raise BodyTooLarge
    return body


def _bytes_of(declared: str) -> int:
    try:
        return int(declared or 0)
    except ValueError:
        return 0


def _refusal(status: int, reason: str, text: str) -> JsonResponse:
    _refused.count(reason)
    response = JsonResponse({"error_code": status, "error": text}, status=status)
    if status == 405:
        response["Allow"] = "POST"
    # Django would log every refusal, and anybody may send any number.
    response._has_been_logged = True  # type: ignore[attr-defined]  # noqa: SLF001 -- no other way
    return response


class RefusalCount:
    """Counts refusals by their reason, and logs them once a minute at most."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()
        self._next_log_at = 0.0

    def count(self, reason: str) -> None:
        with self._lock:
            self._counts[reason] += 1
            now = time.monotonic()
            if now < self._next_log_at:
                return
            self._next_log_at = now + LOG_EVERY_S
            counts, self._counts = self._counts, Counter()
        reasons = ", ".join(f"{name} {number}" for name, number in sorted(counts.items()))
        logger.warning(
            "callbacks refused since the last such line: %s (%s)", counts.total(), reasons
        )


_refused = RefusalCount()
