"""The weeks of a term in which something takes place, as planners write them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from django.utils.translation import gettext

from schedule.lessons.moments import NotReadable
from schedule.models import MOST_WEEKS, WEEKS_CHARS

ODD, EVEN = "odd", "even"
WORDS = {
    **dict.fromkeys(("", "all", "every", "每周", "全周", "单双周"), ""),
    **dict.fromkeys((ODD, "单周", "单"), ODD),
    **dict.fromkeys((EVEN, "双周", "双"), EVEN),
}
BETWEEN = re.compile(r"[,，、;；\s]+")
PART = re.compile(r"第?(\d{1,2})(?:[-~至到—–](\d{1,2}))?周?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Weeks:
    """Weeks of a term, counted from 1. `text` is what is stored: empty, odd, even, or such as 1-8,10."""

    text: str = ""

    @property
    def is_every(self) -> bool:
        return not self.text

    def has(self, week: int) -> bool:
        if self.text in (ODD, EVEN):
            return (week % 2 == 1) is (self.text == ODD)
        return self.is_every or week in _listed(self.text)

    def among(self, count: int) -> tuple[int, ...]:
        """Return those of a term of so many weeks."""
        return tuple(week for week in range(1, count + 1) if self.has(week))

    @property
    def last_named(self) -> int:
        """Return the last week of a list, which a term may lack; 0 where no week is named."""
        is_list = not self.is_every and self.text not in (ODD, EVEN)
        return max(_listed(self.text)) if is_list else 0


def read_weeks(text: str) -> Weeks:
    """Read weeks from a word (all, odd, even, 每周, 单周, 双周) or a list such as 1-8,10.

    Raises:
        NotReadable: the text is none of these, or names a week that no term has.
    """
    plain = unicodedata.normalize("NFKC", text).strip().lower()
    if plain in WORDS:
        return Weeks(WORDS[plain])
    weeks: set[int] = set()
    # Marks with no week between them are not every week.
    for part in list(filter(None, BETWEEN.split(plain))) or [plain]:
        match = PART.fullmatch(part)
        first, last = (int(match[1]), int(match[2] or match[1])) if match else (0, 0)
        if not 1 <= first <= last <= MOST_WEEKS:
            raise NotReadable(gettext("not weeks such as odd, even or 1-8,10"))
        weeks.update(range(first, last + 1))
    text = written(sorted(weeks))
    if len(text) > WEEKS_CHARS:
        raise NotReadable(gettext("too many single weeks: write them as in 1-8,10"))
    return Weeks(text)


@lru_cache(maxsize=256)
def _listed(text: str) -> frozenset[int]:
    weeks: set[int] = set()
    for part in text.split(","):
        first, _dash, last = part.partition("-")
        weeks.update(range(int(first), int(last or first) + 1))
    return frozenset(weeks)


def written(weeks: Iterable[int]) -> str:
    """Write these weeks in the one way in which they are stored."""
    spans: list[list[int]] = []
    for week in weeks:
        if spans and spans[-1][1] == week - 1:
            spans[-1][1] = week
        else:
            spans.append([week, week])
    return ",".join(str(a) if a == b else f"{a}-{b}" for a, b in spans)
