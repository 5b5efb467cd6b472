from __future__ import annotations

import datetime as dt
import hmac
from dataclasses import replace

import pytest

from classroom.enums import EventKind
from classroom.envelope import Envelope
from classroom.signing import DeliveryRefused, check_delivery, is_signed, sign

VENDOR_KEY, VENDOR_EXPIRE_TIME_S = "NjFGoDEy", 1614151508
VENDOR_SIGN = "b9454ab5a85f9b7ad36071f5688ed34d"
AT = dt.datetime.fromtimestamp(VENDOR_EXPIRE_TIME_S, tz=dt.UTC)
APP_ID = 3520371


def envelope_of(
    *, expire_time_s: int = VENDOR_EXPIRE_TIME_S, key: str = VENDOR_KEY, sdk_app_id: int = APP_ID
) -> Envelope:
    return Envelope(
        sdk_app_id=sdk_app_id,
        timestamp_s=1,
        expire_time_s=expire_time_s,
        signature=sign(key, expire_time_s),
        event_type="RoomStart",
        content={},
        room_id=None,
        document_id="",
        kind=EventKind.OTHER,
    )


def refusal_of(envelope: Envelope, *keys: str) -> str:
    """Return why the envelope is refused; empty when it is not."""
    try:
        check_delivery(envelope, keys=keys, sdk_app_id=APP_ID, at=AT)
    except DeliveryRefused as refused:
        return refused.reason
    return ""


def test_signature_is_that_of_the_vendor_s_example():
    assert sign(VENDOR_KEY, VENDOR_EXPIRE_TIME_S) == VENDOR_SIGN


@pytest.mark.parametrize("given", [VENDOR_SIGN, VENDOR_SIGN.upper(), VENDOR_SIGN.title()])
def test_hex_digits_count_in_either_case(given: str):
    assert is_signed(given, VENDOR_EXPIRE_TIME_S, [VENDOR_KEY])


@pytest.mark.parametrize(
    "given",
    ["", VENDOR_SIGN[:-1], VENDOR_SIGN + "0", "0" * 32, "签名", "\ud800", "\0", " " + VENDOR_SIGN],
)
def test_anything_else_is_no_signature(given: str):
    assert not is_signed(given, VENDOR_EXPIRE_TIME_S, [VENDOR_KEY])


@pytest.mark.parametrize("keys", [["new", VENDOR_KEY], [VENDOR_KEY, "old"]])
def test_each_of_two_keys_is_accepted(keys: list[str]):
    assert is_signed(VENDOR_SIGN, VENDOR_EXPIRE_TIME_S, keys)


def test_signatures_are_compared_in_constant_time(monkeypatch: pytest.MonkeyPatch):
    compared: list[tuple[object, object]] = []
    real = hmac.compare_digest

    def compare(offered: bytes, expected: bytes) -> bool:
        compared.append((offered, expected))
        return real(offered, expected)

    monkeypatch.setattr("classroom.signing.hmac.compare_digest", compare)

    is_signed("0" * 32, VENDOR_EXPIRE_TIME_S, ["other", VENDOR_KEY])

    assert [offered for offered, _ in compared] == [b"0" * 32] * 2
    assert compared[1][1] == VENDOR_SIGN.encode()


@pytest.mark.parametrize(
    ("expires_in_s", "reason"),
    [
        (0, ""),
        (-60, ""),
        (-61, "expired"),
        (7 * 24 * 3600, ""),
        (7 * 24 * 3600 + 1, "ExpireTime is too far ahead"),
        (365 * 24 * 3600, "ExpireTime is too far ahead"),
        (2**62, "ExpireTime is too far ahead"),
        (-(2**62), "expired"),
    ],
)
def test_expire_time_lies_between_a_minute_ago_and_a_week_ahead(expires_in_s: int, reason: str):
    envelope = envelope_of(expire_time_s=VENDOR_EXPIRE_TIME_S + expires_in_s)

    assert refusal_of(envelope, VENDOR_KEY) == reason


def test_signature_is_of_its_own_expire_time_only():
    envelope = envelope_of()
    later = replace(envelope, expire_time_s=envelope.expire_time_s + 1)

    assert refusal_of(later, VENDOR_KEY) == "wrong signature"


def test_another_application_is_refused():
    assert refusal_of(envelope_of(sdk_app_id=APP_ID + 1), VENDOR_KEY) == "another application"


def test_without_a_key_everything_is_refused():
    assert refusal_of(envelope_of()) == "no callback key is configured"
