"""Mails to families that do not leave at once: tried again, told of, and never lost."""

from __future__ import annotations

import datetime as dt
import logging
import smtplib
from typing import Any

import pytest
from django.core.mail import EmailMessage
from django.core.validators import validate_email
from django.utils import timezone

from accounts.models import Notice, User
from accounts.services import school_mails
from schedule.families.mailing import runs
from schedule.families.mailing.addresses import plan_mails
from schedule.families.mailing.not_in_order import family_mail_not_in_order
from schedule.families.mailing.runs import mail_due
from schedule.models import FamilyAddress, Lesson
from tests.schedule.families.mailing.conftest import DAY, MINUTE, in_turn, move
from tests.support.family_mails import lines, sent
from tests.support.not_in_order import mended, told

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _due(only_new_changes: None, lesson: Lesson, at_once: FamilyAddress) -> None:
    with in_turn(-20):
        FamilyAddress.objects.update(told_until=timezone.now() - MINUTE)
        move(lesson, 14 * DAY)
    FamilyAddress.objects.update(due_at=timezone.now())


def test_silent_server_is_tried_again_ever_later_and_the_change_is_not_lost(
    lesson: Lesson, monkeypatch: pytest.MonkeyPatch
):
    with monkeypatch.context() as patch:
        fail(patch, ConnectionRefusedError("no mail server"))
        waits = []
        at = timezone.now()
        while (due := FamilyAddress.objects.get().due_at) is not None:
            waits.append(round((due - at) / MINUTE))
            FamilyAddress.objects.update(due_at=at)
            mail_due(at)
    assert waits == [0, 1, 2, 4, 8, 16, 32, 64]

    move(lesson, DAY)
    with in_turn(11):
        (body,) = sent()
    assert len(lines(body)) == 2


def test_refusal_says_nothing_of_the_mail(monkeypatch: pytest.MonkeyPatch, caplog: Any):
    fail(monkeypatch, smtplib.SMTPDataError(554, b"refused: the whole mail"))

    mail_due(timezone.now())

    assert FamilyAddress.objects.get().last_error == "MailRefused: SMTPDataError 554"
    assert "the whole mail" not in caplog.text


def test_address_to_which_no_mail_can_be_written_is_refused_without_being_named(
    monkeypatch: pytest.MonkeyPatch, caplog: Any
):
    email = '"a\x0bb"@home.example'
    validate_email(email)
    FamilyAddress.objects.update(email=email)
    # As servers are sent it, which none of the tests is.
    monkeypatch.setattr(EmailMessage, "send", lambda message: message.message().as_bytes())

    mail_due(timezone.now())

    assert FamilyAddress.objects.get().last_error == "MailRefused: HeaderWriteError"
    assert "home.example" not in caplog.text
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


def test_mailer_that_was_killed_is_followed_by_another():
    later = timezone.now() + 5 * MINUTE
    FamilyAddress.objects.update(lease_token="theirs", leased_until=later, attempts=1)

    assert sent() == []
    with in_turn(6):
        assert len(sent()) == 1


def test_mail_whose_mailer_was_killed_before_it_left_is_sent(monkeypatch: pytest.MonkeyPatch):
    with monkeypatch.context() as patch:
        fail(patch, KeyboardInterrupt())
        with pytest.raises(KeyboardInterrupt):
            mail_due(timezone.now())

    with in_turn(6):
        assert len(sent()) == 1


def test_what_is_given_while_the_mail_goes_is_told_by_the_next(
    lesson: Lesson, student: User, monkeypatch: pytest.MonkeyPatch
):
    """Also where the action began before the one that the mail tells of, and was written after it."""
    (first,) = Notice.objects.filter(user=student)
    original = school_mails.send_secret_mail

    def send(*args: Any, **options: Any) -> None:
        Notice.objects.create(
            user=student,
            kind=first.kind,
            arguments=first.arguments,
            address="/",
            cause="schedule.lessons_changed:other",
            created_at=first.created_at - dt.timedelta(seconds=1),
        )
        plan_mails({student.pk: timezone.now()}, first.created_at - dt.timedelta(seconds=1))
        original(*args, **options)

    with monkeypatch.context() as patch:
        patch.setattr(runs, "send_secret_mail", send)
        assert len(sent()) == 1

    (_first, second) = sent()
    # What was told after it is told once more: better twice than never.
    assert len(lines(second)) == 2
    assert FamilyAddress.objects.get().due_at is None


def test_administrators_find_what_does_not_leave(
    administrator: User,
    planner: User,
    monkeypatch: pytest.MonkeyPatch,
):
    assert told(family_mail_not_in_order) == []
    fail(monkeypatch, ConnectionRefusedError("no mail server"))
    mail_due(timezone.now())

    (line,) = told(family_mail_not_in_order)

    assert line.sentence == "1 family could not be mailed yet."
    assert [line.is_for(user) for user in (administrator, planner)] == [True, False]
    assert mended(family_mail_not_in_order) == "A worker mails 1 family now."
    due_at = FamilyAddress.objects.get().due_at
    assert due_at is not None
    assert due_at <= timezone.now()


def fail(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    def send(_message: EmailMessage, **_options: Any) -> int:
        raise error

    monkeypatch.setattr(EmailMessage, "send", send)
