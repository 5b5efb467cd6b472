"""Mails to families, by a worker: one that asks for a confirmation, and those that tell of changes.

What is told stands in the notices of the children, so that a mail that did not go is made anew, and tells what came since
as well. It is sent again when its worker is killed between sending and noting it.
"""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import translation

from accounts.services.school_mails import MailRefused, MailServerSilent, send_secret_mail
from edu_platform.lib.due import DueLoop, Rules, exponential
from edu_platform.lib.formatting import listed
from edu_platform.lib.queueing import enqueue_on_commit
from edu_platform.lib.secret_tokens import digest_of, make_secret_token
from schedule.families.mailing.addresses import CONFIRMABLE_FOR, TASK, next_evening, stop_token
from schedule.families.mailing.news import News, children_of, given_since, mail_turns, take_news
from schedule.models import FamilyAddress

MAILS_A_RUN = 200
# Long enough for a slow mail server; an address whose mailer was killed is due again afterwards.
LEASE = dt.timedelta(minutes=5)
FIRST_RETRY = dt.timedelta(minutes=1)
LAST_RETRY = dt.timedelta(hours=2)
# Over two hours in all. What was not told goes with the mail of the next change.
MAX_MAIL_TRIES = 8
MAILING = Rules(
    name="mails to families",
    limit_s=50,  # shorter than the pause between two runs, so that they seldom overlap
    silent=(MailServerSilent,),
    stop_after=1,
    expected=(MailRefused,),
)


def mail_due(at: dt.datetime) -> int:
    """Mail the families whose turn it is; return how many were gone through. Never to be called inside a transaction."""
    rows = FamilyAddress.objects.all()
    loop = DueLoop(rules=MAILING, rows=rows, lease=LEASE, pause=_pause)
    return loop.run(rows.due(at)[:MAILS_A_RUN], lambda address: _mail(address, at), at).done


def mail_again(at: dt.datetime) -> int:
    """Make due at once what the mail server did not take; return how many mails."""
    with transaction.atomic():
        count = FamilyAddress.objects.unmailed().unleased(at=at).update_in_order(due_at=at)
        enqueue_on_commit(TASK)
    return count


def _pause(address: FamilyAddress, _err: Exception, _at: dt.datetime) -> dt.timedelta | None:
    if address.attempts >= MAX_MAIL_TRIES:
        return None
    return exponential(address.attempts, FIRST_RETRY, LAST_RETRY)


def _mail(address: FamilyAddress, at: dt.datetime) -> None:
    with translation.override(address.language):
        if not address.is_confirmed:
            _ask(address)
        else:
            _tell(address, at)


def _ask(address: FamilyAddress) -> None:
    """Mail the link that confirms the address. Its token is made now, and is in no table, queue or log."""
    token = make_secret_token()
    mine = FamilyAddress.objects.filter(pk=address.pk, asked_at=address.asked_at, confirmed_at=None)
    children = children_of(address)
    if not children or not mine.update(token_digest=digest_of(token)):
        return
    context = {
        "names": listed(child.display_name for child in children),
        "confirm_url": settings.PUBLIC_BASE_URL + reverse("family_mails:confirm", args=[token]),
        "days": CONFIRMABLE_FOR.days,
    }
    send_secret_mail("schedule/mail/family_confirm", address.email, context)


def _tell(address: FamilyAddress, at: dt.datetime) -> None:
    news = take_news(address, at=at)
    if news is not None:
        stop_url = settings.PUBLIC_BASE_URL + reverse(
            "family_mails:stop", args=[stop_token(address)]
        )
        context = {
            "names": listed(news.names),
            "children": news.children,
            "stop_url": stop_url,
            "is_daily": address.is_daily,
        }
        # By RFC 8058 mail programs offer a button of their own.
        headers = {
            "List-Unsubscribe": f"<{stop_url}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        }
        send_secret_mail("schedule/mail/family_changes", address.email, context, headers=headers)
    _note_told(address, news, at)


@transaction.atomic
def _note_told(address: FamilyAddress, news: News | None, at: dt.datetime) -> None:
    """Keep up to when the family was told, and plan the mail of what is left."""
    mine = FamilyAddress.objects.filter(pk=address.pk, confirmed_at=address.confirmed_at)
    now = mine.select_for_update(no_key=True).first()
    if now is None:
        return  # it was given up meanwhile, or is another one
    told_ids = frozenset() if news is None else news.notice_ids
    given = given_since(now, children_of(now))
    left = [notice for notice in given if notice.pk not in told_ids]
    told_until = now.told_until if news is None else max(news.until, now.told_until)
    due_at = None
    if left:
        # Some may have come while the mail went, from an action that began before.
        told_until = min(told_until, left[0].created_at - dt.timedelta.resolution)
        due_at = next_evening(at) if now.is_daily else min(mail_turns(left).values())
    mine.update(told_until=told_until, due_at=due_at)
