"""How recordings are made and given out, and how badly."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, field
from typing import Any

from localcloud.cloud import Cloud
from localcloud.errors import BadSettingError

MAX_DELAY_S = 7 * 24 * 3600
MP4, HLS, HLS_RANGES = "mp4", "hls", "hls-ranges"
FORMATS = (MP4, HLS, HLS_RANGES)
_KEY = re.compile(r"[A-Za-z0-9]{8,20}")  # what the vendor takes for one
_NOTE = "recording"


@dataclass(frozen=True, slots=True)
class RecordingSettings:
    """What holds for recordings that end now, and for what is asked now.

    `delay_s` lies between the end of a recording and its file, by the cloud's clock. Without `enabled` every
    recording fails in silence. With `storage_full` it does so too, and no room is made that would be recorded.
    With `describe_record_silent` DescribeRecord lists nothing, though DescribeRoom has the address: the cloud's
    pages do not say whether it lists automatic recordings. `file_format` is mp4, hls, or hls-ranges: a play list
    whose pieces are stretches of one file. With a `vod_key` files are given out to signed addresses alone
    (hotlinks.py).
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
        """Return all of it but the key."""
        shown = asdict(self)
        del shown["vod_key"]
        return {**shown, "has_vod_key": bool(self.vod_key)}


def load(cloud: Cloud) -> RecordingSettings:
    return RecordingSettings(**cloud.note(_NOTE, default={}))


def change(cloud: Cloud, wanted: dict[str, Any]) -> None:
    """Set what is named; the rest stays. Recordings that wait already keep their delay and format.

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
    cloud.keep_note(_NOTE, {**kept, **wanted})


def _check_key(key: object) -> None:
    if key != "" and not (isinstance(key, str) and _KEY.fullmatch(key)):
        raise BadSettingError("vod_key must be 8 to 20 letters and digits, or empty")
