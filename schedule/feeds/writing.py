"""Writes on the addresses of calendar feeds: make, replace, end."""

from __future__ import annotations

import datetime as dt

from accounts.models import User
from edu_platform.lib.secret_tokens import digest_of, make_secret_token
from schedule.models import CalendarFeed, FamilyChild


def make_token(user: User, *, at: dt.datetime, family_child: FamilyChild | None = None) -> str:
    """Give the feed of a person's timetable an address, which takes the place of one there was.

    It is the person's own, or that of a family which follows this child.
    Its secret part is known only here; it is not stored and cannot be shown again.
    """
    token = make_secret_token()
    CalendarFeed.objects.update_or_create(
        user=user,
        family_child=family_child,
        defaults={"token_digest": digest_of(token), "made_at": at, "fetched_on": None},
    )
    return token


def end_feed(user: User, *, family_child: FamilyChild | None = None) -> bool:
    """Delete the person's address, or that of a family, and return whether there was one."""
    deleted, _by_model = CalendarFeed.objects.filter(user=user, family_child=family_child).delete()
    return deleted > 0


def note_fetched(feed_id: int, *, on: dt.date) -> None:
    CalendarFeed.objects.filter(pk=feed_id).update(fetched_on=on)
