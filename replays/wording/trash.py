"""Texts of moving to the trash and restoring."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from replays.models import Replay
from replays.models.sessions import title_of


def trashed_text(count: int, *, days: int) -> str:
    """Say how many were moved to the trash, and for how many days they can be restored."""
    if not count:
        return _("They are in the trash already.")
    told = ngettext(
        "%(count)s replay is in the trash. It can be restored for %(days)s days.",
        "%(count)s replays are in the trash. They can be restored for %(days)s days.",
        count,
    )
    return told % {"count": count, "days": days}


def nothing_to_delete_text(replay: Replay) -> str:
    text = _("Nothing was deleted: of “%(title)s” there is no recording.")
    return text % {"title": title_of(replay)}


def at_most_text(most: int) -> str:
    return _("At most %(count)s at once: choose fewer.") % {"count": most}
