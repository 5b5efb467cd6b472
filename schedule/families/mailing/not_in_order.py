"""Mails to families that do not leave: their children still find the changes on their page, and families on theirs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from django.utils.translation import ngettext

from edu_platform.lib.backlog import backlog
from schedule.families.mailing.runs import mail_again
from schedule.models import FamilyAddress
from schedule.not_in_order.people import unmailed_line
from schedule.school_day_hooks import NotInOrder, begun, counted

unmailed_count = backlog(FamilyAddress.objects.unmailed, since="unreachable_since")


def family_mail_not_in_order(_at: dt.datetime) -> Iterator[NotInOrder]:
    return counted(unmailed_count(), _unmailed_line)


def _unmailed_line(count: int) -> NotInOrder:
    sentence = ngettext(
        "%(count)s family could not be mailed yet.",
        "%(count)s families could not be mailed yet.",
        count,
    )
    return unmailed_line(sentence, kind="family_mail", run=_mail_again)


def _mail_again(at: dt.datetime) -> str:
    count = mail_again(at)
    text = ngettext(
        "A worker mails %(count)s family now.", "A worker mails %(count)s families now.", count
    )
    return begun(count, text)
