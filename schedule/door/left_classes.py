"""A look at the class that somebody has just left: their browser is here before the cloud has told us of the end.

That a browser comes back is a hint and no fact: the cloud is asked, and what it says is saved.

No function here may run inside a transaction.
"""

from __future__ import annotations

import datetime as dt
import logging
import threading

from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from classroom.client.errors import CloudError
from classroom.client.rate_limits import Priority
from classroom.client.transport import is_configured
from edu_platform.lib.database import release_database
from edu_platform.lib.statements import Statement
from schedule.models import Room
from schedule.polling_times import EARLY_START, LATE_END
from schedule.rooms.polling import poll_room

logger = logging.getLogger(__name__)

# Threads of a process that may look or wait for a look at the same room; the others keep serving pages.
PLACES = 8
# A class is left by all its people within moments: the look of the first is that of the others.
LOOK_HOLDS = dt.timedelta(seconds=1)
WAITS_S = 2.0
LOCKS = 64

_places = threading.BoundedSemaphore(PLACES)
_locks = [threading.Lock() for _number in range(LOCKS)]


def look_at_left_class(user: User) -> None:
    """Bring the room that a person entered last up to the cloud's state, if its class may have ended just now.

    Nobody waits for a cloud that is known to be silent, or behind too many others: the page follows later.
    """
    if not is_configured():
        return
    room = _room_to_look_at(user)
    if room is None or not _places.acquire(blocking=False):
        return
    try:
        _look(room, user)
    except CloudError as err:
        logger.warning("the class of room %s, which somebody left: %s", room.room_id, err)
    finally:
        _places.release()


def _look(room: Room, user: User) -> None:
    lock = _locks[room.pk % LOCKS]
    release_database()
    if not lock.acquire(timeout=WAITS_S):
        return
    try:
        # Somebody else may have looked meanwhile.
        stale = _room_to_look_at(user)
        if stale is not None:
            poll_room(stale, Priority.INTERACTIVE)
    finally:
        lock.release()


def _room_to_look_at(user: User) -> Room | None:
    at = timezone.now()
    return _LEFT.first(
        user_id=user.pk,
        asked_before=at - LOOK_HOLDS,
        latest_start=at + EARLY_START,
        earliest_end=at - LATE_END,
    )


_LEFT = Statement(
    lambda user_id, asked_before, latest_start, earliest_end: (
        Room.objects.open()
        .current()
        .filter(lesson__last_entries__user=user_id)
        .filter(lesson__starts_at__lte=latest_start, lesson__ends_at__gte=earliest_end)
        .filter(Q(asked_at=None) | Q(asked_at__lte=asked_before))
        .filter(polling__unreachable_since=None)
    )
)
