"""Asking the cloud for the states of rooms, for whatever callbacks did not tell.

Rooms around now are read from the cloud's list, a hundred a call; the few that it does not show,
and old ones that nobody has asked for, one by one.

No function here that asks the cloud may run inside a transaction.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Sequence
from dataclasses import replace

from django.db import transaction
from django.db.models import F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from classroom.client import rooms as cloud_rooms
from classroom.client.errors import (
    CloudError,
    CloudProtocolError,
    CloudRejected,
    CloudUnavailable,
)
from classroom.client.rate_limits import Priority
from classroom.client.rooms import RoomListing
from classroom.client.transport import is_configured
from classroom.enums import Source
from classroom.snapshots import RoomSnapshot
from edu_platform.lib.due import DueLoop, Rules, each
from edu_platform.lib.statements import Statement
from edu_platform.lib.text import error_summary
from schedule.enums import CloudStatus, LessonState
from schedule.models import (
    LONGEST_LESSON,
    OPEN_STATUSES,
    PLANNED_END,
    PLANNED_START,
    Room,
    RoomPolling,
    RoomPollingQuerySet,
)
from schedule.polling_times import (
    ASK_OLD_EVERY,
    EARLY_START,
    LATE_END,
    NEVER_HELD_AFTER,
    OVERRUN_AFTER,
    POLL_EVERY,
)
from schedule.rooms.states import (
    RoomState,
    save_gone,
    save_room_state,
    state_of_listing,
    state_of_snapshot,
)
from schedule.rooms.unknown_rooms import adopt_room, is_being_made

logger = logging.getLogger(__name__)

OLD_ROOMS_A_RUN = 200
HELD = (CloudStatus.RUNNING, CloudStatus.ENDED)
# A question about one room is over by then, or its worker was killed: the next run may ask.
LEASE = dt.timedelta(minutes=2)
# Shorter than the pause between two runs, so that they seldom overlap.
RUN_LIMIT_S = 25.0
ASKING = Rules(
    name="states of rooms",
    limit_s=RUN_LIMIT_S,
    silent=(CloudUnavailable,),
    # What is said of one room, odd as it is, is no silence.
    expected=(CloudRejected, CloudProtocolError),
)
SAVING = replace(ASKING, name="rooms that the cloud lists")
ADOPTING = replace(ASKING, name="unknown rooms")
# Orders rooms that were never asked for before all others.
NEVER = dt.datetime.min.replace(tzinfo=dt.UTC)


def poll_rooms(at: dt.datetime, *, priority: Priority = Priority.CLASS_ENDED) -> None:
    """Bring the states of all rooms that may have changed up to the cloud's.

    Stops early when the cloud does not answer: the next run goes on.
    """
    if not is_configured():
        return
    try:
        _look_around_now(at, priority)
    except CloudError as err:
        logger.warning("states of rooms: the cloud did not list them: %s", err)
        _note_silence(at)
        return
    _for_each(old_open_rooms(at), lambda room: poll_room(room, Priority.BACKGROUND), at)
    _for_each(_overrun_classes(at), _end_overrun_class, at)


def _note_silence(at: dt.datetime) -> None:
    """Keep since when nobody could ask for the rooms around now, for the pages to say."""
    since = Coalesce("unreachable_since", Value(at))
    pollings = _pollings(rooms_around_now(at))
    pollings.update_in_order(unreachable_since=since, due_at=at + POLL_EVERY)


def _pollings(rooms: Sequence[Room]) -> RoomPollingQuerySet:
    """Return what is kept of asking for these rooms one by one, with a row for each."""
    # In an order that all keep: of two runs that add the same rows, each would wait for the other.
    room_pks = sorted(room.pk for room in rooms)
    new = [RoomPolling(room_id=room_pk) for room_pk in room_pks]
    RoomPolling.objects.bulk_create(new, ignore_conflicts=True)
    return RoomPolling.objects.filter(pk__in=room_pks)


# --- Rooms to ask for -----------------------------------------------------------------------------


def rooms_around_now(at: dt.datetime) -> list[Room]:
    return _AROUND_NOW.rows(latest_start=at + EARLY_START, earliest_end=at - LATE_END)


_AROUND_NOW = Statement(
    lambda latest_start, earliest_end: (
        Room.objects.open()
        .alias(planned_start=PLANNED_START, planned_end=PLANNED_END)
        .filter(planned_start__lte=latest_start, planned_end__gte=earliest_end)
        .select_related("lesson", "polling")
        .order_by("planned_start", "pk")
    )
)


def rooms_put_off(at: dt.datetime) -> RoomPollingQuerySet:
    """Rooms of which the cloud did not tell, of classes that could have begun: one moved to later waits for its day."""
    asked_for = Room.objects.open().alias(planned_start=PLANNED_START)
    return RoomPolling.objects.filter(
        room__in=asked_for.filter(planned_start__lte=at + EARLY_START)
    )


def _denied_rooms_around_now(at: dt.datetime) -> list[Room]:
    """Rooms of which the cloud has said that there is none: perhaps a class is held there all the same."""
    return _DENIED.rows(
        earliest_start=at - LATE_END - LONGEST_LESSON,
        latest_start=at + EARLY_START,
        earliest_end=at - LATE_END,
    )


_DENIED = Statement(
    lambda earliest_start, latest_start, earliest_end: (
        Room.objects.made()
        .filter(cloud_status__in=OPEN_STATUSES, gone_at__isnull=False)
        .filter(lesson__state=LessonState.PUBLISHED)
        .filter(lesson__starts_at__gte=earliest_start, lesson__starts_at__lte=latest_start)
        .filter(lesson__ends_at__gte=earliest_end)
        .select_related("lesson", "polling")
    )
)


def old_open_rooms(at: dt.datetime) -> list[Room]:
    """Rooms of the past whose outcome is not known, and that were not asked for within the hour.

    Once a class is certain never to have been held, it is not asked for again.
    """
    return _OLD_OPEN.rows(ended_before=at - LATE_END, asked_before=at - ASK_OLD_EVERY, at=at)


def _old_open_query(
    ended_before: dt.datetime, asked_before: dt.datetime, at: dt.datetime
) -> QuerySet[Room]:
    never_held = Q(
        cloud_status=CloudStatus.NOT_STARTED, asked_at__gte=F("planned_end") + NEVER_HELD_AFTER
    )
    return (
        Room.objects.open()
        .alias(planned_end=PLANNED_END)
        .filter(planned_end__lt=ended_before)
        .filter(Q(asked_at=None) | Q(asked_at__lt=asked_before))
        .filter(Q(polling__due_at=None) | Q(polling__due_at__lte=at))
        .exclude(never_held)
        .order_by(F("asked_at").asc(nulls_first=True), "pk")[:OLD_ROOMS_A_RUN]
    )


_OLD_OPEN = Statement(_old_open_query)


# --- By the list of the cloud ---------------------------------------------------------------------


def _look_around_now(at: dt.datetime, priority: Priority) -> None:
    rooms, denied = rooms_around_now(at), _denied_rooms_around_now(at)
    starts = [start for room in (*rooms, *denied) for start in _planned_starts(room)]
    if not starts:
        return
    asked_at = timezone.now()
    listed = _list(min(starts), max(starts), priority)
    lines = {line.room_id: line for line in listed}
    _save_listed([room for room in rooms if room.room_id in lines], lines, asked_at=asked_at)
    unlisted = [room for room in rooms if room.room_id not in lines]
    # First those that were not put off, and were asked for the longest ago.
    unlisted.sort(key=lambda room: (room.next_poll_at is not None, room.asked_at or NEVER))
    _for_each(unlisted, lambda room: poll_room(room, priority), at)
    held = [line.room_id for line in listed if line.status in HELD]
    _save_listed([room for room in denied if room.room_id in held], lines, asked_at=asked_at)
    known_ids = set(Room.objects.filter(room_id__in=held).values_list("room_id", flat=True))
    unknown = [room_id for room_id in held if room_id not in known_ids]
    each(ADOPTING, unknown, lambda room_id: _adopt_if_ours(room_id, priority), at)


def refresh_listed(rooms: Sequence[Room], *, priority: Priority = Priority.CLASS_ENDED) -> None:
    """Bring the states of these rooms up to the cloud's by one reading of its list; others are asked for one by one.

    They come with their lesson and polling.

    Raises:
        CloudUnavailable, CloudRejected: the cloud lists none.
    """
    starts = [start for room in rooms for start in _planned_starts(room)]
    if not starts or not is_configured():
        return
    asked_at = timezone.now()
    listed = _list(min(starts), max(starts), priority)
    lines = {line.room_id: line for line in listed}
    _save_listed([room for room in rooms if room.room_id in lines], lines, asked_at=asked_at)
    unlisted = [room for room in rooms if room.room_id not in lines]
    _for_each(unlisted, lambda room: poll_room(room, priority), asked_at)


def _list(
    starts_from: dt.datetime, starts_until: dt.datetime, priority: Priority
) -> list[RoomListing]:
    """The cloud's rooms; where nobody can read the list, those that could be read until then.

    Raises:
        CloudUnavailable, CloudRejected: the cloud lists none.
    """
    listing = cloud_rooms.list_rooms(
        starts_from=starts_from, starts_until=starts_until, priority=priority
    )
    listed: list[RoomListing] = []
    try:
        listed.extend(listing)
    except CloudProtocolError as err:
        logger.warning("states of rooms: the others are asked for one by one: %s", err)
    except CloudError:
        raise
    except Exception:
        # Whatever one of them is like, the others are asked for; the log has the trace.
        logger.exception("states of rooms: the others are asked for one by one")
    return listed


def _planned_starts(room: Room) -> list[dt.datetime]:
    """Return when its class begins by the cloud and by the plan."""
    starts = (room.sent_starts_at, room.lesson.starts_at if room.lesson else None)
    return [start for start in starts if start is not None]


def _save_listed(
    rooms: Sequence[Room], lines: dict[int, RoomListing], *, asked_at: dt.datetime
) -> None:
    """Save what changed room by room, and that we asked for the others at once."""
    unchanged: list[int] = []

    def save_change(room: Room) -> None:
        state = state_of_listing(lines[room.number], asked_at=asked_at, source=Source.POLL)
        if _tells_nothing_new(room, state):
            unchanged.append(room.pk)
        else:
            save_room_state(room.pk, state)

    # What cannot be saved is not put off: the next list tells of it again.
    each(SAVING, rooms, save_change, asked_at)
    _note_asked(rooms, unchanged, asked_at=asked_at)


@transaction.atomic
def _note_asked(rooms: Sequence[Room], unchanged: Sequence[int], *, asked_at: dt.datetime) -> None:
    """Note that the cloud told of these; what somebody writes at this moment is left to the next list."""
    free = Room.objects.filter(pk__in=unchanged, asked_at__lt=asked_at).order_by("pk")
    locked = free.select_for_update(of=("self",), no_key=True, skip_locked=True)
    older = Room.objects.filter(pk__in=list(locked.values_list("pk", flat=True)))
    if any(getattr(room, "polling", None) for room in rooms):
        its_polling = RoomPolling.objects.filter(room=OuterRef("pk"))
        older.filter(polling__unreachable_since__isnull=False).update(
            silence_began_at=Subquery(its_polling.values("unreachable_since")),
            silence_ended_at=asked_at,
        )
        RoomPolling.objects.filter(room__in=older).delete()
    older.update(asked_at=asked_at, source=Source.POLL)


def _tells_nothing_new(room: Room, state: RoomState) -> bool:
    return (room.asked_at is not None and room.gone_at is None) and (
        state.status,
        state.real_started_at,
        state.real_ended_at,
    ) == (room.cloud_status, room.real_started_at, room.real_ended_at)


# --- One by one -----------------------------------------------------------------------------------


def _for_each(rooms: Sequence[Room], act: Callable[[Room], None], at: dt.datetime) -> None:
    """Ask the cloud about rooms one by one, and put off those at which something goes wrong."""
    if not rooms:
        return
    pollings = _pollings(rooms).select_related("room__lesson").in_bulk()
    loop = _Asking(rules=ASKING, rows=RoomPolling.objects.all(), lease=LEASE, pause=_pause)
    due = [pollings[room.pk] for room in rooms if room.pk in pollings]
    loop.run(due, lambda polling: act(polling.room), at)


class _Asking(DueLoop[RoomPolling]):
    """A fault of ours does not say that the cloud is silent."""

    def put_off(self, row: RoomPolling, err: Exception, at: dt.datetime) -> None:
        since = row.unreachable_since or (at if isinstance(err, CloudError) else None)
        noted = {"unreachable_since": since, "last_error": error_summary(err)}
        self.rows.end_lease(row, due_at=at + _pause(row, err, at), **noted)


def _pause(_row: RoomPolling, _err: Exception, _at: dt.datetime) -> dt.timedelta:
    return ASK_OLD_EVERY


def poll_room(room: Room, priority: Priority) -> None:
    """Look at one room, and save its state or that it is gone.

    Raises:
        CloudUnavailable, CloudRejected, CloudProtocolError: the cloud did not tell.
    """
    snapshot = RoomSnapshot(room.number, priority=priority, source=Source.POLL)
    if snapshot.is_ours:
        save_room_state(room.pk, state_of_snapshot(snapshot))
    else:
        save_gone(room.pk, asked_at=snapshot.asked_at, source=snapshot.source)


def poll_for_person(room: Room) -> None:
    """Bring a room up to the cloud's state for somebody who waits; where the cloud does not tell, it stays as it is."""
    try:
        poll_room(room, Priority.INTERACTIVE)
    except CloudError as err:
        logger.warning("room %s: its state is asked for later: %s", room.room_id, err)
    room.refresh_from_db()


def _adopt_if_ours(room_id: int, priority: Priority) -> None:
    """Adopt a class of our application that was held in a room which nobody here asked for."""
    snapshot = RoomSnapshot(room_id, priority=priority, source=Source.POLL)
    details = snapshot.details
    if details is None or not snapshot.is_ours:
        return
    if not is_being_made(details, at=snapshot.asked_at):
        adopt_room(details, state_of_snapshot(snapshot))


# --- Classes that do not end ----------------------------------------------------------------------


def _overrun_classes(at: dt.datetime) -> list[Room]:
    """The classes that run long after their end; those that could not be ended of late come last."""
    return _OVERRUN.rows(ended_until=at - OVERRUN_AFTER)


_OVERRUN = Statement(
    lambda ended_until: (
        Room.objects.open()
        .filter(cloud_status=CloudStatus.RUNNING)
        .alias(planned_end=PLANNED_END)
        .filter(planned_end__lte=ended_until)
        .order_by(F("polling__due_at").asc(nulls_first=True), "pk")
    )
)


def _end_overrun_class(room: Room) -> None:
    logger.warning("ending class %s, %s after its planned end", room.room_id, OVERRUN_AFTER)
    cloud_rooms.end_room(room.number, Priority.BACKGROUND)
    poll_room(room, Priority.CLASS_ENDED)
