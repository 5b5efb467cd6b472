"""From when to when the hours of a file last: by their names, else by the term's bell times."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from schedule.imports.fet.clock_times import as_minutes, as_time, clock_times_in
from schedule.models import BellTime

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
    found = _by_clock(names, bells)
    rest = [name for name in names if name not in found]
    left = [bell for bell in bells if not any(_overlap(bell, hour) for hour in found.values())]
    found |= {name: hour_of_bell(bell) for name, bell in _by_bell(rest, left).items()}
    return {name: found[name] for name in names if name in found}


def says_itself(name: str) -> bool:
    """Tell whether the name alone gives the hour: by clock times, or by the number of a period."""
    return bool(clock_times_in([name])) or _number_in(name) is not None


def _overlap(bell: BellTime, hour: Hour) -> bool:
    return bell.starts < hour.ends and hour.starts < bell.ends


def _by_clock(names: Sequence[str], bells: Sequence[BellTime]) -> dict[str, Hour]:
    times = clock_times_in(names)
    starts = sorted({each.start for each in times.values()})
    following = dict(pairwise(starts))
    usual = _usual_length(starts)
    ends_of_bells = {as_minutes(bell.starts): as_minutes(bell.ends) for bell in bells}
    by_bell = {(bell.starts, bell.ends): hour_of_bell(bell) for bell in bells}
    found: dict[str, Hour] = {}
    for name, each in times.items():
        end = each.end or ends_of_bells.get(each.start)
        if end is None and usual:
            # After the last hour of a morning the next one is far.
            end = min(each.start + usual, following.get(each.start, each.start + usual))
        if end is not None and each.start < end < as_minutes(dt.time.max):
            hour = Hour(as_time(each.start), as_time(end))
            # A period of the term is one: it follows the bell times.
            found[name] = by_bell.get((hour.starts, hour.ends), hour)
    return found


def _usual_length(starts: Sequence[int]) -> int:
    """Return how far apart hours mostly are, in minutes; 0 where there are not two."""
    gaps = Counter(after - before for before, after in pairwise(starts))
    return min(gaps, key=lambda gap: (-gaps[gap], gap)) if gaps else 0


def _by_bell(names: Sequence[str], bells: Sequence[BellTime]) -> dict[str, BellTime]:
    numbers = {name: number for name in names if (number := _number_in(name)) is not None}
    by_number = {bell.number: bell for bell in bells}
    found: dict[str, BellTime] = {}
    if len(numbers) == len(set(numbers.values())):
        if by_number.keys() >= set(numbers.values()):
            found = {name: by_number[number] for name, number in numbers.items()}
        elif len(numbers) == len(names):
            names = sorted(names, key=numbers.__getitem__)
    left = [bell for bell in bells if bell not in found.values()]
    rest = [name for name in names if name not in found]
    return found | dict(zip(rest, left, strict=False))


def _number_in(name: str) -> int | None:
    found = NUMBER.findall(unicodedata.normalize("NFKC", name))
    return int(found[0]) if len(found) == 1 else None


# --- Hours that follow each other -----------------------------------------------------------------


def are_consecutive(first: Hour, second: Hour, others: Iterable[Hour]) -> bool:
    """Tell whether a lesson may last from one hour into the next: nothing but a break lies between them.

    `others` are all hours of the day that the file or the bell times know.
    """
    gap = as_minutes(second.starts) - as_minutes(first.ends)
    if not 0 <= gap < min(first.minutes, second.minutes):
        return False
    return not any(first.ends <= each.starts and each.ends <= second.starts for each in others)


def bells_of(hours: Sequence[Hour]) -> tuple[int | None, int | None]:
    """The first and the last period; none where an hour is not of the bell times."""
    numbers: list[int] = [hour.bell for hour in hours if hour.bell is not None]
    return (numbers[0], numbers[-1]) if len(numbers) == len(hours) else (None, None)
