"""Guests by the ids under which the cloud knows them: it calls them students, and they are none."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db.models import Q, QuerySet

from edu_platform.lib.batches import in_batches
from schedule.models import Guest

# The keys of lessons, or a query of these.
LessonKeys = Collection[int] | QuerySet[Any, Any]


def guests_by_user_id(user_ids: Collection[str], lessons: LessonKeys) -> dict[str, Guest]:
    """Return the guests whom the cloud calls by these ids, whichever their lesson; one query, and none for no id.

    Guests of these lessons are known by earlier ids as well: to these no index leads, and a lesson has few guests.
    """
    wanted, guests = set(user_ids) - {""}, dict[str, Guest]()
    called_otherwise = Q(lesson__in=lessons) & ~Q(earlier_user_ids=[])
    for some_ids in in_batches(sorted(wanted)):
        # From more than 100 values PostgreSQL does not conclude the condition of the partial index, so it is written out.
        called_so = Q(classroom_user_id__in=some_ids, classroom_user_id__gt="")
        for guest in Guest.objects.filter(called_so | called_otherwise):
            ids = {guest.classroom_user_id, *guest.earlier_user_ids}
            guests |= dict.fromkeys(ids & wanted, guest)
    return guests
