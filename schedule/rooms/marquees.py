"""The running mark (跑马灯) of rooms: each screen of a class shows its reader's nickname and number.

The school chooses it. The cloud takes it only before a class starts, so rooms that are made get it at once, and those
made before it was chosen within a minute. Where the cloud has no such thing for the school, it is asked no more until
somebody says so.

No function here that asks the cloud may run inside a transaction.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator
from itertools import islice

from django.db import transaction
from django.utils import timezone

from accounts.models import SchoolSettings
from classroom.client.error_codes import (
    CLASS_IS_OVER,
    ErrorKind,
    error_kind,
    refuses_a_value,
)
from classroom.client.errors import CloudProtocolError, CloudRejected, CloudUnavailable
from classroom.client.marquees import set_marquee
from classroom.client.rate_limits import Priority
from classroom.client.transport import is_configured
from edu_platform.lib.due import DueLoop, Rules, exponential
from edu_platform.lib.queueing import enqueue_on_commit
from schedule.enums import CloudStatus
from schedule.models import Room, RoomMarquee
from schedule.models.recordings import REFUSAL_CHARS
from schedule.models.rooms import RoomQuerySet

LEASE = dt.timedelta(minutes=5)
FIRST_RETRY = dt.timedelta(seconds=30)
LAST_RETRY = dt.timedelta(hours=1)
# Enough to use up the cloud's limit while each waits a quarter of a second for its answer.
SET_AT_ONCE = 8
# The class began, or its room is gone: there is nothing more to set.
TOO_LATE = CLASS_IS_OVER | {ErrorKind.CLASS_STARTED}
SETTING = Rules(
    name="running marks of rooms",
    limit_s=50,
    silent=(CloudUnavailable,),
    expected=(CloudRejected, CloudProtocolError),
)


def mark_new_rooms(room_ids: Collection[int]) -> None:
    """Let workers set the mark of rooms that have just been made; a listener of rooms."""
    if not SchoolSettings.load().shows_marquee:
        return
    if _plan(Room.objects.filter(pk__in=room_ids), due_at=timezone.now()):
        enqueue_on_commit("schedule.set_marquees")


def set_marquees(at: dt.datetime) -> None:
    """Set the mark of every made room whose class has not begun, the next classes first."""
    if not is_configured() or not SchoolSettings.load().shows_marquee or is_refused():
        return
    _plan(Room.objects.all(), due_at=at)
    marquees = RoomMarquee.objects.all()
    loop = DueLoop(rules=SETTING, rows=marquees, lease=LEASE, pause=_pause)
    rows = _one_by_one(at)
    # The first one alone: where the cloud has no such thing, it is asked once.
    loop.run(islice(rows, 1), _set, at)
    loop.run(rows, _set, at, threads=SET_AT_ONCE)


def is_refused() -> bool:
    """Tell whether the cloud has refused the mark as such: then no other room would get it."""
    return RoomMarquee.objects.filter(refused_at__isnull=False).exists()


def ask_for_marquees_again(at: dt.datetime) -> None:
    """Let workers ask for the mark again, after the cloud has refused it."""
    with transaction.atomic():
        refused = RoomMarquee.objects.filter(refused_at__isnull=False)
        refused.update_in_order(refused_at=None, refusal="", due_at=at, attempts=0)
        enqueue_on_commit("schedule.set_marquees")


def _plan(rooms: RoomQuerySet, *, due_at: dt.datetime) -> bool:
    """Give those of the rooms a turn that have none yet; tell whether there are any."""
    to_begin = rooms.current().open().filter(cloud_status=CloudStatus.NOT_STARTED, marquee=None)
    pks = list(to_begin.order_by("pk").values_list("pk", flat=True))
    marquees = [RoomMarquee(room_id=pk, due_at=due_at) for pk in pks]
    RoomMarquee.objects.bulk_create(marquees, ignore_conflicts=True, batch_size=500)
    return bool(pks)


def _one_by_one(at: dt.datetime) -> Iterator[RoomMarquee]:
    """Yield what is due, until the cloud refuses the mark as such."""
    due = RoomMarquee.objects.due(at).select_related("room")
    for marquee in due.order_by("unreachable_since", "room__sent_starts_at", "pk"):
        if is_refused():
            return
        yield marquee


def _pause(marquee: RoomMarquee, _err: Exception, _at: dt.datetime) -> dt.timedelta:
    return exponential(marquee.attempts, FIRST_RETRY, LAST_RETRY)


def _set(marquee: RoomMarquee) -> None:
    room = marquee.room
    if not room.is_open or room.cloud_status != CloudStatus.NOT_STARTED:
        return
    values: dict[str, object] = {"set_at": timezone.now()}
    try:
        set_marquee(room.number, Priority.BACKGROUND)
    except CloudRejected as err:
        values = {"refusal": err.code[:REFUSAL_CHARS]}
        if error_kind(err.action, err.code) not in TOO_LATE:
            if not refuses_a_value(err):
                raise
            values["refused_at"] = timezone.now()
    RoomMarquee.objects.filter(pk=marquee.pk).update(**values)
