"""Links to replays that people who leave have given away stop working."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator

from django.utils.translation import ngettext

from accounts.models import User
from replays.models import Share
from replays.services.shares import revoke_all


def end_links(person_ids: Collection[int], at: dt.datetime) -> None:
    """Revoke their links, for good."""
    revoke_all(Share.objects.not_ended(at=at).filter(created_by__in=person_ids), at=at)


def links_note(person: User, at: dt.datetime) -> Iterator[str]:
    if count := Share.objects.not_ended(at=at).filter(created_by=person).count():
        text = ngettext(
            "%(count)s link to a replay stops working.",
            "%(count)s links to replays stop working.",
            count,
        )
        yield text % {"count": count}
