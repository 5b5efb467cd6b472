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
from tests.localcloud.conftest import SDK_APP_ID, SECRET_ID, SECRET_KEY, Api, Control

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


@pytest.mark.parametrize("skew_s", [-310, 310])
def test_timestamp_more_than_five_minutes_off_is_refused(host: str, skew_s: int) -> None:
    headers = signed_headers(host, at_s=int(time.time()) + skew_s)

    assert code(host, headers) == "AuthFailure.SignatureExpire"


def test_cloud_clock_does_not_move_the_time_of_signatures(host: str, control: Control) -> None:
    control.shift_clock(7200)

    assert "Error" not in post(host, signed_headers(host))


def test_unknown_secret_id_is_refused(host: str) -> None:
    headers = signed_headers(host, secret_id="AKIDother")

    assert code(host, headers) == "AuthFailure.SecretIdNotFound"


def test_wrong_secret_key_is_refused(host: str) -> None:
    headers = signed_headers(host, secret_key="other")

    assert code(host, headers) == "AuthFailure.SignatureFailure"


def test_changed_body_is_refused(host: str) -> None:
    headers = signed_headers(host)

    assert code(host, headers, BODY + b" ") == "AuthFailure.SignatureFailure"


def test_signature_for_another_port_is_refused(host: str) -> None:
    headers = signed_headers("127.0.0.1:1")

    assert code(host, headers) == "AuthFailure.SignatureFailure"


def test_timestamp_other_than_the_signed_one_is_refused(host: str) -> None:
    headers = signed_headers(host)
    headers["X-TC-Timestamp"] = str(int(headers["X-TC-Timestamp"]) + 1)

    assert code(host, headers) == "AuthFailure.SignatureFailure"


def test_host_left_out_of_the_signed_headers_is_refused(host: str) -> None:
    headers = signed_headers(host)
    headers["Authorization"] = headers["Authorization"].replace("content-type;host", "content-type")

    assert code(host, headers) == "AuthFailure.SignatureFailure"


def test_malformed_authorization_is_refused(host: str) -> None:
    headers = signed_headers(host)
    headers["Authorization"] = "Bearer x"

    assert code(host, headers) == "AuthFailure.InvalidAuthorization"


def test_missing_authorization_is_refused(host: str) -> None:
    headers = signed_headers(host)
    del headers["Authorization"]

    assert code(host, headers) == "AuthFailure.InvalidAuthorization"


def test_temporary_credentials_are_refused(host: str) -> None:
    headers = {**signed_headers(host), "X-TC-Token": "x"}

    assert code(host, headers) == "AuthFailure.TokenFailure"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"X-TC-Timestamp": None}, "MissingParameter"),
        ({"X-TC-Timestamp": "soon"}, "InvalidParameter"),
        ({"X-TC-Action": None}, "MissingParameter"),
        ({"X-TC-Action": "DescribeEverything"}, "InvalidAction"),
        ({"X-TC-Version": "2019-01-01"}, "NoSuchVersion"),
    ],
)
def test_wrong_protocol_header_is_refused(
    host: str, changes: dict[str, str | None], expected: str
) -> None:
    headers = {**signed_headers(host), **changes}

    sent = {name: value for name, value in headers.items() if value is not None}

    assert code(host, sent) == expected


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff", b"[" * 100_000])
def test_body_that_is_no_object_is_refused(host: str, body: bytes) -> None:
    assert code(host, signed_headers(host, body=body), body) == "InvalidParameter"


def test_signed_body_of_another_type_is_refused(host: str) -> None:
    headers = signed_headers(host, content_type="text/plain")

    assert code(host, headers) == "InvalidParameter"


def test_refused_calls_have_no_effect_and_are_in_the_log(host: str, control: Control) -> None:
    headers = signed_headers(host, secret_key="other")

    post(host, headers)

    assert control.codes() == ["AuthFailure.SignatureFailure"]


def test_sdk_with_a_wrong_key_gets_the_error(cloud: RunningCloud) -> None:
    api = Api(cloud.base_url, secret_key="other")

    assert api.refusal("GetRooms", SdkAppId=SDK_APP_ID) == "AuthFailure.SignatureFailure"


def test_body_over_ten_mebibytes_is_refused_unread(host: str) -> None:
    headers = {**signed_headers(host), "Content-Length": str(10 * 1024 * 1024 + 1)}

    answer = requests.post(f"http://{host}/", data=b"", headers=headers, timeout=10)

    assert answer.status_code == 413
