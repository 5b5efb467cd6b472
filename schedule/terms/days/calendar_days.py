"""The days of a term's calendar: filled from the national calendar, unless set by hand; and the notices about them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.models import User
from accounts.notice_kinds import NoticeWords
from accounts.services.notices import notify_many
from edu_platform.lib.versions import require_as_shown
from schedule.enums import DayKind, DaySource
from schedule.models import Term, TermDay
from schedule.terms.days.calendar import calendar_of, dates_to
from schedule.terms.days.national_calendar import (
    NationalDay,
    is_followed,
    national_day,
    national_days,
    published_years,
    unpublished_years,
)
from schedule.terms.locks import lock_term
from schedule.terms.term_versions import touch, version_of_day


class DayOutsideTerm(Exception):
    """The day does not lie in the term."""


# --- From the national calendar -------------------------------------------------------------------


def fill_from_calendar(term: Term) -> int:
    """Take over what the national calendar knows of the term's days, and return how many changed.

    What was set by hand stays. To be called when a term was made, or its weeks changed: days of others that it holds
    now become its own.
    """
    return _fill(term)


@transaction.atomic
def _fill(term: Term) -> int:
    """Fill the days, and return how many changed."""
    term = lock_term(term, no_key=True)
    inside = TermDay.objects.filter(date__range=(term.first_monday, term.last_day))
    inside.exclude(term=term).update(term=term)
    filling = _filling_of(term)
    TermDay.objects.filter(pk__in=filling.stale.values()).delete()
    TermDay.objects.bulk_create([_row(term, national) for national in filling.missing])
    if filling.dates:
        touch(term)
    return len(filling.dates)


@dataclass(frozen=True, slots=True)
class _Filling:
    """Holds what the national calendar knows otherwise than the term."""

    # The keys of days that it no longer says, by date.
    stale: Mapping[dt.date, int]
    missing: Sequence[NationalDay]

    @property
    def dates(self) -> set[dt.date]:
        return {*self.stale, *(national.date for national in self.missing)}


def _filling_of(term: Term) -> _Filling:
    days_by_date = {day.date: day for day in term.days.all()}
    wanted = {
        national.date: national for national in national_days(term.first_monday, term.last_day)
    }
    published = published_years() if is_followed() else frozenset()
    stale = {
        day.date: day.pk
        for day in days_by_date.values()
        if day.source == DaySource.CALENDAR
        and (not term.holds(day.date) or day.date.year in published)
        and not _says(day, wanted.get(day.date))
    }
    missing = [
        national
        for national in wanted.values()
        if national.date not in days_by_date or national.date in stale
    ]
    return _Filling(stale, missing)


def days_to_fill(term: Term) -> int:
    """Return how many days of the term the national calendar knows otherwise; one query."""
    return len(_filling_of(term).dates)


def _says(day: TermDay, national: NationalDay | None) -> bool:
    return national is not None and (day.kind, day.plan_weekday, day.name) == (
        national.kind,
        national.plan_weekday,
        national.name,
    )


def _row(term: Term, national: NationalDay) -> TermDay:
    return TermDay(
        term=term,
        date=national.date,
        kind=national.kind,
        plan_weekday=national.plan_weekday,
        name=national.name,
        source=DaySource.CALENDAR,
    )


def keep_days_filled(at: dt.datetime) -> int:
    """Fill the terms that are not over with what a newer calendar knows, and return how many days came.

    Planners are told of days that came, and of years that are still unpublished. Safe to repeat.
    """
    count = 0
    for term in Term.objects.not_over(timezone.localdate(at)).order_by("first_monday"):
        filled = _fill(term)
        if filled:
            _tell_planners(
                term,
                kind=DAYS_FILLED_NOTICE,
                arguments={"count": str(filled)},
                about=str(timezone.localdate(at)),
                at=at,
            )
        tell_of_unpublished_years(term, at)
        count += filled
    return count


def tell_of_unpublished_years(term: Term, at: dt.datetime) -> None:
    """Tell planners, once a term and year, that its holidays are not known yet; nobody of a term that is over."""
    if term.last_day < timezone.localdate(at):
        return
    for year in unpublished_years(term.first_monday, term.last_day):
        _tell_planners(
            term,
            kind=UNPUBLISHED_YEAR_NOTICE,
            arguments={"year": str(year)},
            about=str(year),
            at=at,
        )


def _tell_planners(
    term: Term, *, kind: str, arguments: dict[str, str], about: str, at: dt.datetime
) -> None:
    notify_many(
        list(User.objects.staff().active()),
        kind=kind,
        arguments={"term": term.name, **arguments},
        address=reverse("schedule:term_days", args=[term.code]),
        cause=f"{kind}:{term.code}:{about}",
        at=at,
    )


# --- By hand --------------------------------------------------------------------------------------


@transaction.atomic
def set_day(
    term: Term,
    date: dt.date,
    *,
    kind: DayKind,
    plan_weekday: int | None = None,
    name: str = "",
    known: str = "",
) -> TermDay:
    """Make a day a holiday, or a school day that takes the plan of a weekday (None: of its own).

    `known`: the version that a page showed.

    Raises:
        DayOutsideTerm: the term does not hold it.
        NotAsShown: somebody has changed the day since.
    """
    term = _lock_with(term, date, known)
    before = calendar_of(term).at(date)
    is_own = plan_weekday == date.isoweekday() or kind == DayKind.HOLIDAY
    day, _is_new = TermDay.objects.update_or_create(
        date=date,
        defaults={
            "term": term,
            "kind": kind,
            "plan_weekday": None if is_own else plan_weekday,
            "name": name,
            "source": DaySource.HAND,
        },
    )
    _touch_if_lessons_follow(term, date, before.plan_weekday)
    return day


@transaction.atomic
def set_days(
    term: Term, first: dt.date, last: dt.date, *, kind: DayKind | None, name: str = ""
) -> bool:
    """Make each day of a range a holiday or a school day of its own plan, and return whether lessons follow.

    `kind` None: what the national calendar says of each, else what its weekday says.

    Raises:
        DayOutsideTerm: the term does not hold all of them.
    """
    term = lock_term(term, no_key=True)
    if not (term.holds(first) and term.holds(last) and first <= last):
        raise DayOutsideTerm
    before = calendar_of(term)
    TermDay.objects.filter(date__range=(first, last)).delete()
    TermDay.objects.bulk_create(days_set(term, first, last, kind=kind, name=name))
    after = calendar_of(term)
    follow = any(
        before.at(date).plan_weekday != after.at(date).plan_weekday
        for date in dates_to(first, last)
    )
    if follow:
        touch(term)
    return follow


def days_set(
    term: Term, first: dt.date, last: dt.date, *, kind: DayKind | None, name: str = ""
) -> list[TermDay]:
    """Return the days of a range as they are once they are set; they are not saved."""
    if kind is None:
        return [_row(term, national) for national in national_days(first, last)]
    return [
        TermDay(term=term, date=date, kind=kind, name=name, source=DaySource.HAND)
        for date in dates_to(first, last)
    ]


@transaction.atomic
def unset_day(term: Term, date: dt.date, *, known: str = "") -> None:
    """Make a day again what the national calendar says of it, else what its weekday says.

    Raises:
        DayOutsideTerm, NotAsShown: as `set_day`.
    """
    term = _lock_with(term, date, known)
    before = calendar_of(term).at(date)
    TermDay.objects.filter(date=date).delete()
    if national := national_day(date):
        _row(term, national).save()
    _touch_if_lessons_follow(term, date, before.plan_weekday)


def _lock_with(term: Term, date: dt.date, known: str) -> Term:
    term = lock_term(term, no_key=True)
    if not term.holds(date):
        raise DayOutsideTerm
    if known:
        require_as_shown(term, known, version_of_day(term.days.filter(date=date).first()))
    return term


def _touch_if_lessons_follow(term: Term, date: dt.date, plan_weekday_before: int | None) -> None:
    """Tell whether lessons may change: another name alone changes none."""
    if calendar_of(term).at(date).plan_weekday != plan_weekday_before:
        touch(term)


UNPUBLISHED_YEAR_NOTICE = "schedule.unpublished_year"
DAYS_FILLED_NOTICE = "schedule.days_filled"


def _filled_in_words(values: Mapping[str, Any]) -> Mapping[str, object]:
    count = int(values["count"])
    text = ngettext(
        "%(term)s: %(count)s day of the school calendar came from the national calendar. Its lessons follow once the term is planned.",
        "%(term)s: %(count)s days of the school calendar came from the national calendar. Their lessons follow once the term is planned.",
        count,
    )
    return {"text": text % {"term": values["term"], "count": count}}


NOTICES = {
    UNPUBLISHED_YEAR_NOTICE: NoticeWords(
        _(
            "%(term)s: the holidays of %(year)s are not published yet, or not known here. Enter them in the school calendar, or wait until they are filled in."
        ),
        _("To the school calendar"),
    ),
    DAYS_FILLED_NOTICE: NoticeWords("%(text)s", _("To the school calendar"), _filled_in_words),
}
