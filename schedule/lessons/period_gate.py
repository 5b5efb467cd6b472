"""The gate for the hours of a lesson: when it may be, whichever way it comes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from enum import Enum, auto

from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy
from django_stubs_ext import StrPromise

from schedule.models import LESSON_YEARS, LONGEST_LESSON

# In the words of files; forms begin it with a capital.
ENDS_BEFORE_START = gettext_lazy("the end does not lie after the start")


class PeriodFault(Enum):
    """Says what is wrong with a period."""

    NO_SUCH_YEAR = auto()
    ENDS_BEFORE_START = auto()
    TOO_LONG = auto()

    @property
    def side(self) -> str:
        """The field that is at fault, of forms and files: `start` or `end`."""
        return "start" if self is PeriodFault.NO_SUCH_YEAR else "end"

    @property
    def words(self) -> str:
        """The fault in the words of files; forms begin it with a capital."""
        return str(WORDS[self]) % {"hours": LONGEST_LESSON // dt.timedelta(hours=1)}


WORDS: Mapping[PeriodFault, StrPromise] = {
    PeriodFault.NO_SUCH_YEAR: gettext_lazy("This year is not in the calendar."),
    PeriodFault.ENDS_BEFORE_START: ENDS_BEFORE_START,
    PeriodFault.TOO_LONG: gettext_lazy("A class lasts %(hours)s hours at most."),
}


def period_faults(starts_at: dt.datetime, ends_at: dt.datetime) -> Iterator[PeriodFault]:
    if starts_at.year not in LESSON_YEARS:
        yield PeriodFault.NO_SUCH_YEAR
    if ends_at <= starts_at:
        yield PeriodFault.ENDS_BEFORE_START
    if ends_at - starts_at > LONGEST_LESSON:
        yield PeriodFault.TOO_LONG


def lies_in_past(ends_at: dt.datetime) -> bool:
    """Tell whether a lesson that is put there would be over already: mostly its day is mistyped."""
    return ends_at <= timezone.now()


def past_in_words(ends_at: dt.datetime) -> str:
    return gettext(
        "This lies in the past: the lesson would have been over on %(moment)s. Correct its time, or confirm it here."
    ) % {"moment": f"{timezone.localtime(ends_at):%Y-%m-%d %H:%M}"}
