"""Saves the state of rooms as the cloud tells it.

Facts come from a look at the cloud and never from a callback's own words. A look that began earlier
never overwrites one that began later, so events may arrive in any order, twice, or not at all.
"""

from __future__ import annotations

import datetime as dt
import logging
from dataclasses import dataclass

from django.db import transaction

from classroom.client.errors import CloudProtocolError
from classroom.client.rooms import RoomListing
from classroom.enums import Source
from classroom.snapshots import RoomSnapshot
from edu_platform.lib.statements import Statement
from schedule import hooks
from schedule.enums import CloudStatus, RoomReason
from schedule.models import Room, RoomPolling, lock_lesson_of
from schedule.rooms.replacement import replace_room

logger = logging.getLogger(__name__)

_STATE_FIELDS = (
    "cloud_status",
    "sent_record_mode",
    "real_started_at",
    "real_ended_at",
    "gone_at",
    "asked_at",
    "source",
    "silence_began_at",
    "silence_ended_at",
)


@dataclass(frozen=True, slots=True)
class RoomState:
    """A room as one look showed it; None where it told nothing."""

    status: CloudStatus
    asked_at: dt.datetime
    source: Source
    real_started_at: dt.datetime | None = None
    real_ended_at: dt.datetime | None = None
    record_mode: int | None = None


def state_of_snapshot(look: RoomSnapshot) -> RoomState:
    """Fetch a room's state. Real times cost a second call, made only when the class has ended.

    Raises:
        CloudUnavailable, CloudRejected, CloudProtocolError: the cloud did not tell.
    """
    if look.details is None:
        raise CloudProtocolError("DescribeRoom", "a room that is not there has no state")
    status = known_status("DescribeRoom", look.details.status)
    listing = look.listing if status is CloudStatus.ENDED else None
    return RoomState(
        status=status,
        asked_at=look.asked_at,
        source=look.source,
        real_started_at=listing.real_started_at if listing else None,
        real_ended_at=listing.real_ended_at if listing else None,
        record_mode=look.details.disable_record,
    )


def state_of_listing(listing: RoomListing, *, asked_at: dt.datetime, source: Source) -> RoomState:
    return RoomState(
        status=known_status("GetRooms", listing.status),
        asked_at=asked_at,
        source=source,
        real_started_at=listing.real_started_at,
        real_ended_at=listing.real_ended_at,
    )


def known_status(action: str, status: int) -> CloudStatus:
    """Read the cloud's Status.

    Raises:
        CloudProtocolError: a value that the protocol does not have.
    """
    try:
        return CloudStatus(status)
    except ValueError as err:
        raise CloudProtocolError(action, f"unknown room status {status}") from err


@transaction.atomic
def save_room_state(room_pk: int, state: RoomState) -> None:
    """Save what a look told, unless a later look was saved before. Safe to repeat."""
    room = _locked(room_pk)
    if room.asked_at is not None and room.asked_at > state.asked_at:
        return
    before = _life(room)
    room.cloud_status = state.status
    room.real_started_at = state.real_started_at or room.real_started_at
    room.real_ended_at = state.real_ended_at or room.real_ended_at
    _end_silence(room, state.asked_at)
    room.gone_at = None
    if room.sent_record_mode is None:
        # A room that was made without us: whether it is recorded, the cloud knows.
        room.sent_record_mode = state.record_mode
    room.asked_at = state.asked_at
    room.source = state.source
    room.save(update_fields=list(_STATE_FIELDS))
    if _life(room) != before:
        hooks.rooms_changed([room.pk])


def _locked(room_pk: int) -> Room:
    """The room as it is now, locked behind its lesson."""
    lock_lesson_of(room_pk)
    room = _LOCKED.first(room_pk=room_pk)
    if room is None:
        raise Room.DoesNotExist
    return room


_LOCKED = Statement(lambda room_pk: Room.objects.select_for_update(of=("self",)).filter(pk=room_pk))
_POLLING = Statement(lambda room_pk: RoomPolling.objects.filter(room=room_pk))


def _end_silence(room: Room, at: dt.datetime) -> None:
    polling = _POLLING.first(room_pk=room.pk)
    if polling is None:
        return
    if polling.unreachable_since is not None:
        room.silence_began_at, room.silence_ended_at = polling.unreachable_since, at
    polling.delete()


def _life(room: Room) -> tuple[object, ...]:
    """Return what others want to hear of when it changes."""
    return (
        room.cloud_status,
        room.real_started_at,
        room.real_ended_at,
        room.gone_at,
        room.sent_record_mode,
    )


def note_status(room: Room, status: int, *, asked_at: dt.datetime, source: Source) -> None:
    """Save the status alone, as the cloud told it in passing."""
    cloud_status = known_status("DescribeRoom", status)
    save_room_state(room.pk, RoomState(status=cloud_status, asked_at=asked_at, source=source))


@transaction.atomic
def save_gone(room_pk: int, *, asked_at: dt.datetime, source: Source) -> None:
    """Save that the cloud has no such room any more; a lesson still to come gets another."""
    room = _locked(room_pk)
    if room.gone_at is not None or (room.asked_at is not None and room.asked_at > asked_at):
        return
    logger.warning("room %s is gone in the cloud", room.room_id)
    room.gone_at, room.asked_at, room.source = asked_at, asked_at, source
    _end_silence(room, asked_at)
    room.save(update_fields=list(_STATE_FIELDS))
    lesson = room.lesson
    if room.is_current and lesson is not None and lesson.ends_at > asked_at:
        replace_room(room, RoomReason.VANISHED)
    hooks.rooms_changed([room.pk])
