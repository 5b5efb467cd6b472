"""The log of API calls, for tests and the console: the last 5,000."""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass
from typing import Any

from localcloud.cloud import Cloud

KEPT = 5000
_TRIM_EVERY = 100
# RecordScene may hold a customToken.
_HIDDEN = ("token", "secret", "password", "recordscene", "callbackkey")


@dataclass(frozen=True, slots=True)
class Call:
    """One call; `code` is "" (success), an error code, or the kind of the fault that was applied."""

    n: int
    at: float
    action: str
    params: dict[str, Any]
    code: str
    body_text: str

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def record(cloud: Cloud, *, action: str, params: dict[str, Any], code: str, body: bytes) -> None:
    shown = {name: _shown(name, value) for name, value in params.items()}
    number = cloud.db.execute(
        "INSERT INTO calls (at, action, params, code, body_text) VALUES (?, ?, ?, ?, ?)",
        (time.time(), action, json.dumps(shown), code, body.decode("utf-8", "replace")),
    ).lastrowid
    if number is not None and number % _TRIM_EVERY == 0:
        cloud.db.execute("DELETE FROM calls WHERE n <= ?", (number - KEPT,))


def since(cloud: Cloud, number: int) -> list[Call]:
    query = "SELECT * FROM calls WHERE n > ? ORDER BY n"
    return _calls(cloud.db.execute(query, (number,)).fetchall())[-KEPT:]


def latest(cloud: Cloud, count: int) -> list[Call]:
    """Return the newest calls, newest first."""
    query = "SELECT * FROM calls ORDER BY n DESC LIMIT ?"
    return _calls(cloud.db.execute(query, (count,)).fetchall())


def _shown(name: str, value: Any) -> Any:
    return "…" if value and any(part in name.lower() for part in _HIDDEN) else value


def _calls(rows: list[Any]) -> list[Call]:
    return [Call(**{**dict(row), "params": json.loads(row["params"])}) for row in rows]
