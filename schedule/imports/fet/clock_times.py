"""Clock times in the names of hours, in all the ways that schools write them into FET."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

MINUTES_AN_HOUR = 60
HALF_DAY = 12 * MINUTES_AN_HOUR
DAY = 2 * HALF_DAY
# These are for clocks with twelve hours: a school's day begins no earlier, and before 13.
EARLIEST_BEGIN, LATEST_BEGIN = 6 * MINUTES_AN_HOUR, 13 * MINUTES_AN_HOUR
# An end further away belongs to something else.
LONGEST_HOUR = 6 * MINUTES_AN_HOUR

BEFORE = r"(?P<{0}before>上午|早上|下午|晚上|am\b|pm\b)?\s*"
AFTER = r"\s*(?P<{0}after>a\.?m\.?|p\.?m\.?|[ap]\b)?"
HOUR, MINUTE = r"(?<!\d)(?P<{0}hour>[01]?\d|2[0-4])", r"(?P<{0}minute>[0-5]\d)"
BETWEEN = r"[^\w:.]*(?:to|bis|till?|until|até|al?|à|至|到)?[^\w:.]*"
# A time ends where no further number follows: 1.07:50 is the first hour, at 7:50.
CLOCK = BEFORE + HOUR + r"\s*(?:{1})\s*" + MINUTE + r"分?(?::00)?(?![:.]?\d)" + AFTER
SEPARATORS = r"[:.h]|时|点|uhr"


def _pattern(*parts: str) -> re.Pattern[str]:
    return re.compile("".join(parts), re.IGNORECASE)


START = CLOCK.format("s", SEPARATORS)
# After a start, people write 9:30-10-30 too.
END = CLOCK.format("e", SEPARATORS + "|-")
HOUR_SIGN = r"(?:h|时|点|uhr|o'?clock)"
PATTERNS = (
    _pattern(START, r"(?:", BETWEEN, END, r")?"),
    # 0800-0845
    _pattern(
        r"(?<!\d)(?P<shour>[01]\d|2[0-3])(?P<sminute>[0-5]\d)\s*[-–—~至到]\s*",
        r"(?P<ehour>[01]\d|2[0-3])(?P<eminute>[0-5]\d)(?!\d)",
    ),
    # 8h-9h, 8-9 Uhr, 1-2 pm; full hours are told from numbers of periods by their sign.
    _pattern(
        BEFORE.format("s"),
        HOUR.format("s"),
        rf"\s*{HOUR_SIGN}?",
        AFTER.format("s"),
        r"\s*(?:[-–—~/]|to|bis|至|到|a|à)\s*",
        BEFORE.format("e"),
        HOUR.format("e"),
        rf"\s*(?:{HOUR_SIGN}|(?P<eafter>a\.?m\.?|p\.?m\.?))(?!\w)",
    ),
    _pattern(BEFORE.format("s"), HOUR.format("s"), r"\s*(?P<safter>a\.?m\.?|p\.?m\.?)(?!\w)"),
)


@dataclass(frozen=True, slots=True)
class ClockTimes:
    """From when to when an hour lasts, in minutes of the day; the end where its name says it."""

    start: int
    end: int | None


@dataclass(frozen=True, slots=True)
class _Moment:
    """A time as it is written: below 13:00 it may be one of the afternoon, unless a sign says which."""

    minutes: int
    is_certain: bool

    @property
    def may_be_later(self) -> bool:
        return not self.is_certain and MINUTES_AN_HOUR <= self.minutes < LATEST_BEGIN

    def after(self, begin: int) -> int:
        """The minutes of a day that begins then."""
        if self.may_be_later and self.minutes < begin:
            return self.minutes + HALF_DAY
        return self.minutes


def clock_times_in(names: Sequence[str]) -> dict[str, ClockTimes]:
    """The clock times in the names of hours, of those that have any.

    Where clocks have twelve hours, the day begins after its longest pause: 1:30 comes after 12:10.
    """
    written = {name: moments for name in names if (moments := _read(name)) is not None}
    begin = _begin_of_day(written)
    found: dict[str, ClockTimes] = {}
    for name, (start, end) in written.items():
        starts = start.after(begin)
        ends = None if end is None else _end_after(starts, end)
        has_end = ends is not None and 0 < ends - starts <= LONGEST_HOUR
        found[name] = ClockTimes(starts, ends if has_end else None)
    return found


def as_time(minutes: int) -> dt.time:
    return dt.time(*divmod(minutes, MINUTES_AN_HOUR))


def as_minutes(time: dt.time) -> int:
    return time.hour * MINUTES_AN_HOUR + time.minute


def _read(name: str) -> tuple[_Moment, _Moment | None] | None:
    plain = _in_ascii_digits(name)
    for pattern in PATTERNS:
        match = pattern.search(plain)
        if match is None:
            continue
        start, end = _moment(match, "s"), _moment(match, "e")
        if start is None:
            continue
        if end is not None and end.is_certain and not start.is_certain:
            start = _before_signed(start, end)
        return start, end
    return None


def _in_ascii_digits(name: str) -> str:
    plain = unicodedata.normalize("NFKC", name)
    return "".join(str(unicodedata.decimal(char)) if char.isdecimal() else char for char in plain)


def _moment(match: re.Match[str], which: str) -> _Moment | None:
    parts = match.groupdict()
    if parts.get(f"{which}hour") is None:
        return None
    hour, minute = int(parts[f"{which}hour"]), int(parts.get(f"{which}minute") or 0)
    sign = f"{parts.get(f'{which}before') or ''}{parts.get(f'{which}after') or ''}".lower()
    is_certain = bool(sign)
    if sign.startswith(("p", "下午", "晚上")) and hour < 12:
        hour += 12
    elif sign.startswith(("a", "上午", "早上")) and hour == 12:
        hour = 0
    minutes = hour * MINUTES_AN_HOUR + minute
    return _Moment(minutes, is_certain) if minutes < DAY else None


def _before_signed(start: _Moment, end: _Moment) -> _Moment:
    """The start of 1:30-2:30 PM and of 11:30-12:15 PM: the last one before the end."""
    later = start.minutes + HALF_DAY
    if start.may_be_later and later < end.minutes:
        return _Moment(later, is_certain=True)
    return _Moment(start.minutes, is_certain=True) if start.minutes < end.minutes else start


def _end_after(start: int, end: _Moment) -> int:
    later = end.minutes + HALF_DAY
    return later if end.minutes <= start and not end.is_certain and later < DAY else end.minutes


def _begin_of_day(written: Mapping[str, tuple[_Moment, _Moment | None]]) -> int:
    """The first start of the day where clocks have twelve hours; 0 where they have all, or may have."""
    starts = list(dict.fromkeys(start for start, _end in written.values()))
    every = [moment for pair in written.values() for moment in pair if moment is not None]
    if any(not each.is_certain and not each.may_be_later for each in every):
        return 0
    open_starts = [each for each in starts if each.may_be_later]
    if not any(each.minutes < EARLIEST_BEGIN for each in open_starts):
        return 0
    candidates = [each.minutes for each in starts if EARLIEST_BEGIN <= each.minutes < LATEST_BEGIN]
    if not candidates:
        return LATEST_BEGIN

    def pause_before(begin: int) -> tuple[int, bool, int]:
        pauses = [(begin - each.minutes) % HALF_DAY or HALF_DAY for each in starts]
        in_order = [each.after(begin) for each in starts]
        return min(pauses), in_order == sorted(in_order), -begin

    return max(candidates, key=pause_before)
