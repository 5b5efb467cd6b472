"""The week and the day of one choice, which lead to each other."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
import time_machine
from django.test import Client

from accounts.models import User
from schedule.models import ClassGroup
from tests.cast import SignedIn
from tests.support.pages import Element, main

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_china")]

# A Wednesday.
NOW = dt.datetime(2026, 9, 2, 2, 5, tzinfo=dt.UTC)
WEEK = "/schedule/2026-09-02/"


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def page_of(client: Client, path: str) -> Element:
    answer = client.get(path)
    assert answer.status_code == 200
    return main(answer)


def test_week_and_day_of_a_choice_lead_to_each_other(
    signed_in: SignedIn, planner: User, teacher: User, class_group: ClassGroup
):
    client = signed_in(planner)
    for query in ("teacher=teacher", "class_group=%E4%B8%89%E5%B9%B4%E7%BA%A71%E7%8F%AD"):
        of_day = page_of(client, f"/schedule/today/?{query}&day=2026-09-02")
        of_week = page_of(client, f"{WEEK}?{query}")

        assert of_day.link("整周") == f"{WEEK}?{query}"
        days = [each.attrs["href"] for each in of_week.one("table").one("thead").all("a")]
        assert days[2] == f"/schedule/today/?{query}&day=2026-09-02"
        assert len(days) == 7, query


def test_own_week_has_no_days_of_its_own(signed_in: SignedIn, planner: User):
    assert page_of(signed_in(planner), WEEK).one("thead").all("a") == []


def test_day_of_the_whole_school_leads_to_its_week(signed_in: SignedIn, planner: User):
    page = page_of(signed_in(planner), "/schedule/today/?day=2026-09-02")

    assert page.link("整周") == "/schedule/matrix/2026-09-02/?span=week"
