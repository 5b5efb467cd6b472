"""Parts of the installation itself that are not in order: background work that stands still, and backups."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from edu_platform import heartbeat
from edu_platform.backup.latest import is_old, latest_ended_at
from schedule.school_day_hooks import NotInOrder, Remedy, is_administrator


def background_not_in_order(at: dt.datetime) -> Iterator[NotInOrder]:
    """Check that worker and beat run: without them nothing is made, asked for or told."""
    last = heartbeat.last_heartbeat()
    if last is not None and at - last <= heartbeat.SILENT_AFTER:
        return
    yield NotInOrder(
        _("Background work stands still: no rooms are made, no replays found, no notices sent."),
        reverse("admin:doctor"),
        last,
        opens_for=is_administrator,
        advice=_(
            "The operator of the server starts worker and beat again; what has waited is done by itself then."
        ),
        # Help is for everybody: planners tell the operator what to look at.
        remedy=Remedy(
            pgettext("not in order", "What the operator does"),
            f"{reverse('help:page', args=['operator'])}#night",
        ),
        comes_first=True,
    )


def backups_not_in_order(at: dt.datetime) -> Iterator[NotInOrder]:
    """Check that there is a backup of last night."""
    ended_at = latest_ended_at()
    if ended_at is None:
        sentence = _("There is no backup yet.")
    elif is_old(ended_at, at):
        sentence = _("The last backup is old.")
    else:
        return
    yield NotInOrder(
        sentence,
        reverse("admin:edu_platform_backup_changelist"),
        ended_at,
        is_for=is_administrator,
        advice=_("The operator of the server makes one, best every night."),
        remedy=Remedy(
            pgettext("not in order", "How to make one"),
            f"{reverse('help:guide', args=['backup'])}#every-night",
        ),
    )
