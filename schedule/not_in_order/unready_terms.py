"""Terms that are not ready: their calendar lacks a year, or they were changed and not planned since."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from edu_platform.lib.statements import Statement
from schedule.access import may_plan
from schedule.enums import DaySource
from schedule.models import BellList, Term, TermDay
from schedule.school_day_hooks import NotInOrder, Remedy
from schedule.terms.bells.bell_list_writing import list_scope_of
from schedule.terms.bells.bell_lists import bell_lists_of, fault_of, faults
from schedule.terms.days.national_calendar import unpublished_years
from schedule.week_grid import start_of_day

# How long before a term planners are to look after a year that is not published yet.
LOOKED_AFTER_BEFORE = dt.timedelta(days=60)

_LOOKED_AFTER = Statement(
    lambda today, until: (
        Term.objects.filter(last_day__gte=today, first_monday__lte=until)
        .annotate(has_lists=Exists(BellList.objects.filter(term=OuterRef("pk"))))
        .order_by("first_monday")
    )
)


def terms_not_in_order(at: dt.datetime) -> Iterator[NotInOrder]:
    """Yield terms that run or begin soon, and lack holidays of a year or have lists of bell times that contradict each other."""
    today = timezone.localdate(at)
    terms = _LOOKED_AFTER.rows(today=today, until=today + LOOKED_AFTER_BEFORE)
    yield from _lacking_holidays(terms, today)
    for term in terms:
        if term.has_lists:  # type: ignore[attr-defined] # annotated
            yield from _bell_lists_not_in_order(term)


def _bell_lists_not_in_order(term: Term) -> Iterator[NotInOrder]:
    """Yield what became of lists since they were typed: class groups have other grades, or are gone."""
    lists, scope = bell_lists_of(term).lists, list_scope_of(term)
    address = f"{reverse('schedule:term_bells', args=[term.code])}#lists"
    meeting = _(
        "%(term)s: two lists of bell times would hold at once, “%(older)s” and “%(newer)s”. The older one holds."
    )
    useless = _(
        "%(term)s: the list of bell times “%(name)s” holds for nobody and on no day any more."
    )
    sentences = [
        meeting % {"term": term.name, "older": older.name, "newer": newer.name}
        for older, newer in faults(lists, scope)
    ]
    sentences += [
        useless % {"term": term.name, "name": listed.name}
        for listed in lists
        if fault_of(listed, scope)
    ]
    for sentence in sentences:
        remedy = Remedy(pgettext("not in order", "Look at the bell times"), address)
        yield NotInOrder(sentence, address, term.changed_at, may_plan, remedy=remedy)


def _lacking_holidays(terms: Sequence[Term], today: dt.date) -> Iterator[NotInOrder]:
    lacking = [
        (term, year)
        for term in terms
        for year in unpublished_years(max(term.first_monday, today), term.last_day)
    ]
    if not lacking:
        return
    rows = TermDay.objects.filter(term__in=terms, source=DaySource.HAND)
    entered = {(term_id, date.year) for term_id, date in rows.values_list("term", "date")}
    for term, year in lacking:
        if (term.pk, year) not in entered:
            sentence = _("%(term)s: the school calendar has no holidays of %(year)s yet.")
            address = reverse("schedule:term_days", args=[term.code])
            yield NotInOrder(
                sentence % {"term": term.name, "year": year},
                address,
                _missing_since(term, year),
                remedy=Remedy(pgettext("not in order", "Enter its holidays"), address),
            )


def _missing_since(term: Term, year: int) -> dt.datetime:
    """Return since when planners are to look after it: the beginning of the first day."""
    begins = max(term.first_monday, dt.date(year, 1, 1))
    return max(start_of_day(begins - LOOKED_AFTER_BEFORE), term.created_at)


# A term that is still being put together is nothing to look after.
PLANNED_BEFORE = dt.timedelta(days=14)

_UNPLANNED = Statement(
    lambda today, until: (
        Term.objects.not_over(today)
        .filter(
            Q(planned_at=None, weekly_lessons__isnull=False) | Q(changed_at__gt=F("planned_at"))
        )
        .filter(first_monday__lte=until)
        .order_by("first_monday")
        .distinct()
        .values_list("code", "name", "changed_at", "first_monday")
    )
)


def plans_not_in_order(at: dt.datetime) -> Iterator[NotInOrder]:
    """Terms that run or begin soon, and whose lessons may differ from their weekly lessons and days."""
    today = timezone.localdate(at)
    sentence = _("%(term)s: its weekly lessons or days were changed, and not planned since.")
    for code, name, changed_at, _first in _UNPLANNED.rows(
        today=today, until=today + PLANNED_BEFORE
    ):
        yield NotInOrder(
            sentence % {"term": name},
            reverse("schedule:term", args=[code]),
            changed_at,
            may_plan,
            remedy=Remedy(
                pgettext("not in order", "Plan its lessons"),
                reverse("schedule:term_plan", args=[code]),
            ),
        )
