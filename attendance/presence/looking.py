"""Looking into rooms whose classes go on: who is inside at this moment.

No function here may run inside a transaction.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator

from django.db.models import Q
from django.utils import timezone

from attendance.models import Alarm, RoomPresence, RoomPresenceQuerySet
from attendance.presence import short_marks
from attendance.presence.board import (
    LOOK_EVERY,
    LOOK_TASK,
    is_board_open,
    is_on_board,
    rooms_on_board,
    rooms_without_turn,
)
from attendance.presence.saving import Look, has_alarm_about_people, save_look
from classroom.client.error_codes import ErrorKind, is_kind
from classroom.client.errors import (
    CloudNotConfigured,
    CloudProtocolError,
    CloudRejected,
    CloudUnavailable,
)
from classroom.client.members import ClassOver, current_members
from classroom.client.rate_limits import Priority
from classroom.client.transport import is_configured, sdk_app_id
from edu_platform.lib.due import DueLoop, Rules, Run, exponential
from edu_platform.lib.text import error_summary
from schedule.rooms.polling import poll_room

# However often one is wanted: callbacks may be forged.
MERGED_FOR = dt.timedelta(seconds=2)
# While an alarm about people is open, whether or not somebody looks at the board.
LOOK_EVERY_WITH_ALARM = dt.timedelta(seconds=20)
# Enough for the calls of a second (`LOOKS_A_SECOND`), each of which takes a quarter of it.
LOOKED_AT_ONCE = 4
ROOMS_AT_ONCE = 50
RUN_LIMIT_S = 8.0
# With the clock's next turn, what a killed worker had is done within half a minute.
LEASE = dt.timedelta(seconds=20)
FIRST_RETRY, LAST_RETRY = dt.timedelta(seconds=5), dt.timedelta(seconds=20)
# At least so much lies between two runs.
PAUSE = dt.timedelta(milliseconds=200)
REFUSALS = (CloudRejected, CloudProtocolError, CloudNotConfigured)


def look_due(at: dt.datetime) -> Run | None:
    """Look into every room that is due, several at once; None without a cloud to ask."""
    if not is_configured():
        return None
    short_marks.begin_turn(LOOK_TASK)
    if is_board_open():
        want_look(rooms_without_turn(at), at)
    run = _loop().run(_rooms_due(), _look_in_background, at, threads=LOOKED_AT_ONCE)
    _go_on()
    return run


def want_look(room_ids: Collection[int], at: dt.datetime) -> None:
    """Make these rooms due for a look, named by their rows' ids; while a look goes on, for one more."""
    if not room_ids:
        return
    presences = [RoomPresence(room_id=room_id, due_at=at) for room_id in sorted(room_ids)]
    RoomPresence.objects.bulk_create(presences, ignore_conflicts=True)
    has_later_turn = Q(due_at=None) | Q(due_at__gt=at) | Q(leased_until__gt=at)
    rows = RoomPresence.objects.filter(has_later_turn, pk__in=list(room_ids))
    rows.update_in_order(due_at=at)


def look_at(room_ids: Collection[int], at: dt.datetime) -> None:
    """Look into these rooms now, ahead of all that are only looked at for a page.

    Left out are those into which a look goes on, or went a moment ago.
    """
    if not room_ids or not is_configured():
        return
    want_look(room_ids, at)
    rows = _rooms(at).filter(pk__in=room_ids).order_by("pk")
    _loop().run(list(rows), _look_for_alarm, at, threads=LOOKED_AT_ONCE)


def mark_rooms(numbers: Collection[int]) -> None:
    """Make rooms due for a look of which callbacks say that somebody came or left, by the cloud's numbers.

    Only those on an open board, and those with an open alarm about people.
    """
    at = timezone.now()
    rooms = RoomPresence.objects.filter(room__room_id__in=list(numbers))
    with_alarm = Q(room__lesson__alarms__in=Alarm.objects.open().about_people())
    if is_board_open():
        rooms = rooms.filter(with_alarm | Q(room__in=rooms_on_board(at)))
    else:
        rooms = rooms.filter(with_alarm)
    room_ids = set(rooms.values_list("pk", flat=True))
    if room_ids:
        want_look(room_ids, at)
        short_marks.go_on_in(LOOK_TASK, dt.timedelta())


def _loop() -> DueLoop[RoomPresence]:
    return _Looking(
        rules=Rules(
            name="people in rooms",
            limit_s=RUN_LIMIT_S,
            silent=(CloudUnavailable,),
            expected=REFUSALS,
        ),
        rows=RoomPresence.objects.all(),
        lease=LEASE,
        pause=_pause,
    )


class _Looking(DueLoop[RoomPresence]):
    """A fault of ours does not say that the cloud is silent."""

    def put_off(self, row: RoomPresence, err: Exception, at: dt.datetime) -> None:
        since = row.unreachable_since or (at if isinstance(err, CloudUnavailable) else None)
        columns = {"unreachable_since": since, "last_error": error_summary(err)}
        self.rows.end_lease(row, due_at=at + _pause(row, err, at), **columns)


def _pause(row: RoomPresence, _err: Exception, _at: dt.datetime) -> dt.timedelta:
    return exponential(row.attempts, FIRST_RETRY, LAST_RETRY)


def _free_rooms(at: dt.datetime) -> RoomPresenceQuerySet:
    """Return the rooms of the school's application that nobody looks into just now."""
    rooms = RoomPresence.objects.filter(room__room_id__isnull=False, room__sdk_app_id=sdk_app_id())
    return rooms.unleased(at=at)


def _rooms(at: dt.datetime) -> RoomPresenceQuerySet:
    """Return those of them into which no look went a moment ago."""
    is_old_look = Q(looked_at=None) | Q(looked_at__lte=at - MERGED_FOR)
    return _free_rooms(at).filter(is_old_look).select_related("room")


def _rooms_due() -> Iterator[RoomPresence]:
    """Go through the rooms that are due, also those that come to be while others are looked into."""
    while rows := list(_rooms_due_at(timezone.now())):
        yield from rows


def _rooms_due_at(at: dt.datetime) -> RoomPresenceQuerySet:
    return _rooms(at).due(at)[:ROOMS_AT_ONCE]


def _look_in_background(row: RoomPresence) -> None:
    _look(row, Priority.BACKGROUND)


def _look_for_alarm(row: RoomPresence) -> None:
    _look(row, Priority.CLASS_ENDED)


def _look(row: RoomPresence, priority: Priority) -> None:
    asked_at = timezone.now()
    try:
        members = current_members(row.room.number, priority)
    except CloudRejected as err:
        if not isinstance(err, ClassOver) and not is_kind(err, ErrorKind.ROOM_GONE):
            raise
        # Nobody is inside; what became of the class, the room itself tells.
        save_look(row, Look(asked_at, None), _next_look(row, asked_at))
        poll_room(row.room, Priority.CLASS_ENDED)
        return
    save_look(row, Look(asked_at, members), _next_look(row, asked_at))


def _next_look(row: RoomPresence, asked_at: dt.datetime) -> dt.datetime | None:
    if has_alarm_about_people(row):
        return asked_at + LOOK_EVERY_WITH_ALARM
    is_shown = is_board_open() and is_on_board(row.pk, asked_at)
    return asked_at + LOOK_EVERY if is_shown else None


def _go_on() -> None:
    """Look again in a moment where somebody waits for it."""
    at = timezone.now()
    rows = _free_rooms(at).filter(due_at__lte=at + short_marks.SOON).order_by("due_at")
    row = rows.first()
    if row is None or row.due_at is None:
        return
    allowed_at = row.due_at
    if row.looked_at is not None:
        allowed_at = max(row.due_at, row.looked_at + MERGED_FOR)
    short_marks.go_on_in(LOOK_TASK, max(allowed_at - at, PAUSE))
