"""A new password by mail: who gets one, where it leads, and that the key stands nowhere else."""

from __future__ import annotations

import datetime as dt
import re
import smtplib
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
import time_machine
from allauth.account.forms import default_token_generator
from django.conf import settings
from django.core import mail
from django.core.cache import cache
from django.core.mail import EmailMessage
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from accounts.models import RequestedMail, SchoolSettings, User
from accounts.services import people
from accounts.sign_in import password_mails
from accounts.sign_in.adapters import AccountAdapter
from accounts.sign_in.password_mails import send_requested
from tests.factories.accounts import UserFactory
from tests.support.pages import read

pytestmark = pytest.mark.django_db

RESET = "/accounts/password/reset/"
ADDRESS = "wang@school.example"
KEY_PATH = re.compile(r"/accounts/password/reset/key/\S+")
CLOSED = [
    "/accounts/email/",
    "/accounts/confirm-email/",
    "/accounts/confirm-email/MQ:abc/",
    "/accounts/login/code/",
    "/accounts/login/code/confirm/",
    "/accounts/",
]


@pytest.fixture(autouse=True)
def _mail_server(settings: Any) -> None:
    settings.SENDS_MAIL = True
    cache.clear()


@pytest.fixture
def wang(db: None) -> User:
    return UserFactory.create(
        username="wang", display_name="王小明", password="correct horse", email=ADDRESS
    )


def ask(address: str = ADDRESS, *, client: Client | None = None, **extra: Any) -> Any:
    """Ask, and have a worker do what was asked for."""
    answer = (client or Client()).post(RESET, {"email": address}, **extra)
    send_requested(timezone.now())
    return answer


def key_path(message: EmailMessage) -> str:
    found = KEY_PATH.search(str(message.body))
    assert found is not None
    return found[0]


def set_password(path: str, password: str) -> Any:
    client = Client()
    form = client.get(path)
    return client.post(form["Location"], {"password1": password, "password2": password})


class TestWithoutMailServer:
    def test_address_is_not_there(self, wang: User, settings: Any):
        settings.SENDS_MAIL = False
        paths = [RESET, f"{RESET}done/", f"{RESET}key/1-a/", f"{RESET}key/done/"]
        client, data = Client(), {"email": ADDRESS}

        codes = {
            path: (client.get(path, data).status_code, client.post(path, data).status_code)
            for path in paths
        }

        assert codes == dict.fromkeys(paths, (404, 404))
        assert mail.outbox == []

    def test_nothing_is_printed(self, wang: User, settings: Any, capsys: Any):
        settings.SENDS_MAIL = False
        settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"

        ask()

        assert "key" not in capsys.readouterr().out


class TestMail:
    def test_sets_a_new_password(self, wang: User):
        ask()

        answer = set_password(key_path(mail.outbox[0]), "battery staple")

        assert answer["Location"] == f"{RESET}key/done/"
        wang.refresh_from_db()
        assert wang.check_password("battery staple")

    def test_is_not_followed_by_a_question_for_another_password(self, wang: User):
        people.set_start_password(wang, password_hash=wang.password, by=None)
        ask()

        set_password(key_path(mail.outbox[0]), "battery staple")

        wang.refresh_from_db()
        assert wang.must_change_password is False

    def test_leads_to_the_platform_whatever_it_is_called(self, wang: User, settings: Any):
        settings.PUBLIC_BASE_URL = "https://class.school.example"
        settings.ALLOWED_HOSTS = ["127.0.0.1", "localhost", "school.example"]
        called = ["127.0.0.1:6666", "localhost", "school.example:99"]

        for host in called:
            ask(headers={"Host": host})

        assert len(mail.outbox) == len(called)
        for host, message in zip(called, mail.outbox, strict=True):
            hosts = {urlsplit(word).netloc for word in message.body.split() if "://" in word}
            assert hosts == {"class.school.example"}, host
            assert host not in f"{message.subject} {message.body}"

    @pytest.mark.parametrize("language", ["zh-hans", "en"])
    def test_speaks_the_asker_s_language(self, wang: User, language: str):
        client = Client()
        client.cookies["django_language"] = language

        ask(client=client)

        (message,) = mail.outbox
        assert ("新密码" in message.subject) is (language == "zh-hans")
        assert "wang" in message.body

    def test_goes_to_the_address_that_the_school_keeps(self, wang: User):
        wang.email = "Wang@School.example"
        wang.save()

        ask("WANG@school.example")

        assert [message.to for message in mail.outbox] == [["Wang@School.example"]]

    @pytest.mark.parametrize("address", ["nobody@school.example", "wang@schöol.example"])
    def test_goes_to_nobody_else(self, wang: User, address: str):
        ask(address)

        assert mail.outbox == []

    def test_does_not_go_to_who_has_left(self, wang: User):
        wang.is_active = False
        wang.save()

        ask()

        assert mail.outbox == []


class TestRequest:
    """Asking writes a row; the rest is a worker's."""

    def statements(self, address: str) -> list[str]:
        with CaptureQueriesContext(connection) as queries:
            Client().post(RESET, {"email": address})
        return [re.sub(r"'[^']*'|\b(\d+|NULL)\b", "?", each["sql"]) for each in queries]

    def test_asks_the_database_the_same_for_known_and_unknown(self, wang: User):
        """In the same time: who listens to it does not learn who has an account."""
        assert self.statements(ADDRESS) == self.statements("nobody@school.example")

    def test_is_a_row_of_the_person_or_of_nobody(self, wang: User):
        for address in (ADDRESS, "nobody@school.example"):
            Client().post(RESET, {"email": address})

        rows = RequestedMail.objects.order_by("pk").values_list("user", "purpose", "language")
        assert list(rows) == [
            (wang.pk, "new_password", settings.LANGUAGE_CODE),
            (None, "new_password", settings.LANGUAGE_CODE),
        ]
        assert mail.outbox == []

    def test_calls_a_worker_whoever_it_is(self, wang: User, monkeypatch: pytest.MonkeyPatch):
        called: list[tuple[Any, ...]] = []
        monkeypatch.setattr(
            password_mails, "enqueue_on_commit", lambda *words, **more: called.append((words, more))
        )

        for address in (ADDRESS, "nobody@school.example"):
            Client().post(RESET, {"email": address})

        # With no words of whom it is about, or what opens the account.
        assert called == [(("accounts.send_requested_mails",), {})] * 2

    def test_key_is_made_when_the_mail_is_sent(self, wang: User, monkeypatch: pytest.MonkeyPatch):
        made: list[User] = []
        make_token = default_token_generator.make_token

        def noted(user: User) -> str:
            made.append(user)
            return str(make_token(user))

        monkeypatch.setattr(default_token_generator, "make_token", noted)
        Client().post(RESET, {"email": ADDRESS})
        before = list(made)

        send_requested(timezone.now())

        assert (before, made) == ([], [wang])

    def test_is_forgotten_once_it_was_done(self, wang: User):
        for address in (ADDRESS, "nobody@school.example"):
            ask(address)

        assert not RequestedMail.objects.exists()


class TestSending:
    @pytest.fixture(autouse=True)
    def _somebody_asked(self, wang: User) -> None:
        Client().post(RESET, {"email": ADDRESS})

    @pytest.fixture
    def silent(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
        def refuse(_self: Any, _messages: list[EmailMessage]) -> int:
            raise ConnectionRefusedError

        with monkeypatch.context() as patch:
            backend = "django.core.mail.backends.locmem.EmailBackend.send_messages"
            patch.setattr(backend, refuse)
            yield patch

    @pytest.mark.parametrize("change", [{"is_active": False}, {"email": ""}])
    def test_leaves_out_who_has_left_since(self, change: dict[str, Any]):
        User.objects.update(**change)

        send_requested(timezone.now())

        assert mail.outbox == []
        assert not RequestedMail.objects.exists()

    def test_goes_to_the_address_of_now(self):
        User.objects.update(email="new@school.example")

        send_requested(timezone.now())

        assert [message.to for message in mail.outbox] == [["new@school.example"]]

    def test_is_tried_again_and_counted_once(self, silent: pytest.MonkeyPatch):
        with time_machine.travel(timezone.now()) as clock:
            for _attempt in range(5):
                send_requested(timezone.now())
                clock.shift(dt.timedelta(hours=1))
            silent.undo()

            send_requested(timezone.now())

            assert len(mail.outbox) == 1
            assert not RequestedMail.objects.exists()
            for _request in range(3):
                ask()
        assert len(mail.outbox) == 4

    def test_is_given_up_after_a_day(self, silent: pytest.MonkeyPatch):
        with time_machine.travel(timezone.now()) as clock:
            for _attempt in range(40):
                send_requested(timezone.now())
                clock.shift(dt.timedelta(hours=1))

        assert not RequestedMail.objects.exists()

    def test_of_a_day_ago_is_no_longer_wanted(self):
        """No worker ran, or it comes from a backup."""
        RequestedMail.objects.update(created_at=timezone.now() - dt.timedelta(days=1))

        send_requested(timezone.now())

        assert mail.outbox == []
        assert not RequestedMail.objects.exists()


class TestAnswer:
    def answers(self) -> set[tuple[int, str, bytes]]:
        known, unknown = ask(), ask("nobody@school.example")
        page = Client().get(known["Location"]).content
        return {(answer.status_code, answer["Location"], page) for answer in (known, unknown)}

    def test_is_the_same_without_an_account(self, wang: User):
        assert len(self.answers()) == 1

    def test_is_the_same_beyond_the_limit(self, wang: User):
        for _ in range(4):
            ask()
        assert len(mail.outbox) == 3

        assert len(self.answers()) == 1

    def test_is_the_same_when_the_mail_server_fails(
        self, wang: User, monkeypatch: pytest.MonkeyPatch, caplog: Any
    ):
        """The server repeats what it refuses: no log may have the key."""

        def refuse(_self: Any, messages: list[EmailMessage]) -> int:
            said = f"554 refused: {messages[0].body}".encode()
            raise smtplib.SMTPDataError(554, said)

        monkeypatch.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", refuse)

        assert len(self.answers()) == 1
        assert f"person {wang.pk}: new_password: MailRefused: SMTPDataError 554" in caplog.text
        assert "/key/" not in caplog.text
        assert RequestedMail.objects.get().last_error == "MailRefused: SMTPDataError 554"


class TestLimits:
    def test_person_gets_a_few_mails_an_hour_and_a_day(self, wang: User):
        with time_machine.travel("2026-03-02 08:00Z") as clock:
            for _ in range(21):  # those that are not sent use up nothing of the address either
                ask()
            an_hour = len(mail.outbox)
            for hours in (1, 1, 1, 1, 16):
                clock.shift(hours * 3600 + 1)
                ask()

        assert (an_hour, len(mail.outbox)) == (3, 6)

    def test_address_of_many_gets_a_few_mails_an_hour(self):
        UserFactory.create_batch(11, email=ADDRESS)

        ask()
        ask()

        assert len(mail.outbox) == 10

    def test_another_person_gets_theirs(self, wang: User):
        UserFactory.create(email="li@school.example")
        for _ in range(4):
            ask()

        ask("li@school.example")

        assert mail.outbox[-1].to == ["li@school.example"]

    def test_school_behind_one_address_of_the_network_is_served(self):
        # More than one address of mail gets in a day, or one of the network in a minute where allauth decides.
        for number in range(21):
            UserFactory.create(email=f"{number}@school.example")
            ask(f"{number}@school.example")

        assert len(mail.outbox) == 21


def test_nobody_chooses_where_mail_goes(wang: User):
    visitor, signed_in = Client(), Client()
    signed_in.force_login(wang)
    data = {"action_add": "", "email": "somebody@else.example"}

    for client in (visitor, signed_in):
        codes = {
            path: (client.get(path).status_code, client.post(path, data).status_code)
            for path in CLOSED
        }
        assert codes == dict.fromkeys(CLOSED, (404, 404))
    assert mail.outbox == []


def test_every_mail_about_passwords_comes_from_the_school(
    wang: User, rf: RequestFactory, settings: Any
):
    SchoolSettings.objects.update_or_create(pk=1, defaults={"school_name": "阳光学校"})
    settings.PUBLIC_BASE_URL = "https://school.example"
    told = {"ip": "10.0.0.1", "user_agent": "浏览器", "timestamp": timezone.now()}
    greetings = {"zh-hans": "“阳光学校”发来的邮件：", "en": "A mail from 阳光学校:"}

    for language, greeting in greetings.items():
        for change in ("password_changed", "password_set", "password_reset"):
            with translation.override(language):
                AccountAdapter(rf.get("/")).send_mail(f"account/email/{change}", ADDRESS, told)

            body = str(mail.outbox[-1].body)
            assert body.startswith(greeting), (change, language)
            assert body.rstrip().endswith("https://school.example"), (change, language)
            assert "Hello" not in body, (change, language)
    assert len(mail.outbox) == 6


def test_page_after_the_new_password_leads_to_the_sign_in() -> None:
    page = read(Client().get("/accounts/password/reset/key/done/").content).one("main")

    assert [link.attrs["href"] for link in page.all("a")] == ["/accounts/login/"]


@pytest.mark.parametrize(
    ("language", "heading", "label", "button"),
    [
        ("en", "New password", "Mail address", "Send the link"),
        ("zh-hans", "新密码", "邮箱", "发送链接"),
    ],
)
def test_page_that_asks_for_the_address_speaks_as_the_others_and_opens_at_its_field(
    language: str, heading: str, label: str, button: str
) -> None:
    client = Client()
    client.cookies["django_language"] = language

    page = read(client.get(RESET).content).one("main")

    assert (page.one("h1").text, page.one("label").text) == (heading, label)
    assert (page.one("button").text, "autofocus" in page.one("input", id="id_email").attrs) == (
        button,
        True,
    )
