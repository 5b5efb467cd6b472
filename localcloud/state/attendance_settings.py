"""Settings of who was in class, with their faults: for all rooms, and for single ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from localcloud.cloud import Cloud
from localcloud.errors import BadSettingError

MAX_DELAY_S = 7 * 24 * 3600
MAX_PAGE = 1000
MAX_ROOMS = 1000
HEARTBEAT_S = 90  # browsers let a hidden page act once a minute
EVENTS_ALL, EVENTS_NONE, EVENTS_FEWER = "all", "none", "fewer"
EVENTS = (EVENTS_ALL, EVENTS_NONE, EVENTS_FEWER)
CURRENT_PRESENT, CURRENT_ALL = "present", "all"
CURRENTS = (CURRENT_PRESENT, CURRENT_ALL)
DROPPED_S = 60
GARBLE_TYPES, GARBLE_MISSING, GARBLE_TOTAL = "types", "missing", "total"
GARBLE_PAGE2, GARBLE_REPEAT = "page2", "repeat"
GARBLES = ("", GARBLE_TYPES, GARBLE_MISSING, GARBLE_TOTAL, GARBLE_PAGE2, GARBLE_REPEAT)
_NAME, _OF_ROOMS = "attendance", "attendance_of_rooms"


@dataclass(frozen=True, slots=True)
class AttendanceSettings:
    """The current settings.

    DescribeRoomStatistics: not before `late_s` after the end, by the cloud's clock; `never` at all; with `refuse` it
    answers that code; with `garble` some lines have values of wrong types (`types`) or no UserId or PresentTime
    (`missing`), Total is larger than what the pages hold (`total`), every page after the first is refused (`page2`)
    or holds the first again under too large a Total (`repeat`). A page holds `page_size` lines at most, whatever
    the Limit.

    DescribeCurrentMemberList lists who is there (`current` is present), or also who has left or never came (all). It is
    garbled, and its pages cut, as those of the statistics. Who has lost the heartbeat is there, as briefly dropped, for
    `dropped_s` of the cloud's time.

    GetRoomEvent: `events` are all, none, or fewer (every other person's are missing). Where it is not 0, `keyword_limit`
    is how many events one answer to a Keyword holds.

    A class page that has once sent a heartbeat is out of the room when it sends none for `heartbeat_s` of real time; 0:
    never.
    """

    late_s: float = 0
    never: bool = False
    refuse: str = ""
    garble: str = ""
    page_size: int = MAX_PAGE
    current: str = CURRENT_PRESENT
    dropped_s: float = DROPPED_S
    events: str = EVENTS_ALL
    keyword_limit: int = 0
    heartbeat_s: float = HEARTBEAT_S


def load(cloud: Cloud, room_id: int | None = None) -> AttendanceSettings:
    """Return the settings of all rooms, or those of one."""
    own = {} if room_id is None else of_rooms(cloud).get(str(room_id), {})
    return AttendanceSettings(**{**cloud.value(_NAME, default={}), **own})


def of_rooms(cloud: Cloud) -> dict[str, dict[str, Any]]:
    """Return what single rooms have of their own, by number."""
    own: dict[str, dict[str, Any]] = cloud.value(_OF_ROOMS, default={})
    return own


def change(cloud: Cloud, wanted: dict[str, Any]) -> None:
    """Change the given settings of all rooms; the others stay.

    Raises:
        BadSettingError: an unknown name, or a value of a wrong type or out of range.
    """
    _check(wanted)
    with cloud.transaction():
        cloud.save_value(_NAME, {**asdict(load(cloud)), **wanted})


def change_room(cloud: Cloud, room_id: int, wanted: dict[str, Any]) -> None:
    """Give a room settings of its own, which replace earlier ones; none: it follows the others again.

    Raises:
        BadSettingError: an unknown name, or a value of a wrong type or out of range.
    """
    if "heartbeat_s" in wanted:
        raise BadSettingError("heartbeat_s goes for all rooms")
    _check(wanted)
    with cloud.transaction():
        kept = of_rooms(cloud)
        kept.pop(str(room_id), None)
        if wanted:
            kept[str(room_id)] = wanted
        if len(kept) > MAX_ROOMS:
            raise BadSettingError("there are too many rooms")
        cloud.save_value(_OF_ROOMS, kept)


def _check(wanted: dict[str, Any]) -> None:
    if unknown := wanted.keys() - READERS.keys():
        raise BadSettingError(f"unknown field {min(unknown)!a}")
    for name, value in wanted.items():
        READERS[name](name, value)


def _seconds(name: str, value: object) -> None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not 0 <= value <= MAX_DELAY_S:  # type: ignore[operator]
        raise BadSettingError(f"{name} must be a number of seconds, at most {MAX_DELAY_S}")


def _flag(name: str, value: object) -> None:
    if not isinstance(value, bool):
        raise BadSettingError(f"{name} must be true or false")


def _text(name: str, value: object) -> None:
    if not isinstance(value, str):
        raise BadSettingError(f"{name} must be text")


def _one_of(choices: tuple[str, ...]) -> Callable[[str, object], None]:
    def check(name: str, value: object) -> None:
        if value not in choices:
            raise BadSettingError(f"{name} is one of {', '.join(filter(None, choices))}")

    return check


def _count(low: int) -> Callable[[str, object], None]:
    def check(name: str, value: object) -> None:
        is_number = isinstance(value, int) and not isinstance(value, bool)
        if not is_number or not low <= value <= MAX_PAGE:  # type: ignore[operator]
            raise BadSettingError(f"{name} must be a whole number from {low} to {MAX_PAGE}")

    return check


READERS: dict[str, Callable[[str, object], None]] = {
    "late_s": _seconds,
    "never": _flag,
    "refuse": _text,
    "garble": _one_of(GARBLES),
    "page_size": _count(1),
    "current": _one_of(CURRENTS),
    "dropped_s": _seconds,
    "events": _one_of(EVENTS),
    "keyword_limit": _count(0),
    "heartbeat_s": _seconds,
}
