"""Notices: given once a cause, read by their person, and mailed to those who chose mail."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from smtplib import SMTPDataError, SMTPRecipientsRefused
from typing import Any

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone, translation

from accounts.models import Notice, NoticeQuerySet, SchoolSettings, User
from accounts.notice_kinds import sentence_of, words_of
from edu_platform.lib.database import release_database
from edu_platform.lib.due import DueLoop, Rules, exponential
from edu_platform.lib.queueing import enqueue_on_commit

MAILS_A_RUN = 200
# Long enough for a slow mail server; a notice whose mailer was killed is due again afterwards.
LEASE = dt.timedelta(minutes=5)
FIRST_RETRY = dt.timedelta(minutes=1)
LAST_RETRY = dt.timedelta(hours=2)
MAX_MAIL_TRIES = 8  # over two hours in all: later it is no news any more
MAILING = Rules(
    name="notices by mail",
    limit_s=50,  # shorter than the pause between two runs, so that they seldom overlap
    silent=(OSError,),  # all errors of smtplib are among these
    stop_after=1,
    expected=(SMTPRecipientsRefused, SMTPDataError),
)
# Unless the school chooses otherwise (`accounts.kept_kinds`).
KEPT_FOR = dt.timedelta(days=180)
NOTICES_A_STATEMENT = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeContent:
    """The text of a notice, the page it leads to, and when it goes by mail to who chose mail."""

    kind: str
    arguments: Mapping[str, Any]
    address: str
    # None: at once.
    mail_at: dt.datetime | None = None


@transaction.atomic
def notify(
    *,
    user: User,
    kind: str,
    arguments: Mapping[str, Any],
    address: str,
    cause: str,
    at: dt.datetime,
) -> bool:
    """Notify a person, unless there is a notice for this cause; return whether it is new.

    The address is a path of our own; the mail, for those who chose mail, goes by a worker.
    """
    content = NoticeContent(kind=kind, arguments=arguments, address=address)
    told = _columns(user, content, at=at)
    _notice, is_new = Notice.objects.get_or_create(user=user, cause=cause, defaults=told)
    if is_new and _chose_mail(user):
        enqueue_on_commit("accounts.mail_notices")
    return is_new


def notify_many(
    users: Collection[User],
    *,
    kind: str,
    arguments: Mapping[str, Any],
    address: str,
    cause: str,
    at: dt.datetime,
) -> None:
    """Notify many people in a few statements, except those with a notice for this cause."""
    content = NoticeContent(kind=kind, arguments=arguments, address=address)
    give_notices([(user, content) for user in users], cause=cause, at=at)


def give_notices(
    notices: Sequence[tuple[User, NoticeContent]], *, cause: str, at: dt.datetime
) -> None:
    """The same, where each of them hears something else of one cause, or has another time for mail."""
    told = [
        Notice(user=user, cause=cause, **_columns(user, content, at=at))
        for user, content in notices
    ]
    with transaction.atomic():
        Notice.objects.bulk_create(told, batch_size=NOTICES_A_STATEMENT, ignore_conflicts=True)
        # What waits goes with a run of the clock.
        if any(_chose_mail(user) and (each.mail_at or at) <= at for user, each in notices):
            enqueue_on_commit("accounts.mail_notices")


def _columns(user: User, content: NoticeContent, *, at: dt.datetime) -> dict[str, Any]:
    """Return what a new notice says, and when it is mailed, beside whom it tells and why."""
    return {
        "kind": content.kind,
        "arguments": dict(content.arguments),
        "address": content.address,
        "created_at": at,
        "due_at": _mail_at(user, content.mail_at or at),
    }


def _chose_mail(user: User) -> bool:
    return bool(user.is_active and user.email and user.notice_mail_language)


def _mail_at(user: User, at: dt.datetime) -> dt.datetime | None:
    return at if _chose_mail(user) and settings.SENDS_MAIL else None


# --- What nobody has heard of yet -----------------------------------------------------------------


def lock_unheard(
    user_ids: Collection[int], *, kinds: Collection[str], since: dt.datetime, at: dt.datetime
) -> list[Notice]:
    """Notices of these kinds that were neither read nor mailed, nor are mailed now.

    They stay so until the transaction ends.
    """
    unheard = Notice.objects.unread().unleased(at=at).filter(mailed_at=None, created_at__gt=since)
    rows = unheard.filter(user__in=user_ids, kind__in=kinds).order_by("pk")
    return list(rows.select_for_update(of=("self",), no_key=True))


def withdraw(notices: Iterable[Notice]) -> None:
    """Take back what `lock_unheard` returned."""
    if pks := [notice.pk for notice in notices]:
        Notice.objects.filter(pk__in=pks).delete()


def say_otherwise(notices: Iterable[Notice], *, at: dt.datetime) -> None:
    """Save other arguments of what `lock_unheard` returned; its mail goes when it was to go.

    Its turn is later by as little as there is: so a mailer that has read the old arguments leaves it alone.
    """
    changed = list(notices)
    for notice in changed:
        if notice.due_at is not None:
            notice.due_at += dt.timedelta.resolution
    Notice.objects.bulk_update(changed, ["arguments", "due_at"], batch_size=NOTICES_A_STATEMENT)
    if any(notice.due_at is not None and notice.due_at <= at for notice in changed):
        enqueue_on_commit("accounts.mail_notices")


# --- What others than their person are told --------------------------------------------------------


def given_to(
    user_ids: Collection[int], *, kinds: Collection[str], since: dt.datetime
) -> NoticeQuerySet:
    """Return the notices of these kinds that people got after a moment, read or not; the earliest comes first."""
    given = Notice.objects.filter(user__in=user_ids, kind__in=kinds, created_at__gt=since)
    return given.order_by("created_at", "pk")


def count_as_heard(notices: Iterable[Notice], *, at: dt.datetime) -> list[Notice]:
    """Keep notices from being taken back, of which others are told now; return those that are still there, as they are."""
    rows = Notice.objects.filter(pk__in=[notice.pk for notice in notices])
    with transaction.atomic():
        locked = list(rows.order_by("pk").select_for_update(of=("self",), no_key=True))
        unheard = [notice.pk for notice in locked if notice.mailed_at is None]
        Notice.objects.filter(pk__in=unheard).update(mailed_at=at)
    return sorted(locked, key=lambda notice: (notice.created_at, notice.pk))


# --- Reading and mailing --------------------------------------------------------------------------


def mark_read(user: User, code: str, *, at: dt.datetime) -> Notice | None:
    """Mark one notice of this person as read, and return it; None when they have no such one."""
    _read(user, at, code=code)
    return Notice.objects.filter(user=user, code=code).first()


def mark_all_read(user: User, *, at: dt.datetime) -> None:
    _read(user, at)


def _read(user: User, at: dt.datetime, **which: str) -> None:
    # What was read already needs no mail.
    Notice.objects.unread().filter(user=user, **which).update_in_order(read_at=at, due_at=None)


def choose_mail(user: User, *, language: str) -> None:
    """Have notices sent by mail too, in this language; or, with an empty one, not any more."""
    user.notice_mail_language = language
    user.save(update_fields=["notice_mail_language"])
    if not language:
        Notice.objects.filter(user=user, due_at__isnull=False).update_in_order(due_at=None)


def mail_due(at: dt.datetime) -> int:
    """Mail the notices whose turn it is, and return how many went out.

    A mail server that does not answer ends the run; what failed is tried again, ever later. Never
    to be called inside a transaction.
    """
    loop = DueLoop(rules=MAILING, rows=Notice.objects.all(), lease=LEASE, pause=_pause)
    return loop.run(Notice.objects.due(at).select_related("user")[:MAILS_A_RUN], _mail, at).done


def mail_again(at: dt.datetime) -> int:
    """Have a worker mail now what the mail server did not take; return how many notices."""
    with transaction.atomic():
        count = Notice.objects.unmailed().unleased(at=at).update_in_order(due_at=at)
        enqueue_on_commit("accounts.mail_notices")
    return count


def _pause(notice: Notice, _err: Exception, _at: dt.datetime) -> dt.timedelta | None:
    if notice.attempts >= MAX_MAIL_TRIES:
        return None
    return exponential(notice.attempts, FIRST_RETRY, LAST_RETRY)


def _mail(notice: Notice) -> None:
    user = notice.user
    if not _chose_mail(user):
        return  # Since it was given, the account was closed, or has no address any more.
    with translation.override(user.notice_mail_language or settings.LANGUAGE_CODE):
        context = {
            "name": user.display_name,
            "sentence": sentence_of(notice.kind, notice.arguments),
            "way": words_of(notice.kind).way,
            "address": settings.PUBLIC_BASE_URL + notice.address,
            "base_url": settings.PUBLIC_BASE_URL,
            "school_name": SchoolSettings.load().school_name,
        }
        subject = render_to_string("accounts/mail/notice_subject.txt", context)
        body = render_to_string("accounts/mail/notice.txt", context)
    release_database()
    send_mail(" ".join(subject.split()), body, settings.DEFAULT_FROM_EMAIL, [user.email])
    Notice.objects.filter(pk=notice.pk).update(mailed_at=timezone.now())


def forget_old(at: dt.datetime, length: dt.timedelta) -> int:
    """Delete what is older, and return how much that was."""
    old = Notice.objects.filter(created_at__lt=at - length)
    forgotten = 0
    while some := list(old.order_by("pk").values_list("pk", flat=True)[:NOTICES_A_STATEMENT]):
        forgotten += Notice.objects.filter(pk__in=some).delete()[0]
    return forgotten
