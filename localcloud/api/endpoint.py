"""The API's one door, POST /: verify, meet a switch, run the action, log the call."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

from localcloud.api import call_log, envelope, faults, parameters, signing
from localcloud.api.actions import ACTIONS
from localcloud.api.faults import Switch
from localcloud.cloud import Cloud
from localcloud.errors import CloudError
from localcloud.http.messages import HTML_TYPE, Answer, Request
from localcloud.state import lifecycle

VERSION = "2022-08-17"
LATE_CODES = {"drop_after", "late", "garble"}  # these take effect
_PAGE_500 = (
    b"<html><head><title>500</title></head><body><h1>500 Internal Server Error</h1></body></html>"
)


def answer(cloud: Cloud, request: Request) -> Answer:
    """Answer one API call. What the state holds and what the log says change under one lock."""
    action = request.headers.get("x-tc-action", "")
    params: dict[str, Any] = {}
    try:
        _verify(cloud, request)
        params = _body(request)
    except CloudError as error:
        return _refused(cloud, request, action, params, error)
    with cloud.lock:
        with cloud.transaction():
            switch = faults.take(cloud, action)
        if switch is not None:
            return _switched(cloud, request, action, params, switch)
        body, code = _run(cloud, action, params)
        _record(cloud, request, action, params, code)
        return Answer(body=body)


def _verify(cloud: Cloud, request: Request) -> None:
    config = cloud.config
    signing.verify(
        request,
        secret_id=config.secret_id,
        secret_key=config.secret_key,
        real_now_s=time.time(),
    )
    if "x-tc-action" not in request.headers:
        raise CloudError("MissingParameter", "The header X-TC-Action is missing.")
    if request.headers.get("x-tc-version") != VERSION:
        raise CloudError("NoSuchVersion", f"The only version here is {VERSION}.")
    if request.headers["x-tc-action"] not in ACTIONS:
        raise CloudError("InvalidAction", "The action is not known here.")


def _body(request: Request) -> dict[str, Any]:
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        raise CloudError("InvalidParameter", "Only application/json is taken.")
    try:
        body = json.loads(request.body)
    except (ValueError, RecursionError) as error:
        raise CloudError("InvalidParameter", "The body is not JSON.") from error
    if not isinstance(body, dict):
        raise CloudError("InvalidParameter", "The body is not a JSON object.")
    return body


def _run(cloud: Cloud, name: str, params: dict[str, Any]) -> tuple[bytes, str]:
    """Run an action whole or not at all; return the answer's body and the error code, "" for none."""
    try:
        _check(cloud, name, params)
        with lifecycle.looking(cloud):
            fields = ACTIONS[name].run(cloud, params)
    except CloudError as error:
        return envelope.failure(error), error.code
    return envelope.success(fields), ""


def _check(cloud: Cloud, name: str, params: dict[str, Any]) -> None:
    action, sdk_app_id = ACTIONS[name], cloud.config.sdk_app_id
    if cloud.limits_enforced():
        cloud.limiter.count(name, per_second=action.per_second)
    parameters.check(action.params, params)
    if params.get("SdkAppId", sdk_app_id) != sdk_app_id:
        raise CloudError("InvalidParameter.SdkAppId", "The SdkAppId is not known.")


def _switched(
    cloud: Cloud, request: Request, action: str, params: dict[str, Any], switch: Switch
) -> Answer:
    if switch.kind == "fail":
        error = CloudError(switch.code, "A switch is set.")
        return _refused(cloud, request, action, params, error)
    if switch.kind == "rate_limit":
        error = CloudError("RequestLimitExceeded", "A switch is set.")
        return _refused(cloud, request, action, params, error)
    body = _run(cloud, action, params)[0] if switch.kind in LATE_CODES else b""
    _record(cloud, request, action, params, switch.kind)
    return _FAULTS[switch.kind](body, switch)


def _garbled(body: bytes, switch: Switch) -> Answer:
    shapes = {
        "truncated": body[: len(body) // 2],
        "text": b"upstream request timeout",
        "foreign": b'{"code": 0, "data": null}',
    }
    return Answer(body=shapes[switch.code])


_FAULTS: dict[str, Callable[[bytes, Switch], Answer]] = {
    "http500": lambda body, switch: Answer(status=500, content_type=HTML_TYPE, body=_PAGE_500),
    "hang": lambda body, switch: Answer(drop=True, delay_s=switch.seconds),
    "drop_before": lambda body, switch: Answer(drop=True),
    "drop_after": lambda body, switch: Answer(drop=True),
    "late": lambda body, switch: Answer(body=body, delay_s=switch.seconds),
    "garble": _garbled,
}


def _refused(
    cloud: Cloud, request: Request, action: str, params: dict[str, Any], error: CloudError
) -> Answer:
    _record(cloud, request, action, params, error.code)
    return Answer(body=envelope.failure(error))


def _record(cloud: Cloud, request: Request, action: str, params: dict[str, Any], code: str) -> None:
    with cloud.transaction():
        call_log.record(cloud, action=action, params=params, code=code, body=request.body)
