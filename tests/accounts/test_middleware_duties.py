"""Duties before any other page opens: a password of their own, then a compulsory second factor."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import SchoolSettings, User
from schedule.models import Lesson
from tests.cast import SignedIn
from tests.support.second_factor import SET_UP, give_second_factor, make_compulsory

pytestmark = pytest.mark.django_db

HOME = "/schedule/"
PAGES = (
    *("/", HOME, "/replays/", "/courseware/", "/accounts/profile/", "/accounts/notices/"),
    *("/admin/", "/admin/accounts/user/", "/accounts/second-factor/", "/accounts/password/set/"),
    "/nowhere/",
)
STAFF = ("planner", "administrator", "superuser")
OTHERS = ("student", "teacher", "supervisor")


def queries_of(client: Client, path: str) -> int:
    with CaptureQueriesContext(connection) as made:
        client.get(path)
    return len(made)


@pytest.fixture(params=STAFF)
def staff(request: pytest.FixtureRequest) -> User:
    person: User = request.getfixturevalue(request.param)
    return person


class TestCompulsorySecondFactor:
    def test_every_page_leads_to_where_it_is_set_up(self, signed_in: SignedIn, staff: User):
        make_compulsory()
        client = signed_in(staff)

        led_to = {path: client.get(path).get("Location") for path in PAGES}
        written = client.post("/accounts/notices/read/")

        assert led_to == dict.fromkeys(PAGES, SET_UP)
        assert written["Location"] == SET_UP

    def test_that_page_the_way_out_and_the_language_are_open(
        self, signed_in: SignedIn, staff: User
    ):
        make_compulsory()
        client = signed_in(staff)

        assert client.get(SET_UP).status_code == 200
        assert client.post("/language/", {"language": "en"})["Location"] != SET_UP
        assert client.post("/accounts/logout/")["Location"] == "/accounts/login/"

    def test_who_has_one_is_not_kept(self, signed_in: SignedIn, staff: User):
        make_compulsory()
        give_second_factor(staff)

        assert signed_in(staff).get(HOME).status_code == 200

    def test_begins_at_the_next_page_and_ends_with_the_setting(
        self, signed_in: SignedIn, planner: User
    ):
        client = signed_in(planner)
        assert client.get(HOME).status_code == 200

        make_compulsory()
        assert client.get(HOME)["Location"] == SET_UP

        SchoolSettings.objects.update(second_factor_is_compulsory=False)
        assert client.get(HOME).status_code == 200

    def test_start_password_comes_first(self, signed_in: SignedIn, planner: User):
        make_compulsory()
        planner.set_password("start password")
        planner.must_change_password = True
        planner.save()
        client = signed_in(planner)

        assert client.get(HOME)["Location"] == "/accounts/password/change/"
        assert client.get(SET_UP)["Location"] == "/accounts/password/change/"

    @pytest.mark.parametrize("who", OTHERS)
    def test_concerns_nobody_else_and_costs_them_nothing(
        self, signed_in: SignedIn, lesson: Lesson, request: pytest.FixtureRequest, who: str
    ):
        client = signed_in(request.getfixturevalue(who))
        client.get(HOME)
        before = queries_of(client, HOME)

        make_compulsory()

        assert client.get(HOME).status_code == 200
        assert queries_of(client, HOME) == before

    def test_costs_staff_nothing_once_it_is_known(self, signed_in: SignedIn, planner: User):
        client = signed_in(planner)
        client.get(HOME)
        before = queries_of(client, HOME)
        give_second_factor(planner)

        make_compulsory()

        client.get(HOME)
        assert queries_of(client, HOME) <= before

    def test_leaves_callbacks_alone(self, settings: Any, planner: User, signed_in: SignedIn):
        make_compulsory()

        assert signed_in(planner).post("/callbacks/classroom/").status_code == 400
