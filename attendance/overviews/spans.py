"""The time that an overview covers: a term, or the last half year of a school that has none."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from edu_platform.lib.statements import Statement
from schedule.models import Term
from schedule.week_grid import DAY, monday_of, period_of_days, week_number

# What is looked at where a school has no terms.
WEEKS_WITHOUT_TERM = 26


@dataclass(frozen=True, slots=True)
class Span:
    first_day: dt.date
    last_day: dt.date
    # None: the school has no terms.
    term: Term | None
    # Those that can be chosen, the latest first.
    terms: Sequence[Term]

    @property
    def name(self) -> str:
        if self.term is not None:
            return self.term.name
        return _("The last %(weeks)s weeks") % {"weeks": WEEKS_WITHOUT_TERM}

    @property
    def period(self) -> tuple[dt.datetime, dt.datetime]:
        return period_of_days(self.first_day, self.last_day)

    @property
    def query(self) -> dict[str, str]:
        """Return how an address says the term."""
        return {} if self.term is None else {"term": self.term.code}

    @property
    def mondays(self) -> list[dt.date]:
        first = monday_of(self.first_day)
        weeks = (self.last_day - first).days // 7 + 1
        return [first + number * 7 * DAY for number in range(weeks)]

    def week_label(self, monday: dt.date) -> str:
        """Return what a week is called: its number in the term, else its Monday."""
        if self.term is None:
            return f"{monday:%m-%d}"
        return str(week_number(monday, first_monday=self.term.first_monday))


def span_of(code: str, *, today: dt.date) -> Span:
    """Return the term of this code, else the one of today, else the one that was last; one query.

    A code of no term counts as absent.
    """
    terms = _TERMS.rows()
    if not terms:
        return Span(today - WEEKS_WITHOUT_TERM * 7 * DAY, today, None, terms)
    begun = (term for term in terms if term.first_monday <= today)
    chosen = next((term for term in terms if term.code == code), None) or next(begun, terms[-1])
    return Span(chosen.first_monday, chosen.last_day, chosen, terms)


_TERMS = Statement(lambda: Term.objects.order_by("-first_monday"))
