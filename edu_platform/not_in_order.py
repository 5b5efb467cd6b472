"""What of the installation itself is not in order: background work that stands still, and backups."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from django.utils.translation import gettext as _

from accounts.models import User
from edu_platform import heartbeat
from edu_platform.backup.records import is_old, latest_ended_at
from schedule.hooks import NotInOrder


def background_not_in_order(at: dt.datetime) -> Iterator[NotInOrder]:
    """Whether worker and beat run: without them nothing is made, asked for or told."""
    last = heartbeat.last_heartbeat()
    if last is not None and at - last <= heartbeat.SILENT_AFTER:
        return
    yield NotInOrder(
        _("Background work stands still: no rooms are made, no replays found, no notices sent."),
        "",
        last,
        advice=_(
            "The operator of the server starts worker and beat again; what has waited is done by itself then."
        ),
        comes_first=True,
    )


def backups_not_in_order(at: dt.datetime) -> Iterator[NotInOrder]:
    """Whether there is a backup of last night."""
    ended_at = latest_ended_at()
    if ended_at is None:
        sentence = _("There is no backup yet.")
    elif is_old(ended_at, at):
        sentence = _("The last backup is old.")
    else:
        return
    advice = _("The operator of the server makes one, best every night.")
    yield NotInOrder(sentence, "", ended_at, is_for=_is_administrator, advice=advice)


def _is_administrator(user: User) -> bool:
    return user.is_administrator
