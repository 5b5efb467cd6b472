"""Settings of recordings and their files, with their faults."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, field
from typing import Any

from localcloud.cloud import Cloud
from localcloud.errors import BadSettingError

MAX_DELAY_S = 7 * 24 * 3600
MP4, HLS, HLS_RANGES = "mp4", "hls", "hls-ranges"
FORMATS = (MP4, HLS, HLS_RANGES)
_KEY = re.compile(r"[A-Za-z0-9]{8,20}")  # the vendor's rule
_NAME = "recording"


@dataclass(frozen=True, slots=True)
class RecordingSettings:
    """The current settings; those of making a recording apply when it ends.

    `delay_s` passes between the end of a recording and its file, by the cloud's clock. Without `enabled` every
    recording fails without a callback. With `storage_full` too, and no room can be created that would be recorded.
    With `describe_record_silent` DescribeRecord lists nothing, though DescribeRoom has the address: the cloud's
    pages do not say whether it lists automatic recordings. `file_format` is mp4, hls, or hls-ranges: a play list
    whose pieces are byte ranges of one file. With a `vod_key` files are served to signed addresses only
    (media/hotlinks.py).
    """

    delay_s: float = 0
    enabled: bool = True
    storage_full: bool = False
    describe_record_silent: bool = False
    file_format: str = MP4
    vod_key: str = field(default="", repr=False)

    @property
    def succeeds(self) -> bool:
        return self.enabled and not self.storage_full

    def shown(self) -> dict[str, Any]:
        """Return all settings but the key."""
        shown = asdict(self)
        del shown["vod_key"]
        return {**shown, "has_vod_key": bool(self.vod_key)}


def load(cloud: Cloud) -> RecordingSettings:
    return RecordingSettings(**cloud.value(_NAME, default={}))


def change(cloud: Cloud, wanted: dict[str, Any]) -> None:
    """Change the given settings; the others stay. Recordings that wait already keep their delay and format.

    Raises:
        BadSettingError: an unknown name, or a value of a wrong type or out of range.
    """
    kept = asdict(load(cloud))
    if unknown := wanted.keys() - kept.keys():
        raise BadSettingError(f"unknown field {min(unknown)!a}")
    delay_s = wanted.get("delay_s", 0)
    if isinstance(delay_s, bool) or not isinstance(delay_s, int | float):
        raise BadSettingError("delay_s must be a number of seconds")
    if not 0 <= delay_s <= MAX_DELAY_S:
        raise BadSettingError("delay_s is out of range")
    for name in ("enabled", "storage_full", "describe_record_silent"):
        if not isinstance(wanted.get(name, True), bool):
            raise BadSettingError(f"{name} must be true or false")
    if wanted.get("file_format", MP4) not in FORMATS:
        raise BadSettingError(f"file_format is one of {', '.join(FORMATS)}")
    _check_key(wanted.get("vod_key", ""))
    cloud.save_value(_NAME, {**kept, **wanted})


def _check_key(key: object) -> None:
    if key != "" and not (isinstance(key, str) and _KEY.fullmatch(key)):
        raise BadSettingError("vod_key must be 8 to 20 letters and digits, or empty")
