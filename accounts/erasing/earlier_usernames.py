"""Usernames of people who are erased: one that comes back is a new person's only if somebody says so."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.utils import timezone
from django.utils.translation import gettext

from accounts.erasing.names import username_print
from accounts.models import Erasure
from edu_platform.lib.batches import in_batches


def days_erased(usernames: Iterable[str]) -> dict[str, dt.date]:
    """Return the last day on which somebody with one of these usernames was erased; a query for 500 of them.

    Only digests are kept of the usernames, made by the key of this installation: under another SECRET_KEY none
    is found.
    """
    print_by_username = {username: username_print(username) for username in usernames}
    day_by_print: dict[str, dt.date] = {}
    for batch in in_batches(set(print_by_username.values())):
        erasures = Erasure.objects.filter(username_print__in=batch, confirmed_at__isnull=False)
        for digest, confirmed_at, erased_at in erasures.order_by("confirmed_at").values_list(
            "username_print", "confirmed_at", "erased_at"
        ):
            day_by_print[digest] = timezone.localdate(erased_at or confirmed_at)
    return {
        username: day_by_print[digest]
        for username, digest in print_by_username.items()
        if digest in day_by_print
    }


def day_erased(username: str) -> dt.date | None:
    """Return the last day on which somebody with this username was erased; None if nobody was."""
    return days_erased([username]).get(username)


def new_person_question(day: dt.date) -> str:
    return gettext("somebody with this username was erased on %(day)s: is this a new person?") % {
        "day": day.isoformat()
    }
