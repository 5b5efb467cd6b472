"""Requests of a year, as the audit log tells: how many of each kind, and how long erasures took."""

from __future__ import annotations

import datetime as dt
import itertools
import random

import pytest

from accounts.enums import AuditKind
from accounts.models import AuditEntry, User
from edu_platform.yearly_report.requests import Requests, requests_of, requests_section
from edu_platform.yearly_report.years import Year
from schedule.week_grid import start_of_day
from tests.factories.accounts import UserFactory

pytestmark = pytest.mark.django_db

YEAR = Year(2025, today=dt.date(2026, 12, 2), first_number=2020)
ASKED, WITHDRAWN, ERASED = (
    AuditKind.ERASURE_ASKED,
    AuditKind.ERASURE_WITHDRAWN,
    AuditKind.PERSON_ERASED,
)


def note(kind: AuditKind, person: User, day: dt.date, hour: int = 12) -> None:
    at = start_of_day(day) + dt.timedelta(hours=hour)
    AuditEntry.objects.create(kind=kind, person=person, at=at)


def counts_in(requests: Requests) -> tuple[int, int, int]:
    return requests.counts[ASKED], requests.counts[WITHDRAWN], requests.counts[ERASED]


def test_erasure_is_counted_in_the_year_in_which_it_is_done(student: User):
    note(ASKED, student, dt.date(2024, 12, 20))
    note(ERASED, student, dt.date(2025, 1, 4))

    requests = requests_of(YEAR)

    assert counts_in(requests) == (0, 0, 1)
    assert (requests.days, requests.open) == ([15], 0)


def test_request_that_waits_over_the_end_of_the_year_is_open(student: User, outsider: User):
    note(ASKED, student, dt.date(2025, 12, 31))
    note(ERASED, student, dt.date(2026, 1, 1))
    note(ASKED, outsider, dt.date(2023, 6, 1))

    requests = requests_of(YEAR)

    assert (counts_in(requests), requests.days, requests.open) == ((1, 0, 0), [], 2)


def test_one_that_was_withdrawn_and_made_again_counts_from_the_second(student: User):
    for kind, day in ((ASKED, 1), (WITHDRAWN, 5), (ASKED, 20), (ERASED, 22)):
        note(kind, student, dt.date(2025, 3, day))

    requests = requests_of(YEAR)

    assert (counts_in(requests), requests.days, requests.open) == ((2, 1, 1), [2], 0)


def test_erasure_by_command_was_asked_for_by_nobody(student: User):
    note(ERASED, student, dt.date(2025, 3, 1))

    requests = requests_of(YEAR)

    assert (counts_in(requests), requests.days, requests.open) == ((0, 0, 1), [], 0)


@pytest.mark.parametrize(
    ("day", "hour", "count"),
    [
        (dt.date(2024, 12, 31), 23, 0),
        (dt.date(2025, 1, 1), 0, 1),
        (dt.date(2025, 12, 31), 23, 1),
        (dt.date(2026, 1, 1), 0, 0),
    ],
)
def test_year_is_that_of_the_school_s_time(student: User, day: dt.date, hour: int, count: int):
    note(AuditKind.DATA_EXPORTED, student, day, hour)

    assert requests_of(YEAR).counts[AuditKind.DATA_EXPORTED] == count


@pytest.mark.parametrize("seed", range(5))
def test_numbers_are_those_of_a_count_person_by_person(seed: int):
    dice = random.Random(seed)
    for _number in range(6):
        live_through(UserFactory.create(), dice)

    requests = requests_of(YEAR)

    counts, days, left_open = counted_by_person(YEAR)
    assert counts_in(requests) == counts
    assert (sorted(requests.days), requests.open) == (sorted(days), left_open)


def live_through(person: User, dice: random.Random) -> None:
    """Have somebody ask for their erasure a few times, until they are erased or nobody asks any more."""
    day = dt.date(2024, 6, 1)
    for _time in range(dice.randrange(1, 5)):
        for kind in (ASKED, dice.choice([WITHDRAWN, ERASED, None])):
            day += dt.timedelta(days=dice.randrange(1, 150))
            if kind is not None:
                note(kind, person, day)
        if kind is not WITHDRAWN:
            return


def counted_by_person(year: Year) -> tuple[tuple[int, int, int], list[int], int]:
    of_year = AuditEntry.objects.filter(at__gte=year.since, at__lt=year.until)
    kinds = list(of_year.values_list("kind", flat=True))
    days, left_open = [], 0
    for person in User.objects.get_queryset():
        entries = list(person.audit_entries.filter(at__lt=year.until).order_by("at"))
        for before, entry in itertools.pairwise(entries):
            if entry.kind == ERASED and entry.at >= year.since:
                days.append((entry.at - before.at).days)
        left_open += bool(entries) and entries[-1].kind == ASKED
    return (kinds.count(ASKED), kinds.count(WITHDRAWN), kinds.count(ERASED)), days, left_open


def test_length_is_said_by_its_median_and_its_longest():
    for days in (1, 3, 12):
        person = UserFactory.create()
        note(ASKED, person, dt.date(2025, 3, 1))
        note(ERASED, person, dt.date(2025, 3, 1) + dt.timedelta(days=days))

    rows = {str(row[0]): row[1:] for row in requests_section(YEAR).rows}

    assert rows["People erased"] == [3, 3, 12]
    assert rows["Erasures asked for"] == [3, None, None]
