"""Settings of transcodes, with their faults."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from localcloud.cloud import Cloud
from localcloud.errors import BadSettingError

MAX_DELAY_S = 7 * 24 * 3600
MAX_DOCUMENTS = 1000
_NAME = "transcoding"


@dataclass(frozen=True, slots=True)
class TranscodeSettings:
    """The current settings of transcodes.

    `delay_s` passes between the creation of a document and its transcode, by the cloud's clock; the progress
    grows meanwhile. While `stuck` no transcode begins. With `fail` each one fails with this message. With
    `zero_pages` each one succeeds with 0 as the number of pages, as has been seen in the cloud.
    `document_limit` is how many documents a room may hold: the cloud has such a limit, its number is assumed.
    """

    delay_s: float = 0
    stuck: bool = False
    fail: str = ""
    zero_pages: bool = False
    document_limit: int = 10


def load(cloud: Cloud) -> TranscodeSettings:
    return TranscodeSettings(**cloud.value(_NAME, default={}))


def change(cloud: Cloud, wanted: dict[str, Any]) -> None:
    """Change the given settings; the others stay. Documents that wait already keep their delay.

    Raises:
        BadSettingError: an unknown name, or a value of a wrong type or out of range.
    """
    kept = asdict(load(cloud))
    if unknown := wanted.keys() - kept.keys():
        raise BadSettingError(f"unknown field {min(unknown)!a}")
    _check_numbers(wanted)
    for name in ("stuck", "zero_pages"):
        if not isinstance(wanted.get(name, True), bool):
            raise BadSettingError(f"{name} must be true or false")
    if not isinstance(wanted.get("fail", ""), str):
        raise BadSettingError("fail must be text")
    with cloud.transaction():
        cloud.save_value(_NAME, {**kept, **wanted})
        cloud.wake()


def _check_numbers(wanted: dict[str, Any]) -> None:
    delay_s, limit = wanted.get("delay_s", 0), wanted.get("document_limit", 0)
    if isinstance(delay_s, bool) or not isinstance(delay_s, int | float):
        raise BadSettingError("delay_s must be a number of seconds")
    if not 0 <= delay_s <= MAX_DELAY_S:
        raise BadSettingError("delay_s is out of range")
    if isinstance(limit, bool) or not isinstance(limit, int):
        raise BadSettingError("document_limit must be a whole number")
    if not 0 <= limit <= MAX_DOCUMENTS:
        raise BadSettingError("document_limit is out of range")
