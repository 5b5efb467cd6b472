"""Scripted outcomes of transcodes: set for a document's name before a document of that name is created.

All other documents follow `transcode_settings`. So a school can be shown with one file that is stuck and one
that takes an hour, while everything else is transcoded at once. The control interface and the state file call
them fates.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from localcloud.cloud import Cloud
from localcloud.errors import BadSettingError
from localcloud.state.transcode_settings import MAX_DELAY_S

MAX_NAMES = 100
MAX_PERCENT = 90  # as far as a delay alone can take it
_NAME = "transcode_fates"


@dataclass(frozen=True, slots=True)
class ScriptedOutcome:
    """The outcome of documents of exactly this name.

    `delay_s` passes between creation and transcode, and the progress grows meanwhile, from `percent` on. While `stuck`
    the transcode does not begin.
    """

    name: str
    delay_s: float = 0
    percent: int = 0
    stuck: bool = False


def all_outcomes(cloud: Cloud) -> list[ScriptedOutcome]:
    return [ScriptedOutcome(**kept) for kept in cloud.value(_NAME, default={}).values()]


def for_name(cloud: Cloud, name: str) -> ScriptedOutcome | None:
    kept = cloud.value(_NAME, default={}).get(name)
    return None if kept is None else ScriptedOutcome(**kept)


def change(cloud: Cloud, wanted: dict[str, Any]) -> None:
    """Set the outcome of a name, which replaces an earlier one. Documents that wait already keep their delay.

    Raises:
        BadSettingError: no name, an unknown field, or a value of a wrong type or out of range.
    """
    outcome = _checked(wanted)
    with cloud.transaction():
        kept = cloud.value(_NAME, default={})
        kept[outcome.name] = asdict(outcome)
        if len(kept) > MAX_NAMES:
            raise BadSettingError("there are too many names")
        cloud.save_value(_NAME, kept)
        cloud.wake()


def clear(cloud: Cloud) -> None:
    """Clear all names; stuck transcodes go on."""
    with cloud.transaction():
        cloud.save_value(_NAME, {})
        cloud.wake()


def _checked(wanted: dict[str, Any]) -> ScriptedOutcome:
    name = wanted.get("name")
    if not isinstance(name, str) or not name:
        raise BadSettingError("name must be text")
    outcome: dict[str, Any] = {"name": name, "delay_s": 0, "percent": 0, "stuck": False}
    if unknown := wanted.keys() - outcome.keys():
        raise BadSettingError(f"unknown field {min(unknown)!a}")
    outcome |= wanted
    _check_number(outcome["delay_s"], "delay_s", MAX_DELAY_S, (int, float))
    _check_number(outcome["percent"], "percent", MAX_PERCENT, (int,))
    if not isinstance(outcome["stuck"], bool):
        raise BadSettingError("stuck must be true or false")
    return ScriptedOutcome(**outcome)


def _check_number(value: Any, name: str, largest: float, types: tuple[type[float], ...]) -> None:
    if isinstance(value, bool) or not isinstance(value, types) or not 0 <= value <= largest:
        raise BadSettingError(f"{name} must be a number from 0 to {largest}")
