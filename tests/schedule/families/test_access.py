"""Links of families that are cut, guessed, or no longer valid: one page in words, and bounded."""

from __future__ import annotations

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from edu_platform.lib import guesses
from edu_platform.lib.secret_tokens import make_secret_token
from schedule.models import CalendarFeed, FamilyLink
from tests.factories.accounts import UserFactory
from tests.support.families import FamilyOf, make_family, phone

pytestmark = pytest.mark.django_db
EN = "en"


@pytest.fixture
def family() -> FamilyOf:
    return make_family(UserFactory.create(display_name="林小满"))


def heard_at(path: str) -> tuple[int, bool]:
    """Return the status, and whether the page says what to do."""
    answer = phone(EN).get(path)
    return answer.status_code, "ask the class teacher for a new link" in answer.content.decode()


@pytest.mark.parametrize(
    "rest", ["", "。", "/。", ")", "/），请打开", "%20", "/feed", "/none/", ".", "…"]
)
def test_address_with_something_behind_it_leads_to_the_page(family: FamilyOf, rest: str):
    answer = phone().get(f"/family/{family.token}{rest}")

    assert (answer.status_code, answer["Location"]) == (303, family.page)
    assert answer["Referrer-Policy"] == "no-referrer"


def test_cut_and_guessed_addresses_are_one_page_that_says_what_to_do(family: FamilyOf):
    cut = [
        f"/family/{family.token[:-1]}/",
        f"/family/{family.token[:-1]}",
        f"/family/{family.token[:5]}。",
        f"/family/{family.token}x/",
        f"/family/{make_secret_token()}/",
        "/family/",
        "/family/none/feed/",
        "/family/\0/",
        "/family/%ff/",
        f"/family/{'a' * 5000}/",
    ]

    assert [heard_at(path) for path in cut] == [(404, True)] * len(cut)


def test_link_that_was_ended_is_gone_for_browsers_that_had_opened_it_too(family: FamilyOf):
    browser = family.has_opened()
    FamilyLink.objects.update(ended_at=timezone.now())

    assert browser.get(family.page).status_code == 404
    assert browser.post(family.page).status_code == 404
    assert browser.post(f"{family.page}feed/").status_code == 404
    assert not CalendarFeed.objects.exists()


def test_page_of_a_broken_link_says_nothing_of_the_school(family: FamilyOf):
    assert "云课堂" not in phone().get(f"/family/{family.token[:-1]}/").content.decode()


@pytest.mark.usefixtures("valkey")
class TestGuesses:
    @pytest.fixture(autouse=True)
    def _few_at_most(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(guesses, "WRONG_AT_MOST", 3)

    def guess(self) -> int:
        return phone().get(f"/family/{make_secret_token()}/").status_code

    def test_they_are_refused_once_there_were_too_many_without_a_query(
        self, django_assert_num_queries: DjangoAssertNumQueries
    ):
        assert [self.guess() for _time in range(3)] == [404] * 3

        with django_assert_num_queries(0):
            answer = phone().get(f"/family/{make_secret_token()}/")

        assert answer.status_code == 429
        assert int(answer["Retry-After"]) > 0
        assert answer["Referrer-Policy"] == "no-referrer"

    def test_each_costs_one_query(self, django_assert_num_queries: DjangoAssertNumQueries):
        with django_assert_num_queries(1):
            self.guess()
        with django_assert_num_queries(0):
            phone().get("/family/cut/")

    def test_family_that_has_opened_its_link_is_not_shut_out_by_others_behind_its_address(
        self, family: FamilyOf
    ):
        browser = family.has_opened()
        for _time in range(4):
            self.guess()

        assert "林小满" in browser.get(family.page).content.decode()
        assert browser.get(f"/family/{make_secret_token()}/").status_code == 429

    def test_link_that_worked_of_late_passes_in_any_browser_and_a_first_use_waits(
        self, family: FamilyOf
    ):
        unused = make_family(UserFactory.create())
        phone().get(family.page)
        for _time in range(4):
            self.guess()

        assert phone().get(unused.page).status_code == 429
        family.has_opened()
        FamilyLink.objects.update(ended_at=timezone.now())
        assert [phone().get(family.page).status_code for _time in range(2)] == [404, 429]

    def test_address_that_is_only_led_elsewhere_does_not_pass(
        self, django_assert_num_queries: DjangoAssertNumQueries
    ):
        token = make_secret_token()
        assert phone().get(f"/family/{token}").status_code == 303
        assert phone().get(f"/family/{token}/mail/").status_code == 404
        for _time in range(3):
            self.guess()

        with django_assert_num_queries(0):
            assert phone().get(f"/family/{token}/").status_code == 429

    def test_links_that_work_are_no_guesses(self, family: FamilyOf):
        statuses = [phone().get(family.page).status_code for _time in range(5)]

        assert statuses == [200] * 5
