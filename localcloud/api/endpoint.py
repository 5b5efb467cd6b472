"""The API's endpoint, POST /: verify the call, apply a fault, run the action, log the call."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

from localcloud.api import call_log, envelope, faults, parameters, signing
from localcloud.api.actions import ACTIONS
from localcloud.api.faults import GARBLED, PAGE_500, Fault
from localcloud.cloud import Cloud
from localcloud.errors import CloudError
from localcloud.http.messages import HTML_TYPE, Request, Response
from localcloud.rate_limits import CALLS_PER_S, DEFAULT_CALLS_PER_S
from localcloud.state import lifecycle

VERSION = "2022-08-17"
EFFECTIVE_KINDS = {"drop_after", "late", "garble"}  # these take effect


def respond(cloud: Cloud, request: Request) -> Response:
    """Answer one API call. State and log change under one lock."""
    action = request.headers.get("x-tc-action", "")
    params: dict[str, Any] = {}
    try:
        _verify(cloud, request)
        params = _body(request)
    except CloudError as error:
        return _refusal(cloud, request, action, params, error)
    with cloud.lock:
        with cloud.transaction():
            fault = faults.take(cloud, action)
        if fault is not None:
            return _fault_response(cloud, request, action, params, fault)
        body, code = _run(cloud, action, params)
        _record(cloud, request, action, params, code)
        return Response(body=body)


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
    """Run an action in one transaction; return the body and the error code, "" for none."""
    try:
        _check(cloud, name, params)
        with lifecycle.settled(cloud):
            fields = ACTIONS[name].run(cloud, params)
    except CloudError as error:
        return envelope.failure(error), error.code
    return envelope.success(fields), ""


def _check(cloud: Cloud, name: str, params: dict[str, Any]) -> None:
    action, sdk_app_id = ACTIONS[name], cloud.config.sdk_app_id
    if cloud.limits_enforced():
        cloud.limiter.count(name, per_second=CALLS_PER_S.get(name, DEFAULT_CALLS_PER_S))
    parameters.check(action.params, params)
    if params.get("SdkAppId", sdk_app_id) != sdk_app_id:
        raise CloudError("InvalidParameter.SdkAppId", "The SdkAppId is not known.")


def _fault_response(
    cloud: Cloud, request: Request, action: str, params: dict[str, Any], fault: Fault
) -> Response:
    if fault.kind == "fail":
        error = CloudError(fault.code, "A switch is set.")
        return _refusal(cloud, request, action, params, error)
    if fault.kind == "rate_limit":
        error = CloudError("RequestLimitExceeded", "A switch is set.")
        return _refusal(cloud, request, action, params, error)
    body = _run(cloud, action, params)[0] if fault.kind in EFFECTIVE_KINDS else b""
    _record(cloud, request, action, params, fault.kind)
    return _FAULTS[fault.kind](body, fault)


def _garbled(body: bytes, fault: Fault) -> Response:
    return Response(body=GARBLED.get(fault.code, body[: len(body) // 2]))


_FAULTS: dict[str, Callable[[bytes, Fault], Response]] = {
    "http500": lambda body, fault: Response(status=500, content_type=HTML_TYPE, body=PAGE_500),
    "hang": lambda body, fault: Response(drop=True, delay_s=fault.seconds),
    "drop_before": lambda body, fault: Response(drop=True),
    "drop_after": lambda body, fault: Response(drop=True),
    "late": lambda body, fault: Response(body=body, delay_s=fault.seconds),
    "garble": _garbled,
}


def _refusal(
    cloud: Cloud, request: Request, action: str, params: dict[str, Any], error: CloudError
) -> Response:
    _record(cloud, request, action, params, error.code)
    return Response(body=envelope.failure(error))


def _record(cloud: Cloud, request: Request, action: str, params: dict[str, Any], code: str) -> None:
    with cloud.transaction():
        call_log.record(cloud, action=action, params=params, code=code, body=request.body)
