"""Mails to families that do not leave: their children still find the changes on their page, and families on theirs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from django.urls import reverse
from django.utils.translation import gettext, ngettext, pgettext

from accounts.models import User
from edu_platform.lib.backlog import backlog
from schedule.families.mailing_runs import mail_again
from schedule.models import FamilyAddress
from schedule.school_day_hooks import NotInOrder, Remedy, begun, counted

unmailed_count = backlog(FamilyAddress.objects.unmailed, since="unreachable_since")


def family_mail_not_in_order(_at: dt.datetime) -> Iterator[NotInOrder]:
    return counted(unmailed_count(), _unmailed_line)


def _unmailed_line(count: int) -> NotInOrder:
    sentence = ngettext(
        "%(count)s family could not be mailed yet.",
        "%(count)s families could not be mailed yet.",
        count,
    )
    advice = gettext(
        "The mail server does not answer, or refuses them: see the setting EMAIL_URL and the log of the worker."
    )
    remedy = Remedy(pgettext("not in order", "Send now"), run=_mail_again, is_for=_is_administrator)
    return NotInOrder(
        sentence,
        # No page lists the addresses of families, but the mail server can be tried.
        reverse("admin:doctor"),
        is_for=_is_administrator,
        advice=advice,
        remedy=remedy,
        kind="family_mail",
    )


def _is_administrator(user: User) -> bool:
    return user.is_administrator


def _mail_again(at: dt.datetime) -> str:
    count = mail_again(at)
    text = ngettext(
        "A worker mails %(count)s family now.", "A worker mails %(count)s families now.", count
    )
    return begun(count, text)
