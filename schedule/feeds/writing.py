"""Writes on the addresses of calendar feeds: make, replace, end."""

from __future__ import annotations

import datetime as dt
import secrets

from accounts.models import User
from schedule.models import CalendarFeed, digest_of

TOKEN_BYTES = 24


def make_token(user: User, *, at: dt.datetime) -> str:
    """Give the person's feed an address, which takes the place of one there was.

    Its secret part is known only here; it is not stored and cannot be shown again.
    """
    token = secrets.token_urlsafe(TOKEN_BYTES)
    CalendarFeed.objects.update_or_create(
        user=user,
        family_child=None,
        defaults={"token_digest": digest_of(token), "made_at": at, "fetched_on": None},
    )
    return token


def end_feed(user: User) -> bool:
    """Delete the person's address, and return whether there was one."""
    deleted, _by_model = CalendarFeed.objects.filter(user=user, family_child=None).delete()
    return deleted > 0


def note_fetched(feed_id: int, *, on: dt.date) -> None:
    CalendarFeed.objects.filter(pk=feed_id).update(fetched_on=on)
