"""Signatures, written by hand from the vendor's description."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from datetime import UTC, datetime
from typing import Any

import pytest
import requests

from localcloud.http.server import RunningCloud
from tests.localcloud.clients import SDK_APP_ID, SECRET_ID, SECRET_KEY, Api, Control

BODY = json.dumps({"SdkAppId": SDK_APP_ID, "Limit": 1}).encode()


def _hmac(key: bytes, text: str) -> bytes:
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def signed_headers(
    host: str,
    *,
    at_s: int | None = None,
    secret_id: str = SECRET_ID,
    secret_key: str = SECRET_KEY,
    body: bytes = BODY,
    content_type: str = "application/json",
) -> dict[str, str]:
    timestamp = int(time.time()) if at_s is None else at_s
    date = datetime.fromtimestamp(timestamp, UTC).strftime("%Y-%m-%d")
    scope = f"{date}/lcic/tc3_request"
    canonical = (
        f"POST\n/\n\ncontent-type:{content_type}\nhost:{host}\n\ncontent-type;host\n"
        f"{hashlib.sha256(body).hexdigest()}"
    )
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    key = _hmac(_hmac(_hmac(f"TC3{secret_key}".encode(), date), "lcic"), "tc3_request")
    signature = _hmac(key, f"TC3-HMAC-SHA256\n{timestamp}\n{scope}\n{digest}").hex()
    return {
        "Authorization": f"TC3-HMAC-SHA256 Credential={secret_id}/{scope}, "
        f"SignedHeaders=content-type;host, Signature={signature}",
        "Content-Type": content_type,
        "X-TC-Action": "GetRooms",
        "X-TC-Version": "2022-08-17",
        "X-TC-Timestamp": str(timestamp),
    }


@pytest.fixture
def host(cloud: RunningCloud) -> str:
    return cloud.base_url.removeprefix("http://")


def post(host: str, headers: dict[str, str], body: bytes = BODY) -> dict[str, Any]:
    answer = requests.post(f"http://{host}/", data=body, headers=headers, timeout=10)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/json"
    content: dict[str, Any] = answer.json()["Response"]
    assert content["RequestId"]
    return content


def code(host: str, headers: dict[str, str], body: bytes = BODY) -> str:
    error = post(host, headers, body)["Error"]
    assert error["Message"]
    return str(error["Code"])


def test_hand_signed_call_is_answered(host: str) -> None:
    assert post(host, signed_headers(host))["Total"] == 0


def test_header_case_and_time_within_five_minutes_do_not_matter(host: str) -> None:
    headers = signed_headers(host, at_s=int(time.time()) - 290)

    lowered = {name.lower(): value for name, value in headers.items()}

    assert "Error" not in post(host, lowered)


def test_cloud_clock_does_not_move_the_time_of_signatures(host: str, control: Control) -> None:
    control.shift_clock(7200)

    assert "Error" not in post(host, signed_headers(host))


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff", b"[" * 100_000])
def test_body_that_is_no_object_is_refused(host: str, body: bytes) -> None:
    assert code(host, signed_headers(host, body=body), body) == "InvalidParameter"


def test_body_over_ten_mebibytes_is_refused_unread(host: str) -> None:
    headers = {**signed_headers(host), "Content-Length": str(10 * 1024 * 1024 + 1)}

    answer = requests.post(f"http://{host}/", data=b"", headers=headers, timeout=10)

    assert answer.status_code == 413


@pytest.mark.parametrize(
    ("signed", "refusal"),
    [
        ({"skew_s": -310}, "AuthFailure.SignatureExpire"),
        ({"skew_s": 310}, "AuthFailure.SignatureExpire"),
        ({"secret_id": "AKIDother"}, "AuthFailure.SecretIdNotFound"),
        ({"secret_key": "other"}, "AuthFailure.SignatureFailure"),
        ({"body": BODY + b" "}, "AuthFailure.SignatureFailure"),
        ({"host": "127.0.0.1:1"}, "AuthFailure.SignatureFailure"),
        ({"content_type": "text/plain"}, "InvalidParameter"),
    ],
)
def test_call_that_is_signed_otherwise_is_refused(
    host: str, signed: dict[str, Any], refusal: str
) -> None:
    at_s = int(time.time()) + signed.pop("skew_s", 0)

    assert code(host, signed_headers(**{"host": host, "at_s": at_s, **signed})) == refusal


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"Authorization": "Bearer x"}, "AuthFailure.InvalidAuthorization"),
        ({"Authorization": None}, "AuthFailure.InvalidAuthorization"),
        ({"X-TC-Token": "x"}, "AuthFailure.TokenFailure"),
        ({"X-TC-Timestamp": None}, "MissingParameter"),
        ({"X-TC-Timestamp": "soon"}, "InvalidParameter"),
        ({"X-TC-Action": None}, "MissingParameter"),
        ({"X-TC-Action": "DescribeEverything"}, "InvalidAction"),
        ({"X-TC-Version": "2019-01-01"}, "NoSuchVersion"),
    ],
)
def test_wrong_header_is_refused(host: str, changes: dict[str, str | None], refusal: str) -> None:
    headers = {**signed_headers(host), **changes}

    sent = {name: value for name, value in headers.items() if value is not None}

    assert code(host, sent) == refusal


def test_timestamp_other_than_the_signed_one_is_refused(host: str) -> None:
    headers = signed_headers(host)
    headers["X-TC-Timestamp"] = str(int(headers["X-TC-Timestamp"]) + 1)

    assert code(host, headers) == "AuthFailure.SignatureFailure"


def test_host_left_out_of_the_signed_headers_is_refused(host: str) -> None:
    headers = signed_headers(host)
    headers["Authorization"] = headers["Authorization"].replace("content-type;host", "content-type")

    assert code(host, headers) == "AuthFailure.SignatureFailure"


def test_sdk_with_a_wrong_key_gets_the_error_which_is_in_the_log(
    cloud: RunningCloud, control: Control
) -> None:
    api = Api(cloud.base_url, secret_key="other")

    assert api.refusal("GetRooms", SdkAppId=SDK_APP_ID) == "AuthFailure.SignatureFailure"
    assert control.codes() == ["AuthFailure.SignatureFailure"]
