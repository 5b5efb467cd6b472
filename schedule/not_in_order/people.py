"""People whom the cloud refuses, and notices that do not leave by mail."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator

from django.urls import reverse
from django.utils.translation import gettext, ngettext, pgettext

from accounts.selectors.people import refused_count, refused_people, unmailed_count
from accounts.services.notices import mail_again
from accounts.services.profile_sync import try_again
from schedule.people.filters import State
from schedule.school_day_hooks import NotInOrder, Remedy, begun, counted, is_administrator


def people_not_in_order(_at: dt.datetime) -> Iterator[NotInOrder]:
    """People whom the cloud refuses, and who cannot enter any class."""
    return counted(refused_count(), _refused_line)


def _refused_line(count: int) -> NotInOrder:
    sentence = ngettext(
        "The cloud refuses %(count)s person, who cannot enter any class.",
        "The cloud refuses %(count)s people, who cannot enter any class.",
        count,
    )
    refused = f"{reverse('people:people')}?state={State.REFUSED.value}"
    remedy = Remedy(pgettext("not in order", "Try again now"), run=_register_again)
    return NotInOrder(sentence, refused, remedy=remedy, kind="people")


def mail_not_in_order(_at: dt.datetime) -> Iterator[NotInOrder]:
    """Notices that the mail server does not take: their people still find them on their page."""
    return counted(unmailed_count(), _unmailed_line)


def _unmailed_line(count: int) -> NotInOrder:
    sentence = ngettext(
        "%(count)s notice could not be mailed yet.",
        "%(count)s notices could not be mailed yet.",
        count,
    )
    return unmailed_line(sentence, kind="mail", run=_mail_again)


def unmailed_line(sentence: str, *, kind: str, run: Callable[[dt.datetime], str]) -> NotInOrder:
    """Return the line about mails that do not leave, with a button that does `run`.

    Mails are their people's own: no page lists them, but the mail server can be tried.
    """
    advice = gettext(
        "The mail server does not answer, or refuses them: see the setting EMAIL_URL and the log of the worker."
    )
    remedy = Remedy(pgettext("not in order", "Send now"), run=run, is_for=is_administrator)
    return NotInOrder(
        sentence,
        reverse("admin:doctor"),
        is_for=is_administrator,
        advice=advice,
        remedy=remedy,
        kind=kind,
    )


def _register_again(_at: dt.datetime) -> str:
    count = try_again(refused_people())
    text = ngettext(
        "A worker takes care of %(count)s person now.",
        "A worker takes care of %(count)s people now.",
        count,
    )
    return begun(count, text)


def _mail_again(at: dt.datetime) -> str:
    count = mail_again(at)
    text = ngettext(
        "A worker mails %(count)s notice now.", "A worker mails %(count)s notices now.", count
    )
    return begun(count, text)
