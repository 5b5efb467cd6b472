"""Replays that are late or failed, and those that cannot be deleted, for those who look after the school."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from django.urls import reverse
from django.utils.translation import gettext, ngettext, pgettext

from edu_platform.lib.backlog import backlog
from replays.models import ReplayPurge
from replays.overdue import late_backlog, late_replays
from replays.search.filters import RESISTING, RESISTING_AFTER
from replays.services.polling import ask_soon
from schedule.school_day_hooks import DayFigure, NotInOrder, Remedy, counted

# The line, its button, and the figure of the day that counts the same.
LATE = "replays"

_resisting_backlog = backlog(ReplayPurge.objects.resisting, since="unreachable_since")


def late_not_in_order(at: dt.datetime) -> Iterator[NotInOrder]:
    """Replays that are late or failed, as their page lists them."""
    return counted(late_backlog(at), _late_line)


def _late_line(count: int) -> NotInOrder:
    sentence = ngettext(
        "%(count)s replay is late or failed.",
        "%(count)s replays are late or failed.",
        count,
    )
    remedy = Remedy(pgettext("not in order", "Check all now"), run=_ask_again)
    return NotInOrder(sentence, reverse("replays:late"), remedy=remedy, kind=LATE)


def late_figure() -> DayFigure:
    return DayFigure(LATE, gettext("Late replays"), reverse("replays:late"))


def deletions_not_in_order(at: dt.datetime) -> Iterator[NotInOrder]:
    """Replays of the trash that are still there after a day of trying."""
    return counted(_resisting_backlog(since=at - RESISTING_AFTER), _resisting_line)


def _resisting_line(count: int) -> NotInOrder:
    sentence = ngettext(
        "%(count)s deleted replay could not be removed for a day.",
        "%(count)s deleted replays could not be removed for a day.",
        count,
    )
    resisting = f"{reverse('replays:list')}?state={RESISTING}"
    remedy = Remedy(pgettext("not in order", "See why"), resisting)
    return NotInOrder(sentence, resisting, remedy=remedy)


def _ask_again(at: dt.datetime) -> str:
    count = ask_soon(late_replays(at), at)
    if not count:
        return gettext("None of them is checked any more: their page says what can still be done.")
    text = ngettext(
        "A check of %(count)s replay begins.", "A check of %(count)s replays begins.", count
    )
    return text % {"count": count}
