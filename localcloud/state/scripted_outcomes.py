"""Documents whose transcode goes its own way: set for a name, before a document of that name is made.

`transcodesettings` holds for all others. So a school can be shown with one file that is stuck and one that takes
an hour, while everything else is transcoded at once.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from localcloud.cloud import Cloud
from localcloud.errors import BadSettingError
from localcloud.state.transcode_settings import MAX_DELAY_S

MAX_FATES = 100
MAX_PERCENT = 90  # as far as a delay alone can take it
_NOTE = "transcode_fates"


@dataclass(frozen=True, slots=True)
class TranscodeFate:
    """What holds for documents of exactly this name.

    `delay_s` lies between creation and transcode, and the progress grows meanwhile, from `percent` on. While `stuck`
    the transcode does not begin.
    """

    name: str
    delay_s: float = 0
    percent: int = 0
    stuck: bool = False


def all_fates(cloud: Cloud) -> list[TranscodeFate]:
    return [TranscodeFate(**kept) for kept in cloud.note(_NOTE, default={}).values()]


def of_name(cloud: Cloud, name: str) -> TranscodeFate | None:
    kept = cloud.note(_NOTE, default={}).get(name)
    return None if kept is None else TranscodeFate(**kept)


def change(cloud: Cloud, wanted: dict[str, Any]) -> None:
    """Set the fate of a name, in place of the one that it had. Documents that wait already keep their delay.

    Raises:
        BadSettingError: no name, an unknown field, or a value of a wrong type or out of range.
    """
    fate = _checked(wanted)
    with cloud.transaction():
        kept = cloud.note(_NOTE, default={})
        kept[fate.name] = asdict(fate)
        if len(kept) > MAX_FATES:
            raise BadSettingError("there are too many names")
        cloud.keep_note(_NOTE, kept)
        cloud.stir()


def clear(cloud: Cloud) -> None:
    """Forget all names; what was stuck goes on."""
    with cloud.transaction():
        cloud.keep_note(_NOTE, {})
        cloud.stir()


def _checked(wanted: dict[str, Any]) -> TranscodeFate:
    name = wanted.get("name")
    if not isinstance(name, str) or not name:
        raise BadSettingError("name must be text")
    fate: dict[str, Any] = {"name": name, "delay_s": 0, "percent": 0, "stuck": False}
    if unknown := wanted.keys() - fate.keys():
        raise BadSettingError(f"unknown field {min(unknown)!a}")
    fate |= wanted
    _check_number(fate["delay_s"], "delay_s", MAX_DELAY_S, (int, float))
    _check_number(fate["percent"], "percent", MAX_PERCENT, (int,))
    if not isinstance(fate["stuck"], bool):
        raise BadSettingError("stuck must be true or false")
    return TranscodeFate(**fate)


def _check_number(value: Any, name: str, largest: float, types: tuple[type[float], ...]) -> None:
    if isinstance(value, bool) or not isinstance(value, types) or not 0 <= value <= largest:
        raise BadSettingError(f"{name} must be a number from 0 to {largest}")
