from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.core.management.base import CommandError

from schedule.models import Term
from schedule.terms.bells.bell_times import MOST_BELLS
from tests.factories.schedule import TermFactory
from tests.support.commands import run

pytestmark = pytest.mark.both_databases("a command")


@pytest.fixture(autouse=True)
def _in_english(settings: Any) -> None:
    settings.LANGUAGE_CODE = "en"


def create(name: str = "2026年秋季学期", **given: str) -> str:
    options = {"first_monday": "2026-08-31", "weeks": "20"} | given
    words = [f"--{option.replace('_', '-')}={value}" for option, value in options.items()]
    return run("create_term", name, *words).stdout


def refusal(**given: str) -> str:
    with pytest.raises(CommandError) as refused:
        create(**given)
    return str(refused.value)


@pytest.mark.django_db
class TestMade:
    def test_says_its_days(self):
        assert create() == "term=2026年秋季学期 2026-08-31 2027-01-17\n"

        made = Term.objects.get()
        assert (made.name, made.weeks) == ("2026年秋季学期", 20)
        assert not made.bell_times.exists()

    def test_with_bell_times(self):
        create(bells="08:00-08:45,08:55-09:40")

        rows = Term.objects.get().bell_times.values_list("number", "starts", "ends")
        assert list(rows) == [
            (1, dt.time(8), dt.time(8, 45)),
            (2, dt.time(8, 55), dt.time(9, 40)),
        ]


@pytest.mark.django_db
class TestRefused:
    @pytest.fixture(autouse=True)
    def _nothing_is_made(self) -> Any:
        yield
        assert not Term.objects.filter(weeks=20).exists()

    @pytest.mark.parametrize(
        ("given", "told"),
        [
            (
                {"first_monday": "2026-09-01"},
                "First Monday: 2026-09-01 is a Tue. The Monday of that week is 2026-08-31.",
            ),
            ({"first_monday": "soon"}, "First Monday: Not a date such as 2024-09-02"),
            ({"weeks": "many"}, "Number of weeks: Enter a whole number."),
            (
                {"weeks": "54"},
                "Number of weeks: Ensure this value is less than or equal to 53.",
            ),
            ({"weeks": "0"}, "Number of weeks: Ensure this value is greater than or equal to 1."),
            ({"bells": "08:00"}, "--bells: “08:00” is no period such as 08:00-08:45."),
            (
                {"bells": "08:45-08:00"},
                "--bells: Period 1: The end does not lie after the start",
            ),
            (
                {"bells": "08:00-08:45,08:30-09:00"},
                "--bells: Period 2: The period before it ends later than this.",
            ),
            (
                {"bells": ",".join(f"{hour}:00-{hour}:45" for hour in range(MOST_BELLS + 1))},
                f"--bells: A day has {MOST_BELLS} periods at most.",
            ),
            ({"name": " "}, "Name: This field is required."),
        ],
    )
    def test_bad_input_is_said(self, given: dict[str, str], told: str):
        assert refusal(**given) == told

    def test_overlapping_term_is_named(self):
        TermFactory.create(name="暑期班", first_monday=dt.date(2026, 7, 6), weeks=9)

        assert refusal() == (
            "First Monday: This overlaps with the term “暑期班”, from 2026-07-06 to 2026-09-06."
        )


@pytest.mark.django_db
def test_name_is_there_once():
    create()

    assert refusal(first_monday="2027-03-01") == "Name: Another term has this name."


@pytest.mark.django_db
def test_faults_are_said_in_the_language_of_the_school(settings: Any):
    settings.LANGUAGE_CODE = "zh-hans"
    create()

    assert "与学期“2026年秋季学期”" in refusal(name="另一学期")
