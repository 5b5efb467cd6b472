"""Class groups and students by age band, compared with a count that looks at each membership."""

from __future__ import annotations

import datetime as dt
import random
from collections import defaultdict

import pytest

from accounts.models import User
from edu_platform.yearly_report.class_groups import class_groups_section
from edu_platform.yearly_report.years import Year
from schedule.enums import AgeBand, MembershipKind
from schedule.models import ClassGroup, Membership
from schedule.week_grid import start_of_day
from tests.factories.accounts import UserFactory
from tests.factories.schedule import ClassGroupFactory, MembershipFactory

pytestmark = pytest.mark.django_db

YEAR = Year(2025, today=dt.date(2026, 12, 2), first_number=2020)
BANDS = [*AgeBand.values, ""]


def counts_of(year: Year) -> dict[str, tuple[object, ...]]:
    return {str(name): tuple(counts) for name, *counts in class_groups_section(year).rows}


def some_day(dice: random.Random) -> dt.date:
    return dt.date(2024, 1, 1) + dt.timedelta(days=dice.randrange(3 * 365))


def make_school(dice: random.Random) -> None:
    people = [UserFactory.create() for _number in range(12)]
    for _number in range(10):
        archived_at = start_of_day(some_day(dice)) if dice.random() < 0.4 else None
        group = ClassGroupFactory.create(age_band=dice.choice(BANDS), archived_at=archived_at)
        for person in dice.sample(people, dice.randrange(6)):
            first, last = sorted([some_day(dice), some_day(dice)])
            Membership.objects.create(
                class_group=group,
                user=person,
                kind=dice.choice([*[MembershipKind.STUDENT] * 3, MembershipKind.CLASS_TEACHER]),
                from_date=dice.choice([None, first]),
                to_date=dice.choice([None, last]),
            )


def counted_one_by_one(year: Year) -> list[tuple[int, int]]:
    """Count the class groups and students of each band, and of all, with a look at each membership."""
    groups: defaultdict[str, set[int]] = defaultdict(set)
    students: defaultdict[str, set[int]] = defaultdict(set)
    for membership in Membership.objects.select_related("class_group"):
        group = membership.class_group
        was_archived = group.archived_at is not None and group.archived_at < year.until
        is_student = membership.kind == MembershipKind.STUDENT
        if is_student and membership.covers(year.last_day) and not was_archived:
            for name in (group.age_band, "all"):
                groups[name].add(group.pk)
                students[name].add(membership.user_id)
    return [(len(groups[name]), len(students[name])) for name in (*BANDS, "all")]


@pytest.mark.parametrize("seed", range(8))
def test_numbers_are_those_of_a_count_one_by_one(seed: int):
    make_school(random.Random(seed))

    assert list(counts_of(YEAR).values()) == counted_one_by_one(YEAR)


def test_year_that_is_not_over_ends_today(student: User, class_group: ClassGroup):
    today = dt.date(2025, 9, 1)
    Membership.objects.update(from_date=today)

    of_today, of_yesterday = (
        counts_of(Year(2025, today=day, first_number=2025))
        for day in (today, today - dt.timedelta(1))
    )

    assert (of_today["Total"], of_yesterday["Total"]) == ((1, 1), (0, 0))


def test_student_in_two_bands_counts_once_in_the_total(student: User, class_group: ClassGroup):
    ClassGroup.objects.update(age_band=AgeBand.UNDER_14)
    MembershipFactory.create(user=student, class_group__age_band=AgeBand.ADULT)

    assert counts_of(YEAR) == {
        "Under 14": (1, 1),
        "14 to 17": (0, 0),
        "Adults": (1, 1),
        "Not said": (0, 0),
        "Total": (2, 1),
    }
