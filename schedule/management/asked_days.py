"""The days that `manage.py set_day` is asked to set, read from its arguments."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

from django.utils.translation import gettext as _

from schedule.enums import DayKind
from schedule.lessons.moments import NotReadable, read_date, read_weekday
from schedule.lessons.named import class_groups_named
from schedule.lessons.nearest import class_groups_missing_in_words
from schedule.models import (
    DAY_NAME_CHARS,
    ClassGroup,
    PartDayOff,
    Term,
    TermDay,
)
from schedule.terms.bells.bell_list_writing import NEW
from schedule.terms.days.calendar import TermCalendar, calendar_of, dates_to
from schedule.terms.days.calendar_days import set_day
from schedule.terms.days.days_off_writing import (
    PartOffPlan,
    add_part,
    change_part,
    plan_of_part,
)


class Refused(Exception):
    """Nothing was changed; the text says why, in a line for each reason."""


@dataclasses.dataclass(frozen=True, slots=True)
class AskedDays:
    """The days of a term that the command sets, both ends included, and what they become."""

    term: Term
    first: dt.date
    last: dt.date
    name: str
    kind: DayKind
    plan_weekday: int | None = None
    # A half day off, or one of some class groups; None: whole days of the whole school.
    part: PartOffPlan | None = None

    def days(self) -> list[TermDay]:
        """Return whole days of the whole school as they are to be."""
        if self.part is not None:
            return []
        return [
            TermDay(
                term=self.term,
                date=date,
                kind=self.kind,
                plan_weekday=self.plan_weekday,
                name=self.name,
            )
            for date in dates_to(self.first, self.last)
        ]

    def calendar(self, term: Term) -> TermCalendar:
        """Return the calendar of the term as it is once they are set."""
        calendar = calendar_of(term).with_days(self.days())
        if self.part is None:
            return calendar
        row = _same_part(term, self.part)
        return calendar.with_part(self.part.part(NEW if row is None else row.pk))

    def save(self, term: Term) -> None:
        """Set them; the same again changes nothing."""
        for day in self.days():
            set_day(term, day.date, kind=self.kind, plan_weekday=self.plan_weekday, name=self.name)
        if self.part is None:
            return
        row = _same_part(term, self.part)
        if row is None:
            add_part(term, self.part)
        else:
            change_part(row, self.part)


def _same_part(term: Term, part: PartOffPlan) -> PartDayOff | None:
    """Return the part of the term that says the same, but for its name."""
    rows = term.part_days_off.prefetch_related("class_groups")
    return next((row for row in rows if not part.moves(plan_of_part(row))), None)


# --- The arguments --------------------------------------------------------------------------------


def read_days(options: dict[str, Any]) -> AskedDays:
    """Return what becomes of the days, which are of the term that holds the first."""
    (first, last), kind = _read_range(options["date"]), DayKind(options["kind"])
    plan_weekday = _read_plan(options["plan_of"], kind)
    name = _read_name(options["name"])
    term = _find_term(options["term"], first)
    if not (term.holds(first) and term.holds(last)):
        raise Refused(day_outside_in_words(term, last if term.holds(first) else first))
    asked_days = AskedDays(term, first, last, name, kind, plan_weekday)
    return dataclasses.replace(asked_days, part=_read_part(options, asked_days))


def _read_part(options: dict[str, Any], asked_days: AskedDays) -> PartOffPlan | None:
    """Return the half day, or the day off of some class groups, that is asked for; None for whole days of all."""
    bells = options["from_period"], options["until_period"]
    if bells == (None, None) and not options["class_groups"]:
        return None
    if asked_days.kind != DayKind.HOLIDAY:
        raise Refused(_("Only holidays can be half days, or be those of some class groups."))
    return PartOffPlan(
        name=asked_days.name,
        first_day=asked_days.first,
        last_day=asked_days.last,
        from_bell=bells[0],
        until_bell=bells[1],
        class_groups=_read_class_groups(options["class_groups"]),
    )


def _read_class_groups(text: str) -> tuple[ClassGroup, ...]:
    class_groups, unknown = class_groups_named(text, ())
    if unknown:
        raise Refused("\n".join(class_groups_missing_in_words(unknown)))
    return tuple(class_groups)


def _read_range(text: str) -> tuple[dt.date, dt.date]:
    """Read a day, or two with dots between them."""
    first, dots, last = text.partition("..")
    days = _read_date(first), _read_date(last if dots else first)
    if days[1] < days[0]:
        raise Refused(_("%(text)s: the last day lies before the first.") % {"text": text})
    return days


def _read_date(text: str) -> dt.date:
    try:
        return read_date(text)
    except NotReadable as err:
        raise Refused(f"{text}: {err}") from err


def _read_plan(text: str | None, kind: DayKind) -> int | None:
    if text is None:
        return None
    if kind == DayKind.HOLIDAY:
        raise Refused(_("A holiday takes no weekday's plan: leave out --as."))
    try:
        return read_weekday(text)
    except NotReadable as err:
        raise Refused(f"{text}: {err}") from err


def _read_name(text: str) -> str:
    name = text.strip()
    if len(name) > DAY_NAME_CHARS:
        raise Refused(
            _("The name is longer than %(count)s characters.") % {"count": DAY_NAME_CHARS}
        )
    return name


def _find_term(name: str | None, date: dt.date) -> Term:
    if name is None:
        term = Term.objects.holding(date).first()
        if term is None:
            raise Refused(_("No term holds the day %(day)s.") % {"day": date})
        return term
    term = Term.objects.filter(name=name).first()
    if term is None:
        raise Refused(_("There is no term %(name)s.") % {"name": name})
    return term


def day_outside_in_words(term: Term, date: dt.date) -> str:
    return _("%(day)s does not lie in the term %(name)s (%(first)s to %(last)s).") % {
        "day": date,
        "name": term.name,
        "first": term.first_monday,
        "last": term.last_day,
    }
