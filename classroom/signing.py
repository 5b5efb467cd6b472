"""Signatures of callbacks, which tell whether one comes from our cloud, for us, and now.

`Sign` is md5 over the callback key and the decimal digits of `ExpireTime`, in hex. It covers
neither the body nor a number of the event: anybody who has seen one delivery can sign any body until
ExpireTime. So a good signature makes a delivery worth a look at the cloud, and nothing more.

Source: LCIC, callback documentation (1639/81762, read 2026-08). How far ahead ExpireTime lies is not
said; a week is far more than the retries of a delivery can need.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
from collections.abc import Sequence

from classroom.envelope import Envelope

SIGNATURE_CHARS = 32
MAX_SKEW_S = 60
MAX_AHEAD_S = 7 * 24 * 3600


class DeliveryRefused(Exception):
    """Not a delivery that we take; `reason` says why, and holds nothing of what was sent."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def check_delivery(
    envelope: Envelope, *, keys: Sequence[str], sdk_app_id: int, at: dt.datetime
) -> None:
    """Check signature, its time, and the application.

    Raises:
        DeliveryRefused: one of them is wrong, or no key is configured.
    """
    if not keys:
        raise DeliveryRefused("no callback key is configured")
    if not is_signed(envelope.signature, envelope.expire_time_s, keys):
        raise DeliveryRefused("wrong signature")
    if is_expired(envelope.expire_time_s, at):
        raise DeliveryRefused("expired")
    if is_too_far_ahead(envelope.expire_time_s, at):
        raise DeliveryRefused("ExpireTime is too far ahead")
    if envelope.sdk_app_id != sdk_app_id:
        raise DeliveryRefused("another application")


def sign(key: str, expire_time_s: int) -> str:
    signed = f"{key}{expire_time_s}".encode()
    return hashlib.md5(signed, usedforsecurity=False).hexdigest()  # as the cloud does


def is_signed(given: str, expire_time_s: int, keys: Sequence[str]) -> bool:
    """Tell whether one of the keys made this signature; hex digits count in either case."""
    if len(given) != SIGNATURE_CHARS:
        return False
    # Bytes: comparing text in constant time takes ASCII only, and anybody may send anything.
    offered = given.encode("utf-8", "surrogatepass").lower()
    matches = [hmac.compare_digest(offered, sign(key, expire_time_s).encode()) for key in keys]
    return any(matches)


def is_expired(expire_time_s: int, at: dt.datetime) -> bool:
    """Tell whether the time of a signature has passed, clocks being a minute apart at most."""
    return at.timestamp() - expire_time_s > MAX_SKEW_S


def is_too_far_ahead(expire_time_s: int, at: dt.datetime) -> bool:
    """Tell whether a signature would be good for longer than the cloud has use for."""
    return expire_time_s - at.timestamp() > MAX_AHEAD_S
