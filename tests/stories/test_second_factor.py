"""The second factor is asked for at every way of signing in, each code opens once, and nothing leads round it."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any
from urllib.parse import unquote

import pytest
import time_machine
from django.core import mail
from django.test import Client
from django.utils import timezone

from accounts.enums import AuditKind, Role
from accounts.models import AuditEntry, User
from accounts.services.leaving import deactivate_people
from accounts.services.start_passwords import give_start_passwords, make_start_passwords
from accounts.sign_in.password_mails import send_requested
from tests.factories.accounts import UserFactory
from tests.support.second_factor import CODE, Factor, give_second_factor, type_code
from tests.support.threads import all_at_once

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_counts_of_others")]

LOGIN = "/accounts/login/"
PASSWORD = "correct horse battery"
HOME = "/schedule/"
STAFF_PAGE = "/people/"
WRONG = "这个验证码不正确，或已经用过。请等待下一个验证码。"
TOO_MANY = "错误的验证码过多。请等待至少一刻钟，然后重试。"


@pytest.fixture
def chief(db: None) -> User:
    return UserFactory.create(
        username="chief",
        display_name="孙教务",
        password=PASSWORD,
        roles=[Role.PLANNER],
        email="chief@school.example",
    )


@pytest.fixture
def factor(chief: User) -> Factor:
    return give_second_factor(chief)


def at_the_code(**extra: str) -> Client:
    """A browser in which the password was right."""
    client = Client()
    answer = client.post(LOGIN, {"login": "chief", "password": PASSWORD, **extra})
    assert answer["Location"] == CODE
    return client


def is_signed_in(client: Client) -> bool:
    return client.get(HOME).status_code == 200


def errors_of(answer: Any) -> list[str]:
    return [str(text) for text in answer.context["form"].errors.get("code", [])]


class TestWaysOfSigningIn:
    def test_password_page(self, factor: Factor):
        client = at_the_code()
        assert not is_signed_in(client)

        answer = type_code(client, factor.code())

        assert answer["Location"] == "/"
        assert is_signed_in(client)

    def test_page_that_was_asked_for_is_reached_at_last(self, factor: Factor):
        client = at_the_code(next=STAFF_PAGE)

        answer = type_code(client, factor.code())

        assert answer["Location"] == STAFF_PAGE
        assert client.get(STAFF_PAGE).status_code == 200

    def test_administration(self, factor: Factor):
        answer = Client().get(f"/admin/login/?next={STAFF_PAGE}")
        assert unquote(answer["Location"]) == f"{LOGIN}?next={STAFF_PAGE}"

        client = at_the_code(next=STAFF_PAGE)

        answer = client.get("/admin/login/")
        assert answer["Location"].startswith(LOGIN)
        assert client.get(STAFF_PAGE)["Location"].startswith(LOGIN)
        type_code(client, factor.code())
        assert client.get(STAFF_PAGE).status_code == 200

    def test_code_page_is_for_those_whose_password_was_right(self, factor: Factor):
        assert Client().get(CODE)["Location"] == LOGIN
        assert type_code(Client(), factor.code())["Location"] == LOGIN

    def test_password_by_mail_leads_to_the_code_too(self, factor: Factor, settings: Any):
        settings.SENDS_MAIL = True
        client = Client()
        client.post("/accounts/password/reset/", {"email": "chief@school.example"})
        send_requested(timezone.now())
        found = re.search(r"/accounts/password/reset/key/\S+", str(mail.outbox[0].body))
        assert found is not None
        form = client.get(found[0])["Location"]

        client.post(form, {"password1": "another horse", "password2": "another horse"})

        assert not is_signed_in(client)
        answer = client.post(LOGIN, {"login": "chief", "password": "another horse"})
        assert answer["Location"] == CODE

    def test_somebody_else_can_sign_in_instead(self, factor: Factor):
        UserFactory.create(username="other", password=PASSWORD)
        client = at_the_code()

        client.post("/accounts/logout/", {"next": LOGIN})

        assert client.get(CODE)["Location"] == LOGIN
        client.post(LOGIN, {"login": "other", "password": PASSWORD})
        assert is_signed_in(client)

    def test_right_password_waits_for_its_code_a_quarter_of_an_hour(self, factor: Factor):
        client = at_the_code()

        with time_machine.travel(timezone.now() + dt.timedelta(minutes=16)):
            assert client.get(CODE)["Location"] == LOGIN
            assert type_code(client, factor.code())["Location"] == LOGIN
            assert not is_signed_in(client)

    def test_right_password_that_is_replaced_meanwhile_opens_nothing(
        self, chief: User, factor: Factor
    ):
        """Replace it, as when staff hear that somebody else knows it."""
        client = at_the_code()
        give_start_passwords(make_start_passwords([chief]), by=None)

        answer = type_code(client, factor.code())

        assert answer["Location"] == LOGIN
        assert not is_signed_in(client)
        assert not AuditEntry.objects.filter(kind=AuditKind.SIGNED_IN).exists()

    def test_account_that_is_closed_meanwhile_is_not_signed_in(self, chief: User, factor: Factor):
        client = at_the_code()
        deactivate_people([chief], by=None)

        answer = type_code(client, factor.code())

        assert answer["Location"] == LOGIN
        assert not AuditEntry.objects.filter(kind=AuditKind.SIGNED_IN).exists()

    def test_browser_is_not_trusted_the_next_time(self, factor: Factor):
        client = at_the_code()
        type_code(client, factor.code())
        client.post("/accounts/logout/")

        answer = client.post(LOGIN, {"login": "chief", "password": PASSWORD})

        assert answer["Location"] == CODE

    def test_factor_that_is_taken_away_meanwhile_is_no_longer_asked_for(
        self, chief: User, factor: Factor
    ):
        client = at_the_code()
        chief.authenticator_set.all().delete()

        assert client.get(CODE)["Location"] == LOGIN


class TestCode:
    @pytest.mark.parametrize(("steps_on", "opens"), [(-2, False), (-1, True), (1, True), (2, False)])  # fmt: skip
    def test_of_a_clock_that_is_half_a_minute_off_is_taken(
        self, factor: Factor, steps_on: int, opens: bool
    ):
        with time_machine.travel(timezone.now(), tick=False):
            client = at_the_code()

            type_code(client, factor.code(steps_on=steps_on))

            assert is_signed_in(client) is opens

    @pytest.mark.parametrize(
        "written", ["{0}{1}", "{0} {1}", " {0}-{1} ", "{0}　{1}"], ids=["plain", "blank", "hyphen", "wide"]
    )  # fmt: skip
    def test_is_read_as_people_write_it(self, factor: Factor, written: str):
        client = at_the_code()
        code = factor.code()

        type_code(client, written.format(code[:3], code[3:]))

        assert is_signed_in(client)

    def test_of_wide_digits_is_the_same(self, factor: Factor):
        client = at_the_code()
        wide = str.maketrans("0123456789", "０１２３４５６７８９")

        type_code(client, factor.code().translate(wide))

        assert is_signed_in(client)

    def test_opens_once_as_long_as_it_would_hold(self, factor: Factor):
        """Half a minute later too, when the same code is still that of a slow clock."""
        with time_machine.travel(timezone.now(), tick=False) as clock:
            code = factor.code(steps_on=1)
            type_code(at_the_code(), code)
            clock.shift(31)
            second = at_the_code()

            answer = type_code(second, code)

            assert errors_of(answer) == [WRONG]
            assert not is_signed_in(second)
            clock.shift(31)
            type_code(second, factor.code())
            assert is_signed_in(second)

    def test_of_an_earlier_moment_does_not_open_after_a_later_one(self, factor: Factor):
        type_code(at_the_code(), factor.code(steps_on=1))
        client = at_the_code()

        type_code(client, factor.code(steps_on=-1))

        assert not is_signed_in(client)

    def test_ten_wrong_ones_and_no_other_of_this_person_is_taken_for_a_while(self, factor: Factor):
        other = UserFactory.create(username="other", password=PASSWORD)
        others = give_second_factor(other, "KRSXG5BAKRSXG5BAKRSXG5BAKRSXG5BA")
        with time_machine.travel(timezone.now(), tick=False) as clock:
            browsers = [at_the_code(), at_the_code()]
            answers = [type_code(client, factor.wrong) for _ in range(5) for client in browsers]
            client = at_the_code()

            answer = type_code(client, factor.code())

            assert {text for each in answers for text in errors_of(each)} == {WRONG}
            assert errors_of(answer) == [TOO_MANY]
            assert errors_of(type_code(client, factor.recovery_codes[0])) == [TOO_MANY]
            assert not is_signed_in(client)
            another_persons = Client()
            another_persons.post(LOGIN, {"login": "other", "password": PASSWORD})
            type_code(another_persons, others.code())
            assert is_signed_in(another_persons)
            clock.shift(dt.timedelta(minutes=16))
            client = at_the_code()
            type_code(client, factor.code())
            assert is_signed_in(client)

    def test_right_one_begins_the_count_anew(self, factor: Factor):
        with time_machine.travel(timezone.now(), tick=False) as clock:
            for times in (9, 2):
                client = at_the_code()
                for _ in range(times):
                    type_code(client, factor.wrong)
                type_code(client, factor.code())
                assert is_signed_in(client)
                clock.shift(61)


class TestRecoveryCode:
    def test_opens_once(self, factor: Factor):
        first, second = at_the_code(), at_the_code()

        type_code(first, factor.recovery_codes[3])
        type_code(second, factor.recovery_codes[3])

        assert is_signed_in(first)
        assert not is_signed_in(second)
        type_code(second, factor.recovery_codes[4])
        assert is_signed_in(second)

    def test_is_read_in_two_halves_as_it_is_shown(self, factor: Factor):
        client, code = at_the_code(), factor.recovery_codes[0]

        type_code(client, f"{code[:4]} {code[4:]}")

        assert is_signed_in(client)

    def test_of_another_person_opens_nothing(self, factor: Factor):
        other = give_second_factor(UserFactory.create(username="other"))
        client = at_the_code()

        type_code(client, other.recovery_codes[0])

        assert not is_signed_in(client)


@pytest.mark.django_db(transaction=True)
@pytest.mark.both_databases("two transactions meet at one row")
@pytest.mark.parametrize("kind", ["app", "recovery"])
def test_of_two_who_bring_one_code_at_the_same_moment_one_comes_in(
    chief: User, factor: Factor, kind: str
):
    clients = [at_the_code() for _ in range(2)]
    code = factor.code() if kind == "app" else factor.recovery_codes[0]

    all_at_once(lambda client: type_code(client, code), clients)

    assert sorted(is_signed_in(client) for client in clients) == [False, True]
