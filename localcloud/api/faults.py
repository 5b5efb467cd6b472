"""Faults of the API that tests set: their kind, the action, and how many times they apply.

The control interface and the state file call them switches.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from localcloud.api.actions import ACTIONS
from localcloud.cloud import Cloud
from localcloud.errors import BadSettingError

ANY_ACTION = "*"
DEFAULT_SECONDS = 60.0
PAGE_500 = (
    b"<html><head><title>500</title></head><body><h1>500 Internal Server Error</h1></body></html>"
)
GARBLED = {"text": b"upstream request timeout", "foreign": b'{"code": 0, "data": null}'}
GARBLE_SHAPES = ("truncated", *GARBLED)
KINDS = {
    "fail": "the Error of `code` (default InternalError), without effect",
    "http500": "HTTP 500 with an HTML body, without effect",
    "hang": "no effect; the connection is held `seconds`, then closed",
    "drop_before": "the connection is closed, without effect",
    "drop_after": "takes effect, then the connection is closed without an answer",
    "rate_limit": "RequestLimitExceeded, without effect",
    "late": "takes effect at once, answers after `seconds`",
    "garble": "takes effect, answers what is not the envelope; `code` is truncated (default), text or foreign",
}


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault; `times` None lasts until it is cleared."""

    id: int
    action: str
    kind: str
    code: str
    times: int | None
    seconds: float

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def add(cloud: Cloud, wanted: dict[str, Any]) -> int:
    """Set a fault and return its number.

    Raises:
        BadSettingError: an unknown action, kind or field, or a value out of range.
    """
    if unknown := wanted.keys() - {"action", "kind", "code", "times", "seconds"}:
        raise BadSettingError(f"unknown field {min(unknown)!a}")
    action, kind = wanted.get("action", ANY_ACTION), wanted.get("kind")
    if action not in ACTIONS and action != ANY_ACTION:
        raise BadSettingError(f"unknown action {action!a}")
    if kind not in KINDS:
        raise BadSettingError(f"unknown kind {kind!a}; known: {', '.join(KINDS)}")
    with cloud.transaction():
        return int(
            cloud.db.execute(
                "INSERT INTO switches (action, kind, code, times, seconds) VALUES (?, ?, ?, ?, ?)",
                (action, kind, _code(kind, wanted.get("code")), _times(wanted), _seconds(wanted)),
            ).lastrowid
            or 0
        )


def take(cloud: Cloud, action: str) -> Fault | None:
    """Return the oldest fault for this action and count one use; the caller holds a transaction."""
    query = "SELECT * FROM switches WHERE action IN (?, ?) ORDER BY id LIMIT 1"
    row = cloud.db.execute(query, (action, ANY_ACTION)).fetchone()
    if row is None:
        return None
    if row["times"] == 1:
        cloud.db.execute("DELETE FROM switches WHERE id = ?", (row["id"],))
    elif row["times"] is not None:
        cloud.db.execute("UPDATE switches SET times = times - 1 WHERE id = ?", (row["id"],))
    return Fault(**dict(row))


def all_faults(cloud: Cloud) -> list[Fault]:
    rows = cloud.db.execute("SELECT * FROM switches ORDER BY id").fetchall()
    return [Fault(**dict(row)) for row in rows]


def clear(cloud: Cloud, fault_id: int | None = None) -> bool:
    """Clear one fault, or all; return whether there was one."""
    with cloud.transaction():
        query = "DELETE FROM switches WHERE ? IS NULL OR id = ?"
        return cloud.db.execute(query, (fault_id, fault_id)).rowcount > 0


def _code(kind: str, code: Any) -> str:
    if code is not None and not isinstance(code, str):
        raise BadSettingError("code must be text")
    if kind == "fail":
        return code or "InternalError"
    if kind != "garble":
        return ""
    if (code or GARBLE_SHAPES[0]) not in GARBLE_SHAPES:
        raise BadSettingError(f"the code of garble is one of {', '.join(GARBLE_SHAPES)}")
    return code or GARBLE_SHAPES[0]


def _times(wanted: dict[str, Any]) -> int | None:
    times = wanted.get("times")
    if times is None:
        return None
    if isinstance(times, bool) or not isinstance(times, int) or not 1 <= times <= 1_000_000:
        raise BadSettingError("times must be a whole number from 1, or null")
    return times


def _seconds(wanted: dict[str, Any]) -> float:
    seconds = wanted.get("seconds")
    if seconds is None:
        return DEFAULT_SECONDS
    if (
        isinstance(seconds, bool)
        or not isinstance(seconds, int | float)
        or not 0 <= seconds <= 3600
    ):
        raise BadSettingError("seconds must be a number from 0 to 3600")
    return float(seconds)
