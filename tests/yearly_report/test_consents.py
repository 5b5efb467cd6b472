"""Consents of a year, compared with a count that looks at each student."""

from __future__ import annotations

import datetime as dt
import random

import pytest

from accounts.models import User
from edu_platform.yearly_report.consents import consents_section
from edu_platform.yearly_report.years import Year
from schedule.enums import ConsentGiver
from schedule.models import ClassGroup, Consent, ConsentText
from schedule.week_grid import start_of_day
from tests.factories.accounts import UserFactory
from tests.factories.schedule import ClassGroupFactory, MembershipFactory

pytestmark = pytest.mark.django_db

YEAR = Year(2025, today=dt.date(2026, 12, 2), first_number=2020)
SCHOOL_YEAR = 2025


def counts_of(year: Year) -> dict[str, list[object]]:
    return {str(name): list(counts) for name, *counts in consents_section(year).rows}


def publish(number: int, day: dt.date, *, asks_again: bool = False) -> ConsentText:
    return ConsentText.objects.create(
        number=number,
        chinese_text="我同意录制。",
        asks_again=asks_again,
        published_at=start_of_day(day),
    )


def agree(
    person: User,
    text: ConsentText,
    day: dt.date,
    *,
    by: ConsentGiver = ConsentGiver.PERSON,
    withdrawn: dt.date | None = None,
    school_year: int = SCHOOL_YEAR,
) -> None:
    Consent.objects.create(
        person=person,
        school_year=school_year,
        text=text,
        given_by=by,
        given_at=start_of_day(day),
        withdrawn_at=None if withdrawn is None else start_of_day(withdrawn),
        digest="",
    )


@pytest.fixture
def text() -> ConsentText:
    return publish(1, dt.date(2024, 1, 1))


def test_consent_holds_that_was_withdrawn_only_after_the_year(student: User, text: ConsentText):
    agree(student, text, dt.date(2025, 9, 10), withdrawn=dt.date(2026, 1, 1))

    assert counts_of(YEAR) == {
        "Given in this year": [1, 0, 1],
        "Withdrawn in this year": [0, 0, 0],
        "Students with a consent": [1, 0, 1],
        "Students without a consent": [None, None, 0],
    }


def test_consent_to_an_earlier_text_holds_until_people_are_asked_again(
    student: User, text: ConsentText
):
    agree(student, text, dt.date(2025, 9, 10), by=ConsentGiver.GUARDIAN)
    publish(2, dt.date(2025, 10, 1))
    before = counts_of(YEAR)["Students with a consent"]
    publish(3, dt.date(2026, 1, 1), asks_again=True)
    later = counts_of(YEAR)["Students with a consent"]
    publish(4, dt.date(2025, 12, 31), asks_again=True)

    assert before == later == [0, 1, 1]
    assert counts_of(YEAR)["Students with a consent"] == [0, 0, 0]
    assert counts_of(YEAR)["Students without a consent"] == [None, None, 1]


def test_consent_of_the_school_year_before_is_missing_in_the_next(student: User, text: ConsentText):
    agree(student, text, dt.date(2025, 3, 1), school_year=SCHOOL_YEAR - 1)

    assert counts_of(YEAR)["Given in this year"] == [1, 0, 1]
    assert counts_of(YEAR)["Students with a consent"] == [0, 0, 0]


def test_consent_of_somebody_who_is_no_student_any_more_counts_for_the_year_alone(
    text: ConsentText,
):
    agree(UserFactory.create(), text, dt.date(2025, 9, 10))

    assert counts_of(YEAR)["Given in this year"] == [1, 0, 1]
    assert counts_of(YEAR)["Students with a consent"] == [0, 0, 0]
    assert counts_of(YEAR)["Students without a consent"] == [None, None, 0]


@pytest.mark.parametrize("seed", range(5))
def test_numbers_are_those_of_a_count_student_by_student(seed: int):
    dice = random.Random(seed)
    texts = [publish(number, day_in(2025, dice), asks_again=number == 2) for number in (1, 2, 3)]
    groups = [ClassGroupFactory.create() for _number in range(3)]
    for _number in range(8):
        person = UserFactory.create()
        for group in dice.sample(groups, dice.randrange(3)):
            MembershipFactory.create(user=person, class_group=group)
        for text in dice.sample(texts, dice.randrange(4)):
            given = day_in(dice.choice([2024, 2025, 2026]), dice)
            withdrawn = dice.choice([None, given + dt.timedelta(days=dice.randrange(1, 400))])
            year = dice.choice([SCHOOL_YEAR - 1, SCHOOL_YEAR, SCHOOL_YEAR])
            giver = dice.choice(list(ConsentGiver))
            agree(person, text, given, by=giver, withdrawn=withdrawn, school_year=year)

    assert counts_of(YEAR) == counted_one_by_one()


def day_in(year: int, dice: random.Random) -> dt.date:
    return dt.date(year, 1, 1) + dt.timedelta(days=dice.randrange(365))


def counted_one_by_one() -> dict[str, list[object]]:
    consents = list(Consent.objects.select_related("text"))

    def of_year(moments: list[tuple[str, dt.datetime | None]]) -> list[object]:
        givers = [giver for giver, at in moments if at and YEAR.since <= at < YEAR.until]
        return [*(givers.count(giver) for giver in ConsentGiver), len(givers)]

    students = {
        membership.user_id
        for group in ClassGroup.objects.all()
        for membership in group.memberships.all()
    }
    givers_of = {
        key: {
            consent.given_by for consent in consents if consent.person_id == key and held(consent)
        }
        for key in students
    }
    return {
        "Given in this year": of_year(
            [(consent.given_by, consent.given_at) for consent in consents]
        ),
        "Withdrawn in this year": of_year(
            [(consent.given_by, consent.withdrawn_at) for consent in consents]
        ),
        "Students with a consent": [
            *(sum(giver in givers for givers in givers_of.values()) for giver in ConsentGiver),
            sum(bool(givers) for givers in givers_of.values()),
        ],
        "Students without a consent": [
            *(None for _giver in ConsentGiver),
            sum(not givers for givers in givers_of.values()),
        ],
    }


def held(consent: Consent) -> bool:
    """Tell whether a consent held when the year ended."""
    was_asked_again = any(
        text.asks_again and text.published_at < YEAR.until and text.number > consent.text.number
        for text in ConsentText.objects.all()
    )
    was_withdrawn = consent.withdrawn_at is not None and consent.withdrawn_at < YEAR.until
    was_given = consent.school_year == SCHOOL_YEAR and consent.given_at < YEAR.until
    return was_given and not was_withdrawn and not was_asked_again
