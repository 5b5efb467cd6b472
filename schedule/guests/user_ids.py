"""Guests by the ids under which the cloud knows them: it calls them students, and they are none."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import Q

from edu_platform.lib.batches import in_batches
from schedule.models import Guest


def guests_by_user_id(user_ids: Collection[str]) -> dict[str, Guest]:
    """Return the guests whom the cloud calls by these ids, or called so before; one query, and none for no id."""
    wanted, guests = set(user_ids) - {""}, dict[str, Guest]()
    for some_ids in in_batches(sorted(wanted)):
        rows = Guest.objects.filter(Q(classroom_user_id__in=some_ids) | ~Q(earlier_user_ids=[]))
        for guest in rows:
            ids = {guest.classroom_user_id, *guest.earlier_user_ids}
            guests |= dict.fromkeys(ids & wanted, guest)
    return guests
