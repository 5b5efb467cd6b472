"""One call to the cloud: rate limit, connection, time limits, and the sorting of what goes wrong.

Traps of the vendor's client (tencentcloud-sdk-python-common 3.1.195, read and run):
- it looks for an error only in answers of exactly `application/json` or `text/plain`; another
  spelling would turn an error into an empty result, so every answer is declared to be JSON first;
- an HTTP status other than 200 and every transport failure become exceptions with codes of the
  client's own, other exceptions come with the Python class name as code; only the cloud's own
  errors have a request id;
- its retryer repeats calls that succeeded, so there is none here.
"""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from urllib.parse import urlsplit

import requests
from django.conf import settings
from tencentcloud.common.abstract_model import AbstractModel
from tencentcloud.common.credential import Credential
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile
from tencentcloud.lcic.v20220817.lcic_client import LcicClient

from classroom.client.clock_difference import note_head
from classroom.client.error_codes import UNKNOWN_OUTCOME_CODES, ErrorKind, error_kind
from classroom.client.errors import (
    CloudBusy,
    CloudError,
    CloudNotConfigured,
    CloudProtocolError,
    CloudRejected,
    CloudUnavailable,
)
from classroom.client.rate_limits import Priority, rate_limiter
from edu_platform.lib import counters
from edu_platform.lib.database import release_database
from edu_platform.lib.text import OMITTED

logger = logging.getLogger(__name__)

CONNECT_TIMEOUT_S = 3.0
READ_TIMEOUT_S = {
    Priority.INTERACTIVE: 4.0,
    Priority.VISITOR: 4.0,
    Priority.CLASS_ENDED: 15.0,
    Priority.BACKGROUND: 15.0,
}
TRIES = {
    Priority.INTERACTIVE: 2,
    Priority.VISITOR: 2,
    Priority.CLASS_ENDED: 3,
    Priority.BACKGROUND: 3,
}
FIRST_WAIT_S = 0.5  # as the vendor asks for after a refusal by its limits
# People who wait learn nothing of such refusals while their patience lasts.
WAITED_OUT = frozenset({Priority.INTERACTIVE, Priority.VISITOR})
# A person who waits gets an answer soon: only what failed at once is tried again.
REPEAT_WITHIN_S = {
    Priority.INTERACTIVE: 2.0,
    Priority.VISITOR: 2.0,
    Priority.CLASS_ENDED: 60.0,
    Priority.BACKGROUND: 60.0,
}

# Codes of the vendor's client, not of the cloud, for a call of which no usable answer came.
NO_ANSWER_CODES = frozenset(
    {
        "ClientNetworkError",  # while sending, or waiting for the head of the answer
        "ServerNetworkError",  # an HTTP status other than 200
        # While the answer's body was read:
        "ConnectionError",
        "ReadTimeout",
        "SSLError",
        "ChunkedEncodingError",
    }
)
LIMIT_CODE = "RequestLimitExceeded"  # some come with a dot and more behind it
# Parts of the message when nothing was sent at all, so that the call cannot have had an effect.
NOT_SENT_HINTS = (
    "Connection refused",
    "NewConnectionError",
    "NameResolutionError",
    "ConnectTimeout",
)

# How counts and logs name what came back; the narrower kind first.
RESULTS: dict[type[CloudError], str] = {
    CloudBusy: "busy",
    CloudUnavailable: "unavailable",
    CloudRejected: "rejected",
    CloudProtocolError: "garbled",
}

Answer = TypeVar("Answer", bound=AbstractModel)

_local = threading.local()


def sdk_app_id() -> int:
    """The application that everything belongs to; 0 while none is configured."""
    return int(settings.LCIC_SDK_APP_ID)


def is_configured() -> bool:
    return bool(settings.LCIC_SDK_APP_ID and settings.LCIC_SECRET_ID and settings.LCIC_SECRET_KEY)


@dataclass(frozen=True, slots=True)
class Call(Generic[Answer]):
    action: str
    request: AbstractModel
    answer_type: type[Answer]


def call(
    action: str,
    request: AbstractModel,
    answer_type: type[Answer],
    priority: Priority,
) -> Answer:
    """Make one call, once.

    Raises:
        CloudNotConfigured: no cloud is set up.
        CloudUnavailable: no answer, too many calls (CloudBusy), or broken inside the cloud.
        CloudRejected: the cloud's own refusal, with its code.
        CloudProtocolError: an answer outside the protocol.
    """
    return call_any([Call(action, request, answer_type)], priority)


def call_any(calls: Sequence[Call[Answer]], priority: Priority) -> Answer:
    """Make one of several calls that come to the same: the one for which there is room first.

    Raises: as `call`.
    """
    if not is_configured():
        raise CloudNotConfigured(calls[0].action)
    release_database()
    of_action = {each.action: each for each in calls}
    deadline = time.monotonic() + priority.patience_s
    pause_s = FIRST_WAIT_S
    while True:
        patience_s = deadline - time.monotonic()
        action = rate_limiter().take(list(of_action), priority, patience_s=patience_s)
        try:
            return _make(of_action[action], priority)
        except CloudBusy:
            # Somebody else uses up the limits as well. Such a call had no effect, whatever it asks.
            if len(of_action) > 1:
                del of_action[action]
                continue
            wait_s = _spread(pause_s)
            if priority not in WAITED_OUT or time.monotonic() + wait_s > deadline:
                raise
        time.sleep(wait_s)
        pause_s *= 2


def _make(one: Call[Answer], priority: Priority) -> Answer:
    client = _client(READ_TIMEOUT_S[priority])
    started = time.monotonic()
    try:
        answer = getattr(client, one.action)(one.request)
    except TencentCloudSDKException as err:
        error = _sorted_error(one.action, err)
        _note(one.action, started, error, code=str(err.code or ""), request_id=err.requestId)
        raise error from err
    cloud_request_id = getattr(answer, "RequestId", None)
    if not isinstance(answer, one.answer_type) or not cloud_request_id:
        error = CloudProtocolError(one.action, "the answer has no RequestId")
        _note(one.action, started, error, code="", request_id=None)
        raise error
    _note(one.action, started, None, code="", request_id=cloud_request_id)
    return answer


def _note(
    action: str, started: float, error: CloudError | None, *, code: str, request_id: str | None
) -> None:
    """Count the call, and log it: with the cloud's own id, by which the vendor finds it."""
    took_s = time.monotonic() - started
    result = _result(error)
    counters.CLOUD_CALLS.labels(action, result).inc()
    counters.CLOUD_CALL_TIME.labels(action).observe(took_s)
    fields = {
        "action": action,
        "result": result,
        "code": code,
        "cloud_request_id": request_id or "",
        "ms": round(took_s * 1000),
    }
    if error is None:
        logger.info("cloud: %s answered after %.2f s", action, took_s, extra=fields)
    else:
        logger.info("cloud: %s failed after %.2f s: %s", action, took_s, error, extra=fields)


def _result(error: CloudError | None) -> str:
    if error is None:
        return "ok"
    return next(word for kind, word in RESULTS.items() if isinstance(error, kind))


def _spread(wait_s: float) -> float:
    return wait_s * random.uniform(1.0, 1.5)  # noqa: S311 -- spreads, guards nothing


def read(
    action: str,
    request: AbstractModel,
    answer_type: type[Answer],
    priority: Priority,
) -> Answer:
    """Like `call`, repeated a few times: only for actions that change nothing."""
    return repeat_safely(lambda: call(action, request, answer_type, priority), priority)


Result = TypeVar("Result")


def repeat_safely(attempt: Callable[[], Result], priority: Priority) -> Result:
    """Make an attempt that may be repeated without harm until it succeeds, or tries run out."""
    started = time.monotonic()
    for number in range(1, TRIES[priority]):
        try:
            return attempt()
        except CloudUnavailable as err:
            is_waited_out = isinstance(err, CloudBusy) and priority in WAITED_OUT
            if is_waited_out or time.monotonic() - started > REPEAT_WITHIN_S[priority]:
                raise
            time.sleep(_spread(FIRST_WAIT_S * 2 ** (number - 1)))
    return attempt()


def _sorted_error(action: str, err: TencentCloudSDKException) -> CloudError:
    code, message = str(err.code or ""), _without_keys(str(err.message or ""))[:300]
    detail = f"{code}: {message}"
    if err.requestId is None:  # none of the cloud's own refusals
        if code not in NO_ANSWER_CODES:
            return CloudProtocolError(action, detail)
        is_unsent = any(hint in str(err.message) for hint in NOT_SENT_HINTS)
        return CloudUnavailable(action, detail, outcome_is_known=is_unsent)
    if code in UNKNOWN_OUTCOME_CODES:
        return CloudUnavailable(action, detail, outcome_is_known=False)
    if code.startswith(LIMIT_CODE):
        return CloudBusy(action, detail, wait_s=FIRST_WAIT_S)
    if error_kind(action, code) is ErrorKind.TRY_LATER:
        return CloudUnavailable(action, detail, outcome_is_known=True, retry_after_s=5)
    return CloudRejected(action, code, message, str(err.requestId))


def _without_keys(words: str) -> str:
    """The cloud's words, which are logged and shown, and may quote a key that the cloud was just told."""
    for key in settings.LCIC_CALLBACK_KEY:
        words = words.replace(key, OMITTED)
    return words


def _client(read_timeout_s: float) -> LcicClient:
    """The thread's client: its HTTP session is not made for use by several threads at once."""
    key = (
        settings.LCIC_ENDPOINT,
        settings.LCIC_SECRET_ID,
        settings.LCIC_SECRET_KEY,
        settings.LCIC_REGION,
        read_timeout_s,
    )
    clients: dict[tuple[object, ...], LcicClient] = _local.__dict__.setdefault("clients", {})
    if key not in clients:
        clients[key] = _new_client(read_timeout_s)
    return clients[key]


def _new_client(read_timeout_s: float) -> LcicClient:
    endpoint = urlsplit(settings.LCIC_ENDPOINT)
    http_profile = HttpProfile(
        protocol=endpoint.scheme,
        endpoint=endpoint.netloc,
        reqTimeout=(CONNECT_TIMEOUT_S, read_timeout_s),
    )
    client = LcicClient(
        Credential(settings.LCIC_SECRET_ID, settings.LCIC_SECRET_KEY),
        settings.LCIC_REGION,
        ClientProfile(httpProfile=http_profile),
    )
    session: requests.Session = client.request.conn._session  # noqa: SLF001 -- no other way in
    session.max_redirects = 0  # our secrets' signatures go to the configured host and no other
    session.hooks["response"].extend((note_head, _declare_json))
    return client


def _declare_json(response: requests.Response, *_args: Any, **_kwargs: Any) -> None:
    response.headers["Content-Type"] = "application/json"
