"""One's own second factor: set up, kept, renewed and removed by who proves to be the person."""

from __future__ import annotations

import datetime as dt
from typing import Any
from urllib.parse import unquote

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.test import Client
from django.utils import timezone

from accounts.enums import AuditKind, Role
from accounts.models import AuditEntry, Notice, SchoolSettings, User
from accounts.views import second_factor
from tests.cast import SignedIn
from tests.factories.accounts import UserFactory
from tests.support.pages import Element, read
from tests.support.second_factor import (
    CODE,
    SET_UP,
    code_of,
    give_second_factor,
    kinds_kept_of,
    make_compulsory,
    type_code,
    wrong_code,
)
from tests.support.threads import all_at_once

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_counts_of_others")]

LOGIN = "/accounts/login/"
PASSWORD = "correct horse battery"
OVERVIEW = "/accounts/second-factor/"
REMOVE = "/accounts/second-factor/remove/"
CODES = "/accounts/second-factor/recovery-codes/"
NEW_CODES = "/accounts/second-factor/recovery-codes/new/"
PASSWORD_AGAIN = "/accounts/reauthenticate/"
CODE_AGAIN = "/accounts/second-factor/code-again/"
LONG_AGO = dt.timedelta(minutes=20)


@pytest.fixture
def chief(db: None) -> User:
    return UserFactory.create(
        username="chief", display_name="孙教务", password=PASSWORD, roles=[Role.PLANNER]
    )


@pytest.fixture
def client(chief: User) -> Client:
    """A browser in which the planner signed in a moment ago."""
    opened = Client()
    opened.post(LOGIN, {"login": "chief", "password": PASSWORD})
    return opened


def set_up(client: Client) -> str:
    """Set the second factor up by what the page shows, and return its secret."""
    secret = secret_of(client)
    answer = client.post(SET_UP, {"code": code_of(secret)})
    assert answer["Location"] == CODES
    return secret


def secret_of(client: Client) -> str:
    return read(client.get(SET_UP).content).one("span", id="secret").text


def codes_shown(client: Client) -> list[str]:
    shown = read(client.get(CODES).content).all("textarea", id="recovery-codes")
    return [line.replace(" ", "") for each in shown for line in lines_of(each)]


def lines_of(element: Element) -> list[str]:
    return "".join(each for each in element.children if isinstance(each, str)).splitlines()


def logged() -> list[tuple[str, User | None, User | None]]:
    return [(each.kind, each.actor, each.person) for each in AuditEntry.objects.order_by("pk")]


class TestSetUp:
    def test_is_done_by_a_code_of_the_app_and_told(self, client: Client, chief: User):
        before = len(logged())
        secret = set_up(client)

        assert kinds_kept_of(chief) == {"totp", "recovery_codes"}
        assert logged()[before:] == [(AuditKind.SECOND_FACTOR_ADDED, chief, chief)]
        assert Notice.objects.get(user=chief).address == OVERVIEW
        client.post("/accounts/logout/")
        client.post(LOGIN, {"login": "chief", "password": PASSWORD})
        assert type_code(client, code_of(secret, steps_on=1))["Location"] == "/"

    def test_ends_the_sign_ins_that_showed_none(self, client: Client):
        """One of them may be of somebody who knows the password."""
        make_compulsory()
        other = Client()
        other.post(LOGIN, {"login": "chief", "password": PASSWORD})

        set_up(client)

        assert other.get("/people/")["Location"].startswith("/accounts/login/")
        assert client.get("/people/").status_code == 200

    def test_code_of_the_set_up_does_not_open_the_door_as_well(self, client: Client):
        with time_machine.travel(timezone.now(), tick=False):
            secret = set_up(client)
            client.post("/accounts/logout/")
            client.post(LOGIN, {"login": "chief", "password": PASSWORD})

            assert type_code(client, code_of(secret)).status_code == 200

    def test_wrong_code_sets_nothing_up_and_keeps_the_secret(self, client: Client, chief: User):
        secret = secret_of(client)

        answer = client.post(SET_UP, {"code": wrong_code(secret)})

        page = read(answer.content)
        assert page.one("span", id="secret").text == secret
        assert "value" not in page.one("input", id="id_code").attrs
        assert page.one("div", id="id_code_error").text.startswith("这个验证码不正确")
        assert kinds_kept_of(chief) == set()

    def test_page_shows_the_secret_in_groups_and_as_a_picture_beside_a_field_for_codes(
        self, client: Client
    ):
        page = read(client.get(SET_UP).content)

        groups = page.one("span", id="secret").text.split()
        assert [len(group) for group in groups] == [4] * 8
        assert page.one("img", "qr").attrs["src"].startswith("data:image/svg+xml;base64,")
        way = page.link("在本设备上打开应用")
        assert way.startswith("otpauth://totp/chief?")
        assert "".join(groups) in way
        field = page.one("input", id="id_code")
        assert field.attrs["autocomplete"] == "one-time-code"
        assert field.attrs["inputmode"] == "numeric"
        assert field.attrs["aria-describedby"] == "id_code_helptext"
        assert "placeholder" not in field.attrs

    def test_picture_in_the_page_is_allowed_there_alone(self, client: Client):
        assert "img-src 'self' *.qcloudclass.com data:" in policy_of(client, SET_UP)
        for path in (OVERVIEW, "/accounts/profile/", "/schedule/"):
            assert "data:" not in policy_of(client, path)

    def test_second_click_leads_to_what_is_set_up(self, client: Client):
        secret = set_up(client)

        assert client.get(SET_UP)["Location"] == OVERVIEW
        assert client.post(SET_UP, {"code": code_of(secret)})["Location"] == OVERVIEW

    def test_is_open_to_everybody(self, student: User, teacher: User):
        for person in (student, teacher):
            person.set_password(PASSWORD)
            person.save()
            client = Client()
            client.post(LOGIN, {"login": person.username, "password": PASSWORD})

            set_up(client)

            assert "totp" in kinds_kept_of(person), person


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_once_set_it_up_once(client: Client, chief: User) -> None:
    code = code_of(secret_of(client))

    answers = all_at_once(lambda _n: client.post(SET_UP, {"code": code}), range(2))

    assert {each["Location"] for each in answers} <= {CODES, OVERVIEW}
    assert Authenticator.objects.filter(user=chief, type="totp").count() == 1
    assert AuditEntry.objects.filter(kind=AuditKind.SECOND_FACTOR_ADDED).count() == 1


def test_click_that_comes_a_moment_after_another_is_not_led_to_remove_it(
    client: Client, chief: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    give_second_factor(chief)
    monkeypatch.setattr(second_factor, "has_second_factor", lambda _person: False)

    assert client.post(SET_UP, {"code": "123456"})["Location"] == OVERVIEW


def policy_of(client: Client, path: str) -> str:
    return str(client.get(path)["Content-Security-Policy"])


class TestProof:
    """A screen that was left open is not enough to change how somebody signs in."""

    def test_password_is_asked_for_when_the_sign_in_was_long_ago(self, client: Client):
        for times, path in enumerate((SET_UP, NEW_CODES), 1):
            with time_machine.travel(timezone.now() + times * LONG_AGO):
                answer = client.get(path)
                assert unquote(answer["Location"]) == f"{PASSWORD_AGAIN}?next={path}"

                wrong = client.post(PASSWORD_AGAIN, {"password": "wrong", "next": path})
                right = client.post(PASSWORD_AGAIN, {"password": PASSWORD, "next": path})

                assert wrong.status_code == 200, path
                assert right["Location"] == path
                assert client.get(path).status_code == 200, path

    def test_code_does_instead_of_a_password(self, client: Client, chief: User):
        factor = give_second_factor(chief)
        with time_machine.travel(timezone.now() + LONG_AGO):
            page = read(client.get(PASSWORD_AGAIN + f"?next={NEW_CODES}").content)
            assert page.link("改用验证码").startswith(CODE_AGAIN)

            answer = client.post(CODE_AGAIN, {"code": factor.code(), "next": NEW_CODES})

            assert answer["Location"] == NEW_CODES
            assert client.get(NEW_CODES).status_code == 200

    def test_ten_wrong_codes_end_that_too(self, client: Client, chief: User):
        factor = give_second_factor(chief)
        for _ in range(10):
            client.post(CODE_AGAIN, {"code": factor.wrong, "next": NEW_CODES})

        answer = client.post(CODE_AGAIN, {"code": factor.code(), "next": NEW_CODES})

        assert answer.status_code == 200
        assert "错误的验证码过多" in answer.content.decode()

    def test_ten_wrong_passwords_lock_the_name_as_at_the_sign_in(self, client: Client):
        for _ in range(10):
            client.post(PASSWORD_AGAIN, {"password": "wrong", "next": NEW_CODES})

        answer = client.post(PASSWORD_AGAIN, {"password": PASSWORD, "next": NEW_CODES})

        assert answer.status_code == 429
        assert Client().post(LOGIN, {"login": "chief", "password": PASSWORD}).status_code == 429

    def test_who_has_no_password_signs_in_again(self, signed_in: SignedIn, planner: User):
        """After a sign-in long ago there is nothing to type again."""
        client = signed_in(planner)

        page = read(client.get(SET_UP).content)

        assert page.one("h1").text == "请重新登录"
        assert page.all("img", "qr") == []
        assert client.post(SET_UP, {"code": "123456"}).status_code == 200
        assert kinds_kept_of(planner) == set()

    def test_who_has_no_password_and_just_signed_in_sets_it_up(self, chief: User, client: Client):
        """As those who come from the school's own sign-in."""
        chief.set_unusable_password()
        chief.save(update_fields=["password"])
        opened = Client()
        opened.force_login(chief)
        session = opened.session
        session.update(
            {
                name: client.session[name]
                for name in client.session.keys()  # noqa: SIM118 -- a session is no dictionary
                if name.startswith("account_authentication_methods")
            }
        )
        session.save()

        set_up(opened)

        assert "totp" in kinds_kept_of(chief)


class TestRecoveryCodes:
    def test_are_offered_until_they_were_shown_once(self, client: Client):
        set_up(client)
        assert read(client.get(OVERVIEW).content).link("显示恢复码") == CODES

        first = codes_shown(client)

        assert "显示恢复码" not in client.get(OVERVIEW).content.decode()
        assert len(set(first)) == 10
        assert {len(code) for code in first} == {8}
        assert codes_shown(client) == []

    def test_that_are_new_take_the_place_of_the_old(self, client: Client, chief: User):
        set_up(client)
        old = codes_shown(client)
        before = len(logged())

        assert client.post(NEW_CODES)["Location"] == CODES

        new = codes_shown(client)
        assert set(old).isdisjoint(new)
        assert logged()[before:] == [(AuditKind.RECOVERY_CODES_MADE, chief, chief)]
        client.post("/accounts/logout/")
        client.post(LOGIN, {"login": "chief", "password": PASSWORD})
        assert type_code(client, old[0]).status_code == 200
        assert type_code(client, new[0])["Location"] == "/"
        assert "剩余 9 个" in client.get(OVERVIEW).content.decode()

    def test_are_not_made_without_a_factor(self, client: Client, chief: User):
        answer = client.post(NEW_CODES)

        assert answer.status_code == 200
        assert kinds_kept_of(chief) == set()


class TestRemoval:
    def test_takes_all_of_it_and_is_told(self, client: Client, chief: User):
        set_up(client)
        before = len(logged())

        assert client.post(REMOVE)["Location"] == OVERVIEW

        assert kinds_kept_of(chief) == set()
        assert logged()[before:] == [(AuditKind.SECOND_FACTOR_REMOVED, chief, chief)]
        assert Notice.objects.filter(user=chief).count() == 2
        assert Client().post(LOGIN, {"login": "chief", "password": PASSWORD})["Location"] != CODE

    def test_is_refused_while_it_is_compulsory(self, client: Client, chief: User):
        set_up(client)
        make_compulsory()

        shown, answer = client.get(REMOVE), client.post(REMOVE)

        assert "不能移除" in shown.content.decode()
        assert read(shown.content).forms_to(REMOVE) == []
        assert answer.status_code == 200
        assert kinds_kept_of(chief) == {"totp", "recovery_codes"}
        assert REMOVE not in client.get(OVERVIEW).content.decode()

    def test_is_a_teachers_own_choice_also_then(self, chief: User, client: Client):
        set_up(client)
        make_compulsory()
        chief.role_grants.update(role=Role.TEACHER)

        client.post(REMOVE)

        assert kinds_kept_of(chief) == set()

    def test_leads_to_a_new_one_once_it_is_compulsory(self, client: Client):
        make_compulsory()
        assert client.get("/schedule/")["Location"] == SET_UP
        set_up(client)
        assert client.get("/schedule/").status_code == 200
        SchoolSettings.objects.update(second_factor_is_compulsory=False)
        client.post(REMOVE)

        make_compulsory()

        assert client.get("/schedule/")["Location"] == SET_UP


class TestProfile:
    def test_says_whether_there_is_one(self, signed_in: SignedIn, teacher: User):
        client = signed_in(teacher)
        assert "您没有设置两步验证。" in client.get("/accounts/profile/").content.decode()

        give_second_factor(teacher)

        page = client.get("/accounts/profile/").content.decode()
        assert "两步验证已设置。" in page
        assert OVERVIEW in page
        assert "/accounts/password/change/" in page


def test_nothing_of_it_stands_readable_in_the_database(client: Client, chief: User) -> None:
    secret = set_up(client).replace(" ", "")
    codes = codes_shown(client)

    kept: Any = list(Authenticator.objects.filter(user=chief).values_list("data", flat=True))

    assert secret not in str(kept)
    assert not any(code in str(kept) for code in codes)


class TestKeyOfTheApp:
    def test_is_the_same_when_the_page_is_opened_again(self, client: Client):
        secret = secret_of(client)

        assert secret_of(client) == secret
        assert client.post(SET_UP, {"code": code_of(secret)})["Location"] == CODES

    def test_is_another_after_a_while_and_in_another_browser(self, client: Client, chief: User):
        secret = secret_of(client)
        other = Client()
        other.post(LOGIN, {"login": "chief", "password": PASSWORD})

        assert secret_of(other) != secret
        with time_machine.travel(timezone.now() + dt.timedelta(minutes=16)):
            client.post(PASSWORD_AGAIN, {"password": PASSWORD})
            assert secret_of(client) != secret
