"""A callback sent to ourselves, by the way that the cloud's come.

It is signed as the cloud's are, and about nothing: the web process stores it as settled, and the one who sent it
finds its row in the own database and removes it. So an answer that only looks like ours is found out, and
nothing stays behind; if the doctor is killed in between, the row goes with other settled ones after 90 days.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from django.utils import timezone

from classroom.addresses import callback_address
from classroom.client.transport import sdk_app_id
from classroom.envelope import parse_envelope
from classroom.models import CallbackEvent
from classroom.signing import sign
from edu_platform.lib.bounded_http import Answer, BoundedHttp

EVENT_TYPE = "DoctorProbe"
# Within the skew that is tolerated, clocks may differ.
SIGNED_FOR_S = 120
REDIRECTS = frozenset({301, 302, 303, 307, 308})
GATEWAY_ERRORS = frozenset({502, 503, 504})

_http = BoundedHttp()


class Outcome(Enum):
    STORED = auto()  # here, in our database
    STORED_ELSEWHERE = auto()
    WRONG_SIGNATURE = auto()
    EXPIRED = auto()
    ANOTHER_APPLICATION = auto()
    REDIRECTED = auto()
    HOST_REFUSED = auto()
    NOT_FOUND = auto()
    GATEWAY = auto()
    FAULT = auto()
    OTHER = auto()


@dataclass(frozen=True, slots=True)
class Delivery:
    outcome: Outcome
    answer: Answer


def send_callback(key: str) -> Delivery:
    """Send one that is signed with this key.

    Raises:
        NoUsableAnswer: nobody answered, or not as a server does.
    """
    body = _body(key)
    answer = _http.ask(
        "POST", callback_address(), data=body, headers={"Content-Type": "application/json"}
    )
    if answer.status != 200:
        return Delivery(_refusal(answer), answer)
    removed, _by_model = CallbackEvent.objects.filter(digest=parse_envelope(body).digest).delete()
    return Delivery(Outcome.STORED if removed else Outcome.STORED_ELSEWHERE, answer)


def _body(key: str) -> bytes:
    now_s = int(timezone.now().timestamp())
    expire_time_s = now_s + SIGNED_FOR_S
    fields = {
        "SdkAppId": sdk_app_id(),
        "Timestamp": now_s,
        "ExpireTime": expire_time_s,
        "Sign": sign(key, expire_time_s),
        "EventType": EVENT_TYPE,
        "EventData": {"Nonce": secrets.token_hex(16)},
    }
    return json.dumps(fields).encode()


_REASONS = {
    "wrong signature": Outcome.WRONG_SIGNATURE,
    "no callback key is configured": Outcome.WRONG_SIGNATURE,
    "expired": Outcome.EXPIRED,
    "ExpireTime is too far ahead": Outcome.EXPIRED,
    "another application": Outcome.ANOTHER_APPLICATION,
}
_BY_STATUS = {404: Outcome.NOT_FOUND, 500: Outcome.FAULT}


def _refusal(answer: Answer) -> Outcome:
    if answer.status in REDIRECTS:
        return Outcome.REDIRECTED
    if answer.status in GATEWAY_ERRORS:
        return Outcome.GATEWAY
    if answer.status == 403:
        return _REASONS.get(_own_words(answer), Outcome.OTHER)
    if answer.status == 400 and not _own_words(answer):
        return Outcome.HOST_REFUSED
    return _BY_STATUS.get(answer.status, Outcome.OTHER)


def _own_words(answer: Answer) -> str:
    """Return why our callback address refuses; empty where it was not that which answered."""
    try:
        told: Any = json.loads(answer.body)
    except ValueError:
        return ""
    return str(told.get("error", "")) if isinstance(told, dict) else ""
