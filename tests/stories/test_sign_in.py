from __future__ import annotations

import datetime as dt
import itertools
import time
from typing import Any
from urllib.parse import unquote

import pytest
import time_machine
from axes.models import AccessAttempt
from django.contrib.auth.hashers import make_password
from django.test import Client, RequestFactory
from django.utils import timezone

from accounts.enums import Role
from accounts.models import User
from accounts.services import people
from accounts.sign_in import lockout
from accounts.sign_in.lockout_limits import ADDRESS_FAILURES_AT_MOST
from accounts.sign_in.passwords import CHECKS_AT_ONCE, new_start_password
from classroom.client import rate_limits
from edu_platform.lib.client_address import client_address
from tests.factories.accounts import UserFactory
from tests.support.pages import read
from tests.support.threads import all_at_once

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_counts_of_others")]

PASSWORD = "correct horse"
WRONG = "battery staple"
LOGIN = "/accounts/login/"
HOME = "/schedule/"


@pytest.fixture
def wang(db: None) -> User:
    return UserFactory.create(username="wang.xiaoming", display_name="王小明", password=PASSWORD)


@pytest.fixture
def li(db: None) -> User:
    return UserFactory.create(username="li.xiaohong", display_name="李小红", password=PASSWORD)


def sign_in(
    login: str, password: str = PASSWORD, *, client: Client | None = None, **extra: Any
) -> Any:
    return (client or Client()).post(LOGIN, {"login": login, "password": password}, **extra)


def guess(login: str, times: int, **extra: Any) -> list[int]:
    """The answers to wrong passwords, one after the other."""
    return [sign_in(login, f"{WRONG}{n}", **extra).status_code for n in range(times)]


def give_start_password(user: User) -> str:
    password = new_start_password()
    people.set_start_password(user, password_hash=make_password(password), by=None)
    return password


def is_signed_in(client: Client) -> bool:
    return client.get(HOME).status_code == 200


class TestLogin:
    def test_name_and_password_lead_to_the_timetable(self, wang: User):
        client = Client()

        answer = sign_in("wang.xiaoming", client=client)

        assert answer.status_code == 302
        assert client.get(answer["Location"])["Location"] == HOME
        assert is_signed_in(client)

    def test_its_title_names_the_school(self):
        assert read(Client().get(LOGIN).content).one("title").text == "登录 · 云课堂"

    def test_page_opens_at_its_first_field(self):
        page = read(Client().get(LOGIN).content)

        assert [each.attrs["name"] for each in page.all() if "autofocus" in each.attrs] == ["login"]

    def test_form_is_guarded_against_foreign_pages(self, wang: User):
        client = Client(enforce_csrf_checks=True)
        assert sign_in("wang.xiaoming", client=client).status_code == 403

        client.get(LOGIN)
        answer = sign_in(
            "wang.xiaoming",
            client=client,
            headers={"X-CSRFToken": client.cookies["csrftoken"].value},
        )

        assert answer.status_code == 302

    @pytest.mark.parametrize("login", ["WANG.xiaoming", "Wang.Xiaoming", "  wang.xiaoming "])
    def test_casing_and_blanks_do_not_matter(self, wang: User, login: str):
        assert sign_in(login).status_code == 302

    @pytest.mark.parametrize(
        ("login", "password"),
        [("wang.xiaoming", WRONG), ("nobody", PASSWORD), ("wang.xiaoming", ""), ("", PASSWORD)],
    )
    def test_anything_else_is_refused_on_the_page(self, wang: User, login: str, password: str):
        client = Client()

        answer = sign_in(login, password, client=client)

        assert answer.status_code == 200
        assert not is_signed_in(client)

    def test_unknown_name_and_wrong_password_look_alike(self, wang: User):
        def page(login: str) -> str:
            answer = sign_in(login, WRONG)
            errors = answer.context["form"].errors
            return str(errors)

        assert page("wang.xiaoming") == page("nobody")

    def test_email_is_no_name(self, wang: User):
        wang.email = "wang@school.example"
        wang.save()

        assert sign_in("wang@school.example").status_code == 200

    def test_person_without_a_password_cannot_sign_in(self):
        UserFactory.create(username="new")

        assert sign_in("new", "").status_code == 200
        assert sign_in("new", "!").status_code == 200

    def test_inactive_person_is_not_let_in(self, wang: User):
        wang.is_active = False
        wang.save()
        client = Client()

        sign_in("wang.xiaoming", client=client)

        assert not is_signed_in(client)

    def test_page_of_a_closed_account_leads_to_the_sign_in(self):
        page = read(Client().get("/accounts/inactive/").content).one("main")

        assert [link.attrs["href"] for link in page.all("a")] == ["/accounts/login/"]

    def test_person_who_is_deactivated_is_out_at_once(self, wang: User):
        client = Client()
        sign_in("wang.xiaoming", client=client)

        wang.is_active = False
        wang.save()

        assert not is_signed_in(client)

    def test_signed_in_visitor_of_the_page_goes_home(self, wang: User):
        client = Client()
        sign_in("wang.xiaoming", client=client)

        assert client.get(LOGIN).status_code == 302

    def test_new_password_ends_other_sessions(self, wang: User):
        client = Client()
        sign_in("wang.xiaoming", client=client)

        give_start_password(wang)

        assert not is_signed_in(client)


class TestNext:
    @pytest.mark.parametrize("target", ["/schedule/2026-09-07/", "/accounts/profile/"])
    def test_own_page_is_where_it_goes_on(self, wang: User, target: str):
        visited = Client().get(target)
        assert visited["Location"] == f"{LOGIN}?next={target}"

        answer = Client().post(
            LOGIN, {"login": "wang.xiaoming", "password": PASSWORD, "next": target}
        )

        assert answer["Location"] == target

    @pytest.mark.parametrize(
        "target",
        [
            "https://evil.example/",
            "//evil.example/",
            "/\\evil.example",
            "javascript:alert(1)",
            "http:///evil.example",
            "https://testserver.evil.example/",
        ],
    )
    def test_foreign_page_is_not(self, wang: User, target: str):
        data = {"login": "wang.xiaoming", "password": PASSWORD}

        answer = Client().post(LOGIN, {**data, "next": target})

        assert answer["Location"] == "/"

    def test_foreign_page_in_the_address_is_not_either(self, wang: User):
        data = {"login": "wang.xiaoming", "password": PASSWORD}

        answer = Client().post(LOGIN, data, query_params={"next": "https://evil.example/"})

        assert answer["Location"] == "/"


class TestNoOtherSignIn:
    def test_sign_up_is_closed(self):
        before = User.objects.count()

        shown = Client().get("/accounts/signup/")
        answer = Client().post(
            "/accounts/signup/",
            {"username": "intruder", "password1": PASSWORD, "password2": PASSWORD},
        )

        assert User.objects.count() == before
        assert shown.status_code == 200
        assert b'name="password1"' not in shown.content
        assert answer.status_code == 200

    def test_administration_sends_to_the_one_sign_in(self, superuser: User):
        answer = Client().get("/admin/", follow=True)

        assert unquote(answer.redirect_chain[-1][0]) == f"{LOGIN}?next=/admin/"

    def test_administration_has_no_sign_in_of_its_own(self):
        UserFactory.create(username="chief", password=PASSWORD, is_superuser=True)
        client = Client()

        answer = client.post("/admin/login/", {"username": "chief", "password": PASSWORD})

        assert answer.status_code == 302
        assert answer["Location"].startswith(LOGIN)
        assert client.session.get("_auth_user_id") is None

    def test_administration_leads_back_to_itself(self):
        UserFactory.create(username="chief", password=PASSWORD, is_superuser=True)

        answer = Client().get("/admin/accounts/user/", follow=True)
        assert unquote(answer.redirect_chain[-1][0]) == f"{LOGIN}?next=/admin/accounts/user/"

        answer = Client().post(
            LOGIN,
            {"login": "chief", "password": PASSWORD, "next": "/admin/accounts/user/"},
            follow=True,
        )

        assert answer.request["PATH_INFO"] == "/admin/accounts/user/"
        assert answer.status_code == 200

    def test_administration_refuses_who_is_signed_in_as_somebody_else(self, teacher: User):
        client = Client()
        client.force_login(teacher)

        assert client.get("/admin/", follow=True).status_code == 403


class TestLogout:
    def test_needs_a_post(self, wang: User):
        client = Client()
        client.force_login(wang)

        client.get("/accounts/logout/")
        assert is_signed_in(client)

        answer = client.post("/accounts/logout/")
        assert answer["Location"] == LOGIN
        assert not is_signed_in(client)


class TestCookies:
    def test_session_lasts_two_weeks_and_is_out_of_reach_of_scripts(self, wang: User):
        client = Client()
        sign_in("wang.xiaoming", client=client)

        cookie = client.cookies["sessionid"]
        assert cookie["httponly"] is True
        assert cookie["samesite"] == "Lax"
        assert cookie["max-age"] == 14 * 24 * 3600
        assert not cookie["secure"]

    def test_session_gets_a_new_key_at_sign_in(self, wang: User):
        client = Client()
        session = client.session
        session["before"] = 1
        session.save()
        before = session.session_key

        sign_in("wang.xiaoming", client=client)

        assert client.session.session_key != before


class TestLock:
    def test_ten_wrong_passwords_lock_the_name_and_no_other_of_the_address(
        self, wang: User, li: User
    ):
        assert guess("wang.xiaoming", 10) == [200] * 9 + [429]

        answer = sign_in("wang.xiaoming")

        assert answer.status_code == 429
        assert answer["Retry-After"] == "900"
        assert sign_in("li.xiaohong").status_code == 302

    def test_one_address_cannot_lock_a_name_for_all(self, wang: User):
        guess("wang.xiaoming", 60, REMOTE_ADDR="192.0.2.1")

        assert sign_in("wang.xiaoming", REMOTE_ADDR="192.0.2.2").status_code == 302

    def test_guessing_from_many_addresses_locks_the_name_whatever_the_host_is_called(
        self, wang: User
    ):
        for number in range(6):
            address = f"192.0.2.{number}"
            guess("wang.xiaoming", 9, REMOTE_ADDR=address, HTTP_HOST=f"localhost:{8000 + number}")

        answer = sign_in("wang.xiaoming", REMOTE_ADDR="198.51.100.1", HTTP_HOST="localhost:9000")

        assert answer.status_code == 200
        assert answer.context["form"].errors != {}

    def test_neither_casing_nor_browser_makes_a_fresh_start(self, wang: User):
        names = itertools.cycle(
            ["wang.xiaoming", "WANG.xiaoming", "Wang.Xiaoming", " wang.xiaoming"]
        )
        for number, name in zip(range(10), names, strict=False):
            sign_in(name, WRONG, headers={"User-Agent": f"browser {number}"})

        assert sign_in("wang.xiaoming").status_code == 429

    def test_sign_in_of_another_does_not_free_the_name(self, wang: User, li: User):
        guess("wang.xiaoming", 9)
        sign_in("li.xiaohong")
        guess("wang.xiaoming", 1)

        assert sign_in("wang.xiaoming").status_code == 429

    def test_nine_wrong_passwords_do_not_lock_it_and_are_forgotten_at_the_sign_in(self, wang: User):
        for times in (9, 2):
            guess("wang.xiaoming", times)

            assert sign_in("wang.xiaoming").status_code == 302

    def test_lock_ends_by_itself_and_tries_during_it_do_not_lengthen_it(self, wang: User):
        guess("wang.xiaoming", 10)
        with time_machine.travel(time.time() + 10 * 60):
            guess("wang.xiaoming", 3)

        with time_machine.travel(time.time() + 16 * 60):
            assert sign_in("wang.xiaoming").status_code == 302

    def test_start_password_opens_the_lock(self, wang: User):
        guess("wang.xiaoming", 10)

        password = give_start_password(wang)

        assert sign_in("wang.xiaoming", password).status_code == 302

    def test_names_that_nobody_has_are_counted_too(self):
        assert guess("nobody", 10)[-1] == 429

    def test_page_says_it_in_words_and_the_visitor_s_language(self, wang: User):
        guess("wang.xiaoming", 10)

        page = sign_in("wang.xiaoming").content.decode()

        assert "15" in page
        assert LOGIN in page
        assert "wang.xiaoming" not in page
        assert read(page.encode()).one("title").text == "密码错误次数过多 · 云课堂"

        for language in ("zh-hans", "en"):
            client = Client()
            client.cookies["django_language"] = language

            answer = sign_in("wang.xiaoming", client=client)

            assert answer["Content-Language"] == language
            assert f'lang="{language}"' in answer.content.decode().lower()

    def test_no_password_is_kept(self, wang: User):
        guess("wang.xiaoming", 3)

        kept = "".join(
            f"{attempt.get_data}{attempt.post_data}" for attempt in AccessAttempt.objects.all()
        )
        assert kept != ""
        assert "battery" not in kept

    def test_address_that_tries_very_many_names_is_refused(
        self, wang: User, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setattr(lockout, "ADDRESS_FAILURES_AT_MOST", 5)
        for number in range(6):
            guess(f"name{number}", 1, REMOTE_ADDR="192.0.2.1")

        assert sign_in("wang.xiaoming", REMOTE_ADDR="192.0.2.1").status_code == 200
        assert sign_in("wang.xiaoming", REMOTE_ADDR="192.0.2.2").status_code == 302


class TestCrowd:
    @pytest.mark.django_db(transaction=True)
    def test_whole_class_signs_in_at_once_from_one_address(self):
        # That one address may send many more is what the typos below show.
        names = [user.username for user in UserFactory.create_batch(16, password=PASSWORD)]
        started = time.monotonic()

        answers = all_at_once(
            lambda share: [sign_in(name).status_code for name in share],
            [names[number::8] for number in range(8)],
        )

        assert {status for share in answers for status in share} == {302}
        assert time.monotonic() - started < 60

    @pytest.mark.django_db(transaction=True)
    def test_few_passwords_are_checked_at_a_time(self, monkeypatch: pytest.MonkeyPatch):
        names = [user.username for user in UserFactory.create_batch(12, password=PASSWORD)]
        checking: set[str] = set()
        most: list[int] = []

        def check(user: User, password: str) -> bool:
            checking.add(user.username)
            most.append(len(checking))
            time.sleep(0.05)
            checking.discard(user.username)
            return password == PASSWORD

        monkeypatch.setattr(User, "check_password", check)

        assert all_at_once(lambda name: sign_in(name).status_code, names) == [302] * 12

        assert max(most) <= CHECKS_AT_ONCE

    def test_typos_of_a_class_lock_nobody_else(self, wang: User):
        # More than lock one name for all, and more than allauth would let one address try in a minute.
        for number in range(13):
            guess(f"pupil{number}", 4)

        assert sign_in("wang.xiaoming").status_code == 302
        assert ADDRESS_FAILURES_AT_MOST > 40 * 4  # as a whole class

    def test_redis_is_not_needed(self, wang: User, monkeypatch: pytest.MonkeyPatch):
        def broken(*_args: object, **_kwargs: object) -> None:
            raise AssertionError("signing in asks Redis")

        monkeypatch.setattr("redis.connection.AbstractConnection.connect", broken)
        monkeypatch.setattr(rate_limits, "rate_limiter", broken)
        client = Client()

        assert sign_in("wang.xiaoming", client=client).status_code == 302
        assert is_signed_in(client)
        assert guess("wang.xiaoming", 10)[-1] == 429


class TestStartPassword:
    CHANGE = "/accounts/password/change/"

    @pytest.fixture
    def client(self, wang: User) -> Client:
        client = Client()
        self.start_password = give_start_password(wang)
        assert sign_in("wang.xiaoming", self.start_password, client=client).status_code == 302
        return client

    def test_opens_no_page_but_the_one_where_it_is_replaced(self, client: Client):
        paths = ["/", "/schedule/", "/schedule/2026-09-07/", "/accounts/profile/", "/admin/"]

        led_to = {
            (path, ask.__name__): ask(path)["Location"]
            for path in paths
            for ask in (client.get, client.post)
        }

        assert set(led_to.values()) == {self.CHANGE}, led_to
        assert client.get(self.CHANGE).status_code == 200

    def test_lets_the_person_leave_and_choose_the_language(self, client: Client):
        assert client.post("/language/", {"language": "en"})["Location"] == "/"
        assert client.post("/accounts/logout/")["Location"] == LOGIN

    def test_is_replaced_by_an_own_one(self, client: Client, wang: User):
        answer = client.post(
            self.CHANGE,
            {
                "oldpassword": self.start_password,
                "password1": "eine ganz eigene 7",
                "password2": "eine ganz eigene 7",
            },
        )

        assert answer.status_code == 302
        assert answer["Location"] != self.CHANGE
        assert is_signed_in(client)
        wang.refresh_from_db()
        assert wang.must_change_password is False
        assert sign_in("wang.xiaoming", self.start_password).status_code == 200

    def test_is_not_asked_for_again_right_after_signing_in_by_it(self, client: Client, wang: User):
        page = read(client.get(self.CHANGE).content).one("main")
        asked = [field.attrs["name"] for field in page.all("input", type="password")]

        answer = self.replace(client)

        assert asked == ["password1", "password2"]
        assert answer.status_code == 302
        assert is_signed_in(client)
        wang.refresh_from_db()
        assert wang.must_change_password is False

    def test_is_asked_for_again_a_while_later(self, client: Client, wang: User):
        with time_machine.travel(timezone.now() + dt.timedelta(minutes=16)):
            answer = self.replace(client)
            errors = answer.context["form"].errors
            wang.refresh_from_db()
            still_owed = wang.must_change_password
            taken = self.replace(client, oldpassword=self.start_password)

        assert "oldpassword" in errors
        assert still_owed
        assert read(answer.content).one("input", name="oldpassword").attrs["type"] == "password"
        assert taken.status_code == 302

    def test_is_asked_for_in_a_session_that_was_not_begun_by_it(self, wang: User):
        give_start_password(wang)
        client = Client()
        client.force_login(wang)

        assert "oldpassword" in self.replace(client).context["form"].errors

    def test_own_password_is_asked_for_right_after_signing_in_too(self, wang: User):
        client = Client()
        sign_in("wang.xiaoming", client=client)

        assert "oldpassword" in self.replace(client).context["form"].errors

    def test_is_asked_for_again_once_it_was_replaced(self, client: Client):
        self.replace(client)

        assert "oldpassword" in self.replace(client).context["form"].errors

    def test_of_another_person_in_the_same_browser_counts_for_nothing(
        self, client: Client, wang: User
    ):
        UserFactory.create(username="li", password=PASSWORD)
        client.post("/accounts/logout/")
        sign_in("li", client=client)
        User.objects.filter(username="li").update(must_change_password=True)

        assert "oldpassword" in self.replace(client).context["form"].errors

    def replace(self, client: Client, **fields: str) -> Any:
        own = {"password1": "eine ganz eigene 7", "password2": "eine ganz eigene 7"}
        return client.post(self.CHANGE, own | fields)

    def test_is_not_replaced_by_itself(self, client: Client, wang: User):
        client.post(
            self.CHANGE,
            {
                "oldpassword": self.start_password,
                "password1": self.start_password,
                "password2": self.start_password,
            },
        )

        wang.refresh_from_db()
        assert wang.must_change_password is True

    def test_is_not_replaced_by_a_weak_one(self, client: Client, wang: User):
        for password in ("short", "12345678901", "password123", "wang.xiaoming"):
            answer = client.post(
                self.CHANGE,
                {"oldpassword": self.start_password, "password1": password, "password2": password},
            )

            assert answer.status_code == 200, password
            wang.refresh_from_db()
            assert wang.must_change_password is True, password

    def test_is_long_and_readable(self, wang: User):
        first, second = give_start_password(wang), give_start_password(wang)

        assert first != second
        assert len(first) == 10
        assert not set("lo01") & set(first + second)


class TestAddress:
    @pytest.mark.parametrize(
        ("trusted", "forwarded", "direct", "expected"),
        [
            (0, "", "192.0.2.1", "192.0.2.1"),
            (0, "198.51.100.1", "192.0.2.1", "192.0.2.1"),
            (1, "198.51.100.1", "192.0.2.1", "198.51.100.1"),
            (1, "203.0.113.9, 198.51.100.1", "192.0.2.1", "198.51.100.1"),
            (2, "203.0.113.9, 198.51.100.1, 10.0.0.1", "192.0.2.1", "198.51.100.1"),
            (2, "198.51.100.1", "192.0.2.1", "192.0.2.1"),
            (1, "", "192.0.2.1", "192.0.2.1"),
            (1, "not an address", "192.0.2.1", "192.0.2.1"),
            (1, "1.2.3.4'; --", "192.0.2.1", "192.0.2.1"),
            (1, "2001:db8::1", "192.0.2.1", "2001:db8::1"),
            (1, "fe80::1%eth0", "192.0.2.1", "192.0.2.1"),
            (1, "999.1.1.1", "192.0.2.1", "192.0.2.1"),
            (1, "\x00", "192.0.2.1", "192.0.2.1"),
            (0, "", "", "127.0.0.1"),
        ],
    )
    def test_is_seen_through_trusted_proxies_only(
        self, settings: Any, trusted: int, forwarded: str, direct: str, expected: str
    ):
        settings.TRUSTED_PROXIES = trusted
        request = RequestFactory().get(
            "/", REMOTE_ADDR=direct, headers={"X-Forwarded-For": forwarded}
        )

        assert client_address(request) == expected

    def test_made_up_addresses_behind_a_proxy_do_not_open_a_lock(self, wang: User, settings: Any):
        settings.TRUSTED_PROXIES = 1
        for number in range(10):
            forwarded = f"203.0.113.{number}, 198.51.100.1"
            sign_in("wang.xiaoming", WRONG, headers={"X-Forwarded-For": forwarded})

        own = sign_in("wang.xiaoming", headers={"X-Forwarded-For": "198.51.100.1"})
        other = sign_in("wang.xiaoming", headers={"X-Forwarded-For": "198.51.100.2"})

        assert (own.status_code, other.status_code) == (429, 302)

    def test_garbage_is_counted_like_the_proxy_itself(self, wang: User, settings: Any):
        settings.TRUSTED_PROXIES = 1

        answer = sign_in("wang.xiaoming", WRONG, headers={"X-Forwarded-For": "\x00"})

        assert answer.status_code == 200
        assert AccessAttempt.objects.get().ip_address == "127.0.0.1"


class TestRights:
    def test_name_for_lock_without_credentials_is_the_form_s(self):
        request = RequestFactory().post(LOGIN, {"login": " Wang "})

        assert lockout.name_for_lock(request, None) == "wang"

    @pytest.mark.parametrize(
        ("role", "model", "may"),
        [
            (Role.PLANNER, "accounts.change_user", True),
            (Role.PLANNER, "replays.add_retention", True),
            (Role.PLANNER, "accounts.change_rolegrant", False),
            (Role.PLANNER, "auth.change_group", False),
            (Role.PLANNER, "account.change_emailaddress", False),
            (Role.ADMINISTRATOR, "account.change_emailaddress", False),
            (Role.ADMINISTRATOR, "auth.change_group", False),
            (Role.ADMINISTRATOR, "auth.change_permission", False),
            (Role.ADMINISTRATOR, "accounts.change_rolegrant", False),
            (Role.TEACHER, "schedule.view_lesson", False),
            (Role.SUPERVISOR, "schedule.view_lesson", False),
            (Role.STUDENT, "accounts.view_user", False),
        ],
    )
    def test_follow_the_role(self, role: Role, model: str, may: bool):
        assert UserFactory.create(roles=[role]).has_perm(model) is may

    def test_all_are_the_superuser_s(self, superuser: User):
        assert superuser.has_perm("accounts.change_rolegrant")
        assert superuser.has_perm("auth.change_permission")

    def test_none_are_left_to_who_is_inactive(self):
        user = UserFactory.create(roles=[Role.ADMINISTRATOR], is_active=False)

        assert not user.has_perm("schedule.view_lesson")
        assert not user.has_module_perms("schedule")

    @pytest.mark.parametrize(
        ("role", "is_staff"),
        [
            (Role.STUDENT, False),
            (Role.TEACHER, False),
            (Role.SUPERVISOR, False),
            (Role.PLANNER, True),
            (Role.ADMINISTRATOR, True),
        ],
    )
    def test_administration_is_for_planners_and_administrators(self, role: Role, is_staff: bool):
        assert UserFactory.create(roles=[role]).is_staff is is_staff


@pytest.mark.parametrize(("sends_mail", "links"), [(True, 1), (False, 0)])
def test_reset_by_mail_is_offered_only_where_mail_is_sent(client, settings, sends_mail, links):
    settings.SENDS_MAIL = sends_mail

    page = client.get("/accounts/login/").content.decode()

    assert page.count("/accounts/password/reset/") == links
