"""Lessons whose attendance has not come, for those who look after the school."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from django.urls import reverse
from django.utils.translation import gettext, ngettext, pgettext

from attendance.missing.overdue import ask_again, overdue_backlog
from schedule.school_day_hooks import NotInOrder, Remedy, begun, counted


def attendance_not_in_order(at: dt.datetime) -> Iterator[NotInOrder]:
    """Name how many lessons have no attendance yet, or never will."""
    return counted(overdue_backlog(at), _overdue_line)


def _overdue_line(count: int) -> NotInOrder:
    sentence = ngettext(
        "The attendance of %(count)s lesson has not come.",
        "The attendance of %(count)s lessons has not come.",
        count,
    )
    address = reverse("attendance:missing")
    return NotInOrder(
        sentence,
        address,
        advice=gettext("Nobody counts as absent there; states can be corrected by hand."),
        remedy=Remedy(pgettext("not in order", "Ask again now"), run=_ask_again),
        kind="attendance",
    )


def _ask_again(at: dt.datetime) -> str:
    count = ask_again(at)
    text = ngettext(
        "The attendance of %(count)s class is asked for once more.",
        "The attendance of %(count)s classes is asked for once more.",
        count,
    )
    return begun(count, text)
