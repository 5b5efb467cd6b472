"""The address that a family leaves for changes: asked, confirmed, changed, given up."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import SchoolSettings, User
from schedule.families.mailing.addresses import forget_unconfirmed, stop_token
from schedule.families.mailing.runs import mail_due
from schedule.families.mailing.views import mail_section
from schedule.models import FamilyAddress, FamilyLink
from tests.factories.accounts import UserFactory
from tests.support.families import FamilyOf, make_family, phone
from tests.support.family_mails import EMAIL, confirmed_address, path_in, sent
from tests.support.pages import read

pytestmark = pytest.mark.django_db

ENGLISH = "en-GB,en;q=0.9"
DAY = dt.timedelta(days=1)
WISH = {"email": EMAIL, "how": "at_once", "language": "en"}


@pytest.fixture
def child() -> User:
    return UserFactory.create(display_name="林小满")


@pytest.fixture
def family(child: User) -> FamilyOf:
    return make_family(child)


@pytest.fixture
def browser(family: FamilyOf) -> Client:
    return family.has_opened(ENGLISH)


def text_of(answer: Any) -> str:
    return read(answer.content).one("main").text


def left(family: FamilyOf, browser: Client, **fields: str) -> Any:
    return browser.post(f"{family.page}mail/", {**WISH, **fields})


class TestLeaving:
    def test_address_is_asked_before_it_is_told_anything(self, family: FamilyOf, browser: Client):
        answer = left(family, browser)

        assert answer.status_code == 303
        assert answer["Location"].startswith(family.page)
        (body,) = sent()
        (message,) = mail.outbox
        assert message.to == [EMAIL]
        assert message.subject == "云课堂: confirm this address"
        assert "林小满" in body
        assert family.token not in body
        assert not FamilyAddress.objects.get().is_confirmed
        assert f"A mail is on its way to {EMAIL}" in text_of(browser.get(family.page))
        assert sent() == [body]

    def test_its_token_is_in_no_table(self, family: FamilyOf, browser: Client):
        left(family, browser)
        (body,) = sent()
        token = path_in(body, "/family/confirm/").split("/")[-2]

        assert len(token) == 32
        assert token not in str(FamilyAddress.objects.values().get())

    @pytest.mark.parametrize(
        ("sent_fields", "is_daily", "language"),
        [
            ({"how": "daily"}, True, "en"),
            ({"how": ""}, True, "en"),
            ({"how": "at_once", "language": "zh-hans"}, False, "zh-hans"),
            ({"language": ""}, False, "en"),
        ],
    )
    def test_family_chooses_how_often_and_in_which_language(
        self,
        family: FamilyOf,
        browser: Client,
        sent_fields: dict[str, str],
        is_daily: bool,
        language: str,
    ):
        left(family, browser, **sent_fields)

        address = FamilyAddress.objects.get()
        assert (address.is_daily, address.language) == (is_daily, language)

    @pytest.mark.parametrize(
        "fields",
        [
            {"email": "mother"},
            {"email": ""},
            {"email": f"{'a' * 300}@home.example"},
            {"email": f"a@home.example\nBcc: {EMAIL}"},
            {"how": "hourly"},
            {"language": "tlh"},
        ],
    )
    def test_bad_values_are_said_and_lose_nothing(
        self, family: FamilyOf, browser: Client, fields: dict[str, str]
    ):
        answer = left(family, browser, **fields)

        assert answer.status_code == 422
        assert not FamilyAddress.objects.exists()
        page = read(answer.content)
        assert page.all("ul", "errors")
        value = page.one("input", name="email").attrs.get("value", "")
        assert value.split("\n")[0] == {**WISH, **fields}["email"].split("\n")[0]

    def test_other_wish_of_a_confirmed_address_is_not_asked_again(
        self, family: FamilyOf, browser: Client
    ):
        confirmed_address(family.link)

        left(family, browser, email=EMAIL.upper(), how="daily", language="zh-hans")

        address = FamilyAddress.objects.get()
        assert address.is_confirmed
        assert (address.is_daily, address.language) == (True, "zh-hans")
        assert sent() == []

    def test_other_address_is_asked_and_the_old_one_is_told_nothing_more(
        self, family: FamilyOf, browser: Client
    ):
        confirmed_address(family.link)

        left(family, browser, email="father@home.example")

        assert not FamilyAddress.objects.get().is_confirmed
        sent()
        assert [message.to for message in mail.outbox] == [["father@home.example"]]

    def test_family_of_several_comes_back_to_the_child(self, child: User):
        sibling = UserFactory.create()
        family = make_family(child, sibling)
        browser, page = family.has_opened(ENGLISH), f"{family.page}?child={sibling.code}"
        form = f"{family.page}mail/?child={sibling.code}"

        assert form in browser.get(page).content.decode()
        assert page in browser.get(form).content.decode()
        assert browser.post(form, WISH)["Location"] == f"{page}#family-mail"
        assert browser.post(form, {"end": "1"})["Location"] == f"{page}#family-mail"
        assert browser.post(f"{family.page}mail/?child=none", WISH).status_code == 404

    def test_family_comes_back_to_what_the_page_says_of_its_address(
        self, family: FamilyOf, browser: Client
    ):
        for fields, said in (
            ({}, f"on its way to {EMAIL}"),
            ({"end": "1"}, "Leave a mail address"),
        ):
            address, _hash, place = left(family, browser, **fields)["Location"].partition("#")
            page = read(browser.get(address).content)
            (section,) = page.all("section", **{"aria-labelledby": place})

            assert section.all(id=place)
            assert said in section.text

    def test_three_mails_a_day_ask_and_no_more(self, family: FamilyOf, browser: Client):
        answers = []
        for number in range(4):
            answers.append(left(family, browser, email=f"{number}@home.example"))
            mail_due(timezone.now())
            # Deleting it is no way round.
            browser.post(f"{family.page}mail/", {"end": "1"})

        assert [answer.status_code for answer in answers] == [303, 303, 303, 422]
        assert "3 mails have asked for a confirmation within a day" in text_of(answers[3])
        assert len(mail.outbox) == 3
        with time_machine.travel(timezone.now() + 1.01 * DAY):
            assert left(family, browser).status_code == 303

    def test_another_link_has_its_own_count(self, child: User, family: FamilyOf, browser: Client):
        for _ in range(3):
            left(family, browser)
        other = make_family(child, label="爸爸")

        assert left(other, other.has_opened(ENGLISH)).status_code == 303

    def test_address_is_kept_with_the_link_of_this_family_alone(
        self, family: FamilyOf, browser: Client
    ):
        other = make_family(UserFactory.create())
        left(family, browser)

        assert EMAIL not in text_of(other.has_opened(ENGLISH).get(f"{other.page}mail/"))

    def test_browser_that_has_not_opened_the_link_is_led_to_the_button(self, family: FamilyOf):
        answers = [phone().get(f"{family.page}mail/"), left(family, phone())]

        assert [answer.status_code for answer in answers] == [303, 303]
        assert [answer["Location"] for answer in answers] == [family.page] * 2
        assert not FamilyAddress.objects.exists()

    def test_form_is_not_there_where_no_mail_is_sent(
        self, family: FamilyOf, browser: Client, settings: Any
    ):
        settings.SENDS_MAIL = False

        assert left(family, browser).status_code == 404
        assert "Changes by mail" not in text_of(browser.get(family.page))

    def test_link_that_ends_takes_its_mail_that_asks_along(self, family: FamilyOf, browser: Client):
        left(family, browser)
        FamilyLink.objects.update(ended_at=timezone.now())

        assert sent() == []

    def test_section_of_the_page_takes_one_query(
        self,
        family: FamilyOf,
        child: User,
        django_assert_num_queries: DjangoAssertNumQueries,
    ):
        with django_assert_num_queries(1):
            mail_section(child, family.link, family.token, SchoolSettings(), timezone.now())


class TestConfirming:
    @pytest.fixture
    def path(self, family: FamilyOf, browser: Client) -> str:
        left(family, browser)
        (body,) = sent()
        return path_in(body, "/family/confirm/")

    def test_button_confirms_in_any_browser(self, path: str):
        page = phone(ENGLISH).get(path)
        answer = phone(ENGLISH).post(path)

        assert EMAIL in text_of(page)
        assert answer.status_code == 303
        assert FamilyAddress.objects.get().is_confirmed
        after = phone(ENGLISH).get(answer["Location"])
        assert "Your address is confirmed" in text_of(after)
        assert f"Changes are mailed to {EMAIL} as they come." in text_of(after)
        assert sent() == [str(mail.outbox[0].body)]

    def test_programs_that_look_at_links_change_nothing(self, path: str):
        answers = [getattr(phone(), way)(path) for way in ("get", "head") * 5]

        assert {answer.status_code for answer in answers} == {200}
        assert not FamilyAddress.objects.get().is_confirmed

    def test_address_that_was_cut_works(self, path: str):
        assert phone().get(path.rstrip("/")).status_code == 200

    def test_works_once_and_for_three_days(self, path: str):
        with time_machine.travel(timezone.now() + 3 * DAY):
            assert phone().post(path).status_code == 404
        assert phone().post(path).status_code == 303
        assert phone().post(path).status_code == 404

    def test_first_mail_does_not_confirm_another_address(
        self, path: str, family: FamilyOf, browser: Client
    ):
        left(family, browser, email="father@home.example")

        assert phone().post(path).status_code == 404
        assert not FamilyAddress.objects.get().is_confirmed

    def test_link_that_has_ended_confirms_nothing(self, path: str):
        FamilyLink.objects.update(ended_at=timezone.now())

        assert phone().post(path).status_code == 404

    @pytest.mark.parametrize("token", ["x", "A" * 32, "../../admin", "%00", "家"])
    def test_unknown_is_a_page_in_words(self, token: str, db: None):
        answer = phone(ENGLISH).get(f"/family/confirm/{token}/")

        assert answer.status_code == 404
        assert read(answer.content).all("h1")

    def test_page_leaves_no_trace(self, path: str):
        answer = phone().get(path)

        assert answer["Referrer-Policy"] == "no-referrer"
        assert "no-store" in answer["Cache-Control"]


class TestGivingUp:
    def test_on_the_page_of_the_family(self, family: FamilyOf, browser: Client):
        confirmed_address(family.link)

        answer = browser.post(f"{family.page}mail/", {"end": "1"})

        assert answer.status_code == 303
        assert not FamilyAddress.objects.exists()
        assert "Leave a mail address" in text_of(browser.get(family.page))

    def test_what_counts_mails_that_asked_keeps_no_address(self, family: FamilyOf, browser: Client):
        left(family, browser)
        sent()
        browser.post(f"{family.page}mail/", {"end": "1"})

        row = FamilyAddress.objects.get()
        assert (row.email, row.token_digest, row.due_at) == ("", "", None)
        assert EMAIL not in text_of(browser.get(f"{family.page}mail/"))
        assert forget_unconfirmed(timezone.now() + 7.1 * DAY) == 1

    def test_by_the_link_of_a_mail_in_any_browser(self, family: FamilyOf):
        path = stop_path(confirmed_address(family.link))

        page = phone(ENGLISH).get(path)
        assert FamilyAddress.objects.exists()
        answers = [phone(ENGLISH).post(path) for _ in range(2)]

        assert EMAIL in text_of(page)
        assert [answer.status_code for answer in answers] == [200, 200]
        assert all("No mails go to this address any more" in text_of(answer) for answer in answers)
        assert not FamilyAddress.objects.exists()

    def test_by_the_button_of_a_mail_program(self, family: FamilyOf):
        path = stop_path(confirmed_address(family.link))

        Client(enforce_csrf_checks=True).post(path, {"List-Unsubscribe": "One-Click"})

        assert not FamilyAddress.objects.exists()

    def test_link_of_an_earlier_address_does_not_end_the_present_one(
        self, family: FamilyOf, browser: Client
    ):
        path = stop_path(confirmed_address(family.link))
        left(family, browser, email="father@home.example")

        answer = phone(ENGLISH).post(path)

        assert "father@home.example" not in text_of(answer)
        assert FamilyAddress.objects.get().email == "father@home.example"

    def test_unknown_is_404(self, family: FamilyOf):
        path = stop_path(confirmed_address(family.link))

        assert phone().post(f"{path[:-2]}x/").status_code == 404
        assert FamilyAddress.objects.exists()

    def test_unconfirmed_ones_go_after_a_week(self, family: FamilyOf, browser: Client):
        left(family, browser)
        confirmed_address(make_family(UserFactory.create()).link)

        assert forget_unconfirmed(timezone.now() + 6.9 * DAY) == 0
        assert forget_unconfirmed(timezone.now() + 7.1 * DAY) == 1
        assert FamilyAddress.objects.get().is_confirmed


def stop_path(address: FamilyAddress) -> str:
    return f"/family/stop/{stop_token(address)}/"
