"""Notices: once a cause, in the reader's language, a bell that counts, and mail by choice."""

from __future__ import annotations

import datetime as dt
import smtplib
from typing import Any

import pytest
from django.core import mail
from django.core.mail import EmailMessage
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.translation import gettext_lazy

from accounts import notice_kinds
from accounts.models import Notice, User
from accounts.notice_kinds import NoticeWords, register_notice
from accounts.services.notices import (
    KEPT_FOR,
    NoticeContent,
    choose_mail,
    forget_old,
    give_notices,
    lock_unheard,
    mail_due,
    notify,
    notify_many,
    say_otherwise,
    withdraw,
)
from tests.support.pages import Element, read

pytestmark = pytest.mark.django_db

KIND = "tests.something"
PAGE = "/accounts/notices/"


@pytest.fixture(autouse=True)
def _kind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notice_kinds, "_kinds", dict(notice_kinds._kinds))
    # Words that both languages have.
    register_notice(KIND, NoticeWords(gettext_lazy("Opens at %(moment)s"), gettext_lazy("Show")))


def tell(user: User, cause: str = "cause", **changes: Any) -> bool:
    fields = {
        "kind": KIND,
        "arguments": {"moment": "08:00"},
        "address": "/schedule/",
        "at": timezone.now(),
    }
    return notify(user=user, cause=cause, **{**fields, **changes})


def signed_in(user: User, language: str = "") -> Client:
    client = Client()
    client.force_login(user)
    if language:
        client.cookies["django_language"] = language
    return client


def rows(client: Client) -> list[Element]:
    return read(client.get(PAGE).content).all("li", "notice-row")


def bell(client: Client, path: str = "/schedule/") -> str:
    return read(client.get(path).content).one("a", "bell").text


class TestOnce:
    def test_one_cause_is_one_notice_a_person(self, teacher: User, other_teacher: User):
        news = [tell(teacher), tell(teacher), tell(teacher, "another"), tell(other_teacher)]

        assert news == [True, False, True, True]
        assert Notice.objects.count() == 3

    def test_what_was_read_is_not_told_again(self, teacher: User):
        tell(teacher)
        Notice.objects.update(read_at=timezone.now())

        tell(teacher)

        assert [notice.is_read for notice in Notice.objects.all()] == [True]


class TestPage:
    def test_newest_first_in_the_reader_s_language(self, teacher: User):
        now = timezone.now()
        tell(teacher, "older", at=now - dt.timedelta(hours=1))
        tell(teacher, "newer", arguments={"moment": "09:30"}, at=now)

        chinese = [row.one("span", "notice-text").text for row in rows(signed_in(teacher))]
        english = [row.one("span", "notice-text").text for row in rows(signed_in(teacher, "en"))]

        local = timezone.localtime(now)
        assert chinese[0] == f"● 新 09:30 起可进入 今天 {local:%H:%M}"
        assert english[0].startswith("● New Opens at 09:30 ")
        assert "08:00" in chinese[1]

    def test_empty_page_says_what_will_stand_there(self, teacher: User):
        page = read(signed_in(teacher).get(PAGE).content)

        assert "没有给您的通知。" in page.text
        assert page.forms_to(f"{PAGE}read/") == []

    def test_opening_marks_as_read_and_leads_on(self, teacher: User):
        tell(teacher)
        tell(teacher, "another")
        client = signed_in(teacher)
        code = Notice.objects.get(cause="cause").code

        answer = client.post(f"{PAGE}{code}/open/")

        assert (answer.status_code, answer["Location"]) == (303, "/schedule/")
        read_causes = Notice.objects.exclude(read_at=None).values_list("cause", flat=True)
        assert list(read_causes) == ["cause"]

    def test_reading_again_keeps_the_first_time(self, teacher: User):
        tell(teacher)
        first = timezone.now() - dt.timedelta(days=1)
        Notice.objects.update(read_at=first)

        signed_in(teacher).post(f"{PAGE}{Notice.objects.get().code}/open/")

        assert Notice.objects.get().read_at == first

    def test_all_are_marked_at_once(self, teacher: User, other_teacher: User):
        for cause in ("one", "two"):
            tell(teacher, cause)
        tell(other_teacher)
        client = signed_in(teacher)

        client.post(f"{PAGE}read/")

        assert [row.one("span", "mark").text for row in rows(client)] == ["✓ 已读", "✓ 已读"]
        assert Notice.objects.get(user=other_teacher).is_read is False

    def test_foreign_notices_are_missing(self, teacher: User, other_teacher: User):
        tell(other_teacher)

        answer = signed_in(teacher).post(f"{PAGE}{Notice.objects.get().code}/open/")

        assert answer.status_code == 404
        assert Notice.objects.get().is_read is False
        assert rows(signed_in(teacher)) == []

    def test_kind_that_is_gone_still_leads_on(self, teacher: User):
        tell(teacher, kind="tests.gone")
        tell(teacher, "too few", arguments={})

        texts = [row.text for row in rows(signed_in(teacher))]

        assert ["与您有关的内容有改动。" in text for text in texts] == [True, True]

    def test_one_query_for_all_of_them(self, teacher: User):
        client = signed_in(teacher)
        counts: list[int] = []
        for cause in ("one", "two", "three"):
            tell(teacher, cause)
            with CaptureQueriesContext(connection) as captured:
                assert len(rows(client)) == len(counts) + 1
            counts.append(len(captured))

        assert len(set(counts)) == 1


class TestBell:
    def test_counts_what_is_unread(self, teacher: User):
        client = signed_in(teacher)
        before = bell(client)
        tell(teacher, "one")
        tell(teacher, "two")
        Notice.objects.filter(cause="two").update(read_at=timezone.now())

        assert (before, bell(client)) == ("通知", "通知 未读： 1")

    def test_costs_one_query_a_page(self, teacher: User):
        tell(teacher)

        with CaptureQueriesContext(connection) as captured:
            signed_in(teacher).get("/schedule/")

        asked = [query["sql"] for query in captured if "accounts_notice" in query["sql"]]
        assert len(asked) == 1

    def test_visitors_have_none(self, client: Client, db: None):
        with CaptureQueriesContext(connection) as captured:
            page = read(client.get("/accounts/login/").content)

        assert page.all("a", "bell") == []
        assert [query for query in captured if "accounts_notice" in query["sql"]] == []


@pytest.fixture
def mailed(teacher: User, settings: Any) -> User:
    """A teacher who chose mail, on a site that sends some."""
    settings.SENDS_MAIL = True
    settings.PUBLIC_BASE_URL = "https://school.example"
    teacher.email = "li@school.example"
    teacher.notice_mail_language = "en"
    teacher.save()
    return teacher


class TestMail:
    def test_goes_once_in_the_chosen_language(self, mailed: User):
        tell(mailed)

        sent = [mail_due(timezone.now()), mail_due(timezone.now() + dt.timedelta(hours=1))]

        (message,) = mail.outbox
        assert sent == [1, 0]
        assert message.to == ["li@school.example"]
        assert message.subject == "云课堂: Opens at 08:00"
        assert message.body.startswith("Hello 李老师,\n\nOpens at 08:00\n\n")
        assert "Show: https://school.example/schedule/\n" in message.body
        assert Notice.objects.get().mailed_at is not None

    def test_words_are_plain_text(self, mailed: User):
        tell(mailed, arguments={"moment": "<8 & 9>\nBcc: all@school.example"})

        mail_due(timezone.now())

        (message,) = mail.outbox
        assert message.subject == "云课堂: Opens at <8 & 9> Bcc: all@school.example"
        assert message.recipients() == ["li@school.example"]

    @pytest.mark.parametrize(
        "changes", [{"notice_mail_language": ""}, {"email": ""}, {"is_active": False}]
    )
    def test_goes_to_nobody_else(self, mailed: User, changes: dict[str, Any]):
        for name, value in changes.items():
            setattr(mailed, name, value)
        mailed.save()

        tell(mailed)

        assert mail_due(timezone.now()) == 0
        assert mail.outbox == []

    def test_site_without_mail_sends_none(self, mailed: User, settings: Any):
        settings.SENDS_MAIL = False

        tell(mailed)

        assert Notice.objects.get().due_at is None

    def test_what_was_read_meanwhile_is_not_sent(self, mailed: User):
        tell(mailed)

        signed_in(mailed).post(f"{PAGE}read/")

        assert mail_due(timezone.now()) == 0

    @pytest.mark.parametrize("changes", [{"is_active": False}, {"email": ""}])
    def test_who_has_left_meanwhile_is_sent_nothing(self, mailed: User, changes: dict[str, Any]):
        tell(mailed)
        User.objects.filter(pk=mailed.pk).update(**changes)

        mail_due(timezone.now())

        assert mail.outbox == []
        assert not Notice.objects.filter(due_at__isnull=False).exists()

    def test_failures_are_tried_again_ever_later_and_then_given_up(
        self, mailed: User, monkeypatch: pytest.MonkeyPatch
    ):
        tell(mailed)
        fail(monkeypatch, ConnectionRefusedError("no mail server"))
        at, waits = timezone.now(), []
        while (due := Notice.objects.get().due_at) is not None:
            waits.append(round((due - timezone.now()).total_seconds() / 60))
            Notice.objects.update(due_at=at)
            mail_due(at)

        assert waits == [0, 1, 2, 4, 8, 16, 32, 64]
        notice = Notice.objects.get()
        assert notice.last_error == "ConnectionRefusedError: no mail server"
        assert (notice.attempts, notice.mailed_at) == (8, None)

    def test_refused_address_does_not_stop_the_others(
        self, mailed: User, monkeypatch: pytest.MonkeyPatch
    ):
        tell(mailed, "one")
        tell(mailed, "two")
        fail(monkeypatch, smtplib.SMTPRecipientsRefused({}))

        mail_due(timezone.now())

        assert list(Notice.objects.values_list("attempts", flat=True)) == [1, 1]

    def test_silent_server_is_left_alone_for_now(
        self, mailed: User, monkeypatch: pytest.MonkeyPatch
    ):
        tell(mailed, "one")
        tell(mailed, "two")
        fail(monkeypatch, smtplib.SMTPServerDisconnected("gone"))

        mail_due(timezone.now())

        assert sorted(Notice.objects.values_list("attempts", flat=True)) == [0, 1]

    def test_mailer_that_was_killed_is_followed_by_another(self, mailed: User):
        tell(mailed)
        later = timezone.now() + dt.timedelta(minutes=5)
        Notice.objects.update(lease_token="theirs", leased_until=later, attempts=1)

        sent = [
            mail_due(timezone.now()),
            mail_due(timezone.now() + dt.timedelta(minutes=5, seconds=1)),
        ]

        assert sent == [0, 1]


def fail(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def send(_message: EmailMessage, **_options: Any) -> int:
        raise error

    monkeypatch.setattr(EmailMessage, "send", send)


class TestChoice:
    @pytest.mark.parametrize(("language", "kept"), [("", "zh-hans"), ("en", "en")])
    def test_is_made_in_the_profile_in_its_language(self, mailed: User, language: str, kept: str):
        choose_mail(mailed, language="")

        answer = signed_in(mailed, language).post(
            "/accounts/profile/notices-by-mail/", {"by_mail": "on"}
        )

        mailed.refresh_from_db()
        assert answer["Location"] == "/accounts/profile/"
        assert mailed.notice_mail_language == kept

    def test_is_taken_back_with_what_waits(self, mailed: User):
        tell(mailed)

        signed_in(mailed).post("/accounts/profile/notices-by-mail/")

        mailed.refresh_from_db()
        assert mailed.notice_mail_language == ""
        assert mail_due(timezone.now()) == 0

    def test_is_shown_as_it_is(self, mailed: User):
        page = read(signed_in(mailed).get("/accounts/profile/").content)
        choose_mail(mailed, language="")
        after = read(signed_in(mailed).get("/accounts/profile/").content)

        boxes = [each.one("input", name="by_mail").attrs for each in (page, after)]
        assert ["checked" in box for box in boxes] == [True, False]

    def test_is_not_offered_without_mail_or_address(self, mailed: User, settings: Any):
        mailed.email = ""
        mailed.save()
        no_address = read(signed_in(mailed).get("/accounts/profile/").content)
        settings.SENDS_MAIL = False
        no_mail = read(signed_in(mailed).get("/accounts/profile/").content)

        assert no_address.all("input", name="by_mail") == []
        assert "教务登记您的邮箱地址后" in no_address.text
        assert "邮箱" not in no_mail.one("main").text


def test_old_notices_are_forgotten(teacher: User):
    now = timezone.now()
    tell(teacher, "old", at=now - dt.timedelta(days=181))
    tell(teacher, "young", at=now - dt.timedelta(days=179))

    assert forget_old(now, KEPT_FOR) == 1
    assert list(Notice.objects.values_list("cause", flat=True)) == ["young"]


class TestMany:
    def tell_all(self, users: list[User], cause: str = "cause", at: Any = None) -> None:
        notify_many(
            users,
            kind=KIND,
            arguments={"moment": "08:00"},
            address="/schedule/",
            cause=cause,
            at=at or timezone.now(),
        )

    def test_each_is_told_once_a_cause(self, teacher: User, other_teacher: User, student: User):
        tell(teacher)

        self.tell_all([teacher, other_teacher])
        self.tell_all([teacher, other_teacher, student])
        self.tell_all([student], "another")

        names = Notice.objects.order_by("user", "pk").values_list("user__username", "cause")
        assert sorted(names) == [
            ("other_teacher", "cause"),
            ("student", "another"),
            ("student", "cause"),
            ("teacher", "cause"),
        ]

    def test_nobody_is_no_statement(self):
        with CaptureQueriesContext(connection) as counted:
            self.tell_all([])

        assert [query["sql"] for query in counted if "INSERT" in query["sql"]] == []

    @pytest.mark.parametrize(
        ("email", "language", "is_active", "is_mailed"),
        [
            ("a@school.example", "en", True, True),
            ("a@school.example", "", True, False),
            ("", "en", True, False),
            ("a@school.example", "en", False, False),
        ],
    )
    def test_mail_is_for_who_chose_it(
        self,
        settings: Any,
        teacher: User,
        student: User,
        email: str,
        language: str,
        is_active: bool,
        is_mailed: bool,
    ):
        settings.SENDS_MAIL = True
        teacher.email, teacher.notice_mail_language, teacher.is_active = email, language, is_active
        teacher.save()
        at = timezone.now()

        self.tell_all([teacher, student], at=at)

        due = dict(Notice.objects.values_list("user__username", "due_at"))
        assert due == {"teacher": at if is_mailed else None, "student": None}


def give(user: User, mail_at: dt.datetime | None) -> None:
    content = NoticeContent(
        kind=KIND, arguments={"moment": "08:00"}, address="/schedule/", mail_at=mail_at
    )
    give_notices([(user, content)], cause="cause", at=timezone.now())


class TestMailLater:
    def test_stands_on_the_site_at_once_and_is_mailed_at_its_time(self, mailed: User):
        later = timezone.now() + dt.timedelta(minutes=10)

        give(mailed, later)

        assert len(rows(signed_in(mailed))) == 1
        assert [mail_due(later - dt.timedelta(seconds=1)), mail_due(later)] == [0, 1]

    @pytest.mark.parametrize(("minutes", "wakes"), [(None, True), (0, True), (10, False)])
    def test_mailer_is_woken_for_what_goes_at_once(
        self,
        mailed: User,
        minutes: int | None,
        wakes: bool,
        django_capture_on_commit_callbacks: Any,
    ):
        now = timezone.now() - dt.timedelta(seconds=1)
        mail_at = None if minutes is None else now + dt.timedelta(minutes=minutes)

        with django_capture_on_commit_callbacks() as waiting:
            give(mailed, mail_at)

        assert bool(waiting) is wakes


class TestUnheard:
    def unheard(self, user: User, **changes: Any) -> list[str]:
        now = timezone.now()
        which = {"kinds": [KIND], "since": now - dt.timedelta(minutes=10), "at": now, **changes}
        return [notice.cause for notice in lock_unheard([user.pk], **which)]

    def test_is_what_was_neither_read_nor_mailed_nor_is_mailed_now(
        self, mailed: User, other_teacher: User
    ):
        now = timezone.now()
        for cause in ("new", "read", "mailed", "leased"):
            tell(mailed, cause)
        tell(mailed, "old", at=now - dt.timedelta(minutes=11))
        tell(mailed, "other", kind="tests.other")
        tell(other_teacher, "theirs")
        Notice.objects.filter(cause="read").update(read_at=now)
        Notice.objects.filter(cause="mailed").update(mailed_at=now)
        until = now + dt.timedelta(minutes=1)
        Notice.objects.filter(cause="leased").update(lease_token="theirs", leased_until=until)

        assert self.unheard(mailed) == ["new"]

    def test_withdrawn_is_gone(self, mailed: User):
        tell(mailed)
        withdraw(Notice.objects.all())

        assert rows(signed_in(mailed)) == []
        assert mail_due(timezone.now()) == 0

    @pytest.mark.parametrize(("minutes", "wakes"), [(0, True), (10, False)])
    def test_said_otherwise_is_mailed_so_when_it_was_to_go(
        self,
        mailed: User,
        minutes: int,
        wakes: bool,
        django_capture_on_commit_callbacks: Any,
    ):
        now = timezone.now()
        turn = now + dt.timedelta(minutes=minutes)
        give(mailed, turn + dt.timedelta(minutes=1))
        Notice.objects.update(due_at=turn)
        (notice,) = Notice.objects.all()
        notice.arguments = {"moment": "09:30"}

        with django_capture_on_commit_callbacks() as waiting:
            say_otherwise([notice], at=now + dt.timedelta(seconds=1))

        assert bool(waiting) is wakes
        assert [mail_due(turn), mail_due(turn + dt.timedelta(seconds=1))] == [0, 1]
        assert mail.outbox[0].body.startswith("Hello 李老师,\n\nOpens at 09:30\n")

    def test_said_otherwise_is_mailed_to_nobody_else(self, teacher: User):
        tell(teacher)

        say_otherwise(Notice.objects.all(), at=timezone.now())

        assert Notice.objects.get().due_at is None
