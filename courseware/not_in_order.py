"""Courseware that lessons need soon, and files that are stuck, for those who look after the school."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from django.urls import reverse
from django.utils.translation import gettext, ngettext, pgettext

from courseware.models import Courseware
from courseware.selectors.library import NEEDED, STUCK
from courseware.services.readiness import needed_soon, needed_soon_backlog
from courseware.services.transcoding import stuck, try_again
from edu_platform.lib.backlog import backlog
from schedule.school_day_hooks import NotInOrder, Remedy, counted

_stuck_backlog = backlog(stuck, since="state_since")


def _files(state: str) -> str:
    return f"{reverse('courseware:list')}?state={state}"


def unready_not_in_order(at: dt.datetime) -> Iterator[NotInOrder]:
    """Courseware that lessons need within a day, and that is not ready."""
    return counted(needed_soon_backlog(at), _unready_line)


def _unready_line(count: int) -> NotInOrder:
    sentence = ngettext(
        "%(count)s file is not ready, and a lesson needs it within a day.",
        "%(count)s files are not ready, and lessons need them within a day.",
        count,
    )
    remedy = Remedy(pgettext("not in order", "Try again now"), run=_try_needed_again)
    return NotInOrder(sentence, _files(NEEDED), remedy=remedy, kind="courseware")


def stuck_not_in_order(_at: dt.datetime) -> Iterator[NotInOrder]:
    """Files that could not be transcoded in time, and are still tried."""
    return counted(_stuck_backlog(), _stuck_line)


def _stuck_line(count: int) -> NotInOrder:
    sentence = ngettext(
        "%(count)s file has been on its way for too long.",
        "%(count)s files have been on their way for too long.",
        count,
    )
    remedy = Remedy(pgettext("not in order", "Try again now"), run=_try_stuck_again)
    return NotInOrder(sentence, _files(STUCK), remedy=remedy, kind="uploads")


def _try_needed_again(at: dt.datetime) -> str:
    return _tried(try_again(needed_soon(at), at=at))


def _try_stuck_again(at: dt.datetime) -> str:
    return _tried(try_again(Courseware.objects.filter(pk__in=stuck().values("pk")), at=at))


def _tried(count: int) -> str:
    if not count:
        return gettext("Nothing can be tried now: each file is on its way, or just being tried.")
    text = ngettext(
        "%(count)s file is tried again now.", "%(count)s files are tried again now.", count
    )
    return text % {"count": count}
