"""Hours of a file, from when to when: by clock times in their names, however schools write them, else by bells."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from schedule.models import BellTime

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
    """The start and the end of an hour, in minutes of the day; the end where its name says it."""

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
    clock_time_by_name: dict[str, ClockTimes] = {}
    for name, (start, end) in written.items():
        starts = start.after(begin)
        ends = None if end is None else _end_after(starts, end)
        has_end = ends is not None and 0 < ends - starts <= LONGEST_HOUR
        clock_time_by_name[name] = ClockTimes(starts, ends if has_end else None)
    return clock_time_by_name


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
    if any(not moment.is_certain and not moment.may_be_later for moment in every):
        return 0
    open_starts = [start for start in starts if start.may_be_later]
    if not any(start.minutes < EARLIEST_BEGIN for start in open_starts):
        return 0
    candidates = [
        start.minutes for start in starts if EARLIEST_BEGIN <= start.minutes < LATEST_BEGIN
    ]
    if not candidates:
        return LATEST_BEGIN

    def pause_before(begin: int) -> tuple[int, bool, int]:
        pauses = [(begin - start.minutes) % HALF_DAY or HALF_DAY for start in starts]
        in_order = [start.after(begin) for start in starts]
        return min(pauses), in_order == sorted(in_order), -begin

    return max(candidates, key=pause_before)


NUMBER = re.compile(r"\d+")


@dataclass(frozen=True, slots=True, order=True)
class Hour:
    starts: dt.time
    ends: dt.time
    # The period of the bell times that it was taken from.
    bell: int | None = None

    @property
    def minutes(self) -> int:
        return as_minutes(self.ends) - as_minutes(self.starts)


def hour_of_bell(bell: BellTime) -> Hour:
    return Hour(bell.starts, bell.ends, bell.number)


def hours_of(names: Sequence[str], bells: Sequence[BellTime]) -> dict[str, Hour]:
    """The hour behind each name, where one is found.

    Clock times are read where names hold them. The other hours take the bells of their own numbers,
    where they have such, else those that are left, in order.
    """
    hour_by_name = _by_clock(names, bells)
    rest = [name for name in names if name not in hour_by_name]
    left = [
        bell for bell in bells if not any(_overlap(bell, hour) for hour in hour_by_name.values())
    ]
    hour_by_name |= {name: hour_of_bell(bell) for name, bell in _by_bell(rest, left).items()}
    return {name: hour_by_name[name] for name in names if name in hour_by_name}


def says_itself(name: str) -> bool:
    """Tell whether the name alone gives the hour: by clock times, or by the number of a period."""
    return bool(clock_times_in([name])) or _number_in(name) is not None


def _overlap(bell: BellTime, hour: Hour) -> bool:
    return bell.starts < hour.ends and hour.starts < bell.ends


def _by_clock(names: Sequence[str], bells: Sequence[BellTime]) -> dict[str, Hour]:
    times = clock_times_in(names)
    starts = sorted({clock_times.start for clock_times in times.values()})
    following = dict(pairwise(starts))
    usual = _usual_length(starts)
    ends_of_bells = {as_minutes(bell.starts): as_minutes(bell.ends) for bell in bells}
    by_bell = {(bell.starts, bell.ends): hour_of_bell(bell) for bell in bells}
    hour_by_name: dict[str, Hour] = {}
    for name, clock_times in times.items():
        end = clock_times.end or ends_of_bells.get(clock_times.start)
        if end is None and usual:
            # After the last hour of a morning the next one is far.
            end = min(
                clock_times.start + usual,
                following.get(clock_times.start, clock_times.start + usual),
            )
        if end is not None and clock_times.start < end < as_minutes(dt.time.max):
            hour = Hour(as_time(clock_times.start), as_time(end))
            # A period of the term is one: it follows the bell times.
            hour_by_name[name] = by_bell.get((hour.starts, hour.ends), hour)
    return hour_by_name


def _usual_length(starts: Sequence[int]) -> int:
    """Return how far apart hours mostly are, in minutes; 0 where there are not two."""
    gaps = Counter(after - before for before, after in pairwise(starts))
    return min(gaps, key=lambda gap: (-gaps[gap], gap)) if gaps else 0


def _by_bell(names: Sequence[str], bells: Sequence[BellTime]) -> dict[str, BellTime]:
    numbers = {name: number for name in names if (number := _number_in(name)) is not None}
    by_number = {bell.number: bell for bell in bells}
    bell_by_name: dict[str, BellTime] = {}
    if len(numbers) == len(set(numbers.values())):
        if by_number.keys() >= set(numbers.values()):
            bell_by_name = {name: by_number[number] for name, number in numbers.items()}
        elif len(numbers) == len(names):
            names = sorted(names, key=numbers.__getitem__)
    left = [bell for bell in bells if bell not in bell_by_name.values()]
    rest = [name for name in names if name not in bell_by_name]
    return bell_by_name | dict(zip(rest, left, strict=False))


def _number_in(name: str) -> int | None:
    numbers = NUMBER.findall(unicodedata.normalize("NFKC", name))
    return int(numbers[0]) if len(numbers) == 1 else None


# --- Hours that follow each other -----------------------------------------------------------------


def are_consecutive(first: Hour, second: Hour, others: Iterable[Hour]) -> bool:
    """Tell whether a lesson may last from one hour into the next: nothing but a break lies between them.

    `others` are all hours of the day that the file or the bell times know.
    """
    gap = as_minutes(second.starts) - as_minutes(first.ends)
    if not 0 <= gap < min(first.minutes, second.minutes):
        return False
    return not any(first.ends <= hour.starts and hour.ends <= second.starts for hour in others)


def bells_of(hours: Sequence[Hour]) -> tuple[int | None, int | None]:
    """The first and the last period; none where an hour is not of the bell times."""
    numbers: list[int] = [hour.bell for hour in hours if hour.bell is not None]
    return (numbers[0], numbers[-1]) if len(numbers) == len(hours) else (None, None)
