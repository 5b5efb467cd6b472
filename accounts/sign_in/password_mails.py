"""Links for a new password by mail: for a person who asks on the sign-in page, and for staff who ask for somebody.

Who asks without signing in gets the same answer, in the same time, whether there is an account: one row is
written, and a worker does the rest. The link's key is made when its mail is sent, and is in no table, queue or log.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Sequence
from urllib.parse import quote

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from allauth.core import ratelimit
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone, translation

from accounts.enums import LinkMail
from accounts.models import RequestedMail, User
from accounts.services.school_mails import MailRefused, MailServerSilent, send_secret_mail
from edu_platform.lib.due import DueLoop, Rules, exponential
from edu_platform.lib.queueing import enqueue_on_commit

logger = logging.getLogger(__name__)

MAILS_A_RUN = 500
# Long enough for a slow mail server.
LEASE = dt.timedelta(minutes=5)
FIRST_RETRY = dt.timedelta(minutes=1)
LAST_RETRY = dt.timedelta(hours=1)
# Later nobody waits for it any more: who still needs it has asked again.
WANTED_FOR = dt.timedelta(days=1)


MAILING = Rules(
    name="mails that were asked for",
    limit_s=50,  # shorter than the pause between two runs, so that they seldom overlap
    silent=(MailServerSilent,),
    stop_after=1,
    expected=(MailRefused,),
)


# --- Asked for by anybody -------------------------------------------------------------------------


def request_links(people: Sequence[User], *, language: str) -> None:
    """Ask a worker to mail a link to each of these people; for nobody it does the same, but for the mail."""
    at = timezone.now()
    somebody_or_nobody: Sequence[User | None] = people or [None]
    RequestedMail.objects.bulk_create(
        RequestedMail(user=person, language=language, created_at=at, due_at=at)
        for person in somebody_or_nobody
    )
    enqueue_on_commit("accounts.send_requested_mails")


def send_requested(at: dt.datetime) -> int:
    """Do what was asked for, and return how many rows that were. Never to be called inside a transaction."""
    rows = RequestedMail.objects.all()
    loop = DueLoop(rules=MAILING, rows=rows, lease=LEASE, pause=_pause, failed=_drop_given_up)
    return loop.run(rows.due(at)[:MAILS_A_RUN], _send, at).done


def _send(mail: RequestedMail) -> None:
    # Read now: since it was asked for, the account may have been closed, or have got another address.
    person = mail.user
    if person is not None and _is_to_be_mailed(mail, person):
        _mail_link(person, language=mail.language)
    RequestedMail.objects.filter(pk=mail.pk).delete()


def _is_to_be_mailed(mail: RequestedMail, person: User) -> bool:
    is_wanted = timezone.now() - mail.created_at < WANTED_FOR
    if not (is_wanted and person.is_active and person.email):
        return False
    # A mail is counted once, however often it is tried.
    return mail.attempts > 1 or _is_within_limits(person)


def _pause(mail: RequestedMail, _err: Exception, at: dt.datetime) -> dt.timedelta | None:
    pause = exponential(mail.attempts, FIRST_RETRY, LAST_RETRY)
    return pause if at + pause - mail.created_at < WANTED_FOR else None


def _drop_given_up(mail: RequestedMail, _err: Exception, _at: dt.datetime) -> None:
    RequestedMail.objects.filter(pk=mail.pk, due_at=None).delete()


# --- Asked for by staff ---------------------------------------------------------------------------


def mail_link_now(person: User) -> LinkMail:
    """Mail a link in the person's language while staff wait, and say what became of it."""
    if not _is_within_limits(person):
        return LinkMail.LIMITED
    try:
        _mail_link(person, language=person.notice_mail_language or settings.LANGUAGE_CODE)
    except (MailServerSilent, MailRefused) as err:
        logger.warning("person %s: no mail for a new password: %s", person.pk, err)
        return LinkMail.FAILED
    return LinkMail.SENT


# --- The mail -------------------------------------------------------------------------------------


def _is_within_limits(person: User) -> bool:
    """Count a mail to this person and to this address; False when either had many lately."""
    counted = (
        ("reset_mail_to_person", str(person.pk)),
        ("reset_mail_to_address", person.email.lower()),
    )
    # The limits are by key: nothing of the request is looked at.
    return all(ratelimit.consume(HttpRequest(), action=action, key=key) for action, key in counted)


def _mail_link(person: User, *, language: str) -> None:
    """Mail to the address that we keep, whatever the asker wrote.

    Raises:
        MailRefused: the mail server does not take it.
        MailServerSilent: it takes none at the moment.
    """
    context = {
        "user": person,
        "username": person.username,
        "password_reset_url": _new_link(person),
    }
    with translation.override(language):
        send_secret_mail("account/email/password_reset_key", person.email, context)


def _new_link(person: User) -> str:
    """Make a link at the platform's own address, whatever the asker calls it by."""
    key = f"{user_pk_to_url_str(person)}-{default_token_generator.make_token(person)}"
    path = reverse("account_reset_password_from_key", kwargs={"uidb36": "UID", "key": "KEY"})
    return settings.PUBLIC_BASE_URL + path.replace("UID-KEY", quote(key))
