"""The addresses of callbacks, and the faults of their delivery.

With `enabled` false every event is lost for good. `lose` and `double` are probabilities per event. `delay_s`
is one number of seconds, or the two ends of a random delay. `reorder` adds up to REORDER_S seconds at random
to each event, which scrambles their order. `forge` puts a wrong address, size and length into RecordFinish,
and a wrong result into DocumentTranscodeFinish, validly signed. `seed` makes all of this repeatable: what
happens to an event then follows from its type, its room or document, and how many events of that type there
were before. `retry_s` are the waits after each failed try; after one try more than it has entries, the event
is given up.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

from localcloud.cloud import Cloud
from localcloud.errors import BadSettingError

REORDER_S = 2.0
RETRY_S = (1.0, 2.0, 4.0, 8.0, 15.0)
MAX_WAIT_S = 3600.0
_NAME = "callbacks"


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackSettings:
    """The current settings; without a url no callbacks are sent."""

    url: str = ""
    key: str = field(default="", repr=False)
    enabled: bool = True
    lose: float = 0.0
    double: float = 0.0
    delay_s: tuple[float, float] = (0.0, 0.0)
    reorder: bool = False
    forge: bool = False
    seed: int | None = None
    retry_s: tuple[float, ...] = RETRY_S

    def shown(self) -> dict[str, Any]:
        """Return all settings but the key."""
        shown = asdict(self)
        del shown["key"]
        return {**shown, "has_key": bool(self.key)}


def load(cloud: Cloud) -> CallbackSettings:
    """Return the settings of the start, as changed since by control or by ModifyApp."""
    given = CallbackSettings(url=cloud.config.callback_url, key=cloud.config.callback_key)
    kept = cloud.value(_NAME, default={})
    return replace(given, **{name: READERS[name](value) for name, value in kept.items()})


def change(cloud: Cloud, wanted: dict[str, Any]) -> None:
    """Change the given settings; the others stay.

    Raises:
        BadSettingError: an unknown name, or a value of a wrong type or out of range.
    """
    with cloud.transaction():
        save(cloud, wanted)


def save(cloud: Cloud, wanted: dict[str, Any]) -> None:
    """Like `change`, in the transaction that the caller holds."""
    if unknown := wanted.keys() - READERS.keys():
        raise BadSettingError(f"unknown field {min(unknown)!a}")
    for name, value in wanted.items():
        READERS[name](value)
    cloud.save_value(_NAME, {**cloud.value(_NAME, default={}), **wanted})
    cloud.wake()


def read_url(value: object) -> str:
    if value in {None, ""}:
        return ""
    if not isinstance(value, str):
        raise BadSettingError("url must be text")
    try:
        parts = urlsplit(value)
        is_good = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_good = False
    if not is_good:
        raise BadSettingError("url must be an http or https address")
    return value


def _key(value: object) -> str:
    if value is not None and not isinstance(value, str):
        raise BadSettingError("key must be text")
    return value or ""


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise BadSettingError("enabled, reorder and forge are true or false")
    return value


def _number(value: object, *, high: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= high:
        raise BadSettingError(f"a number from 0 to {high:g} is needed")
    return float(value)


def _probability(value: object) -> float:
    return _number(value, high=1)


def _delay(value: object) -> tuple[float, float]:
    ends = value if isinstance(value, list) else [value, value]
    if len(ends) != 2:
        raise BadSettingError("delay_s is one number of seconds, or two")
    first_s, last_s = (_number(end, high=MAX_WAIT_S) for end in ends)
    if first_s > last_s:
        raise BadSettingError("delay_s must not begin after its end")
    return first_s, last_s


def _seed(value: object) -> int | None:
    if value is not None and (isinstance(value, bool) or not isinstance(value, int)):
        raise BadSettingError("seed must be a whole number, or null")
    return value


def _waits(value: object) -> tuple[float, ...]:
    if not isinstance(value, list) or len(value) > 20:
        raise BadSettingError("retry_s must be a list of seconds, at most 20")
    return tuple(_number(each, high=MAX_WAIT_S) for each in value)


READERS: dict[str, Callable[[object], Any]] = {
    "url": read_url,
    "key": _key,
    "enabled": _flag,
    "lose": _probability,
    "double": _probability,
    "delay_s": _delay,
    "reorder": _flag,
    "forge": _flag,
    "seed": _seed,
    "retry_s": _waits,
}
