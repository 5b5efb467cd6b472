"""Handlers of the cloud's callbacks: ask about the room, and save its state."""

from __future__ import annotations

from dataclasses import dataclass

from classroom.client.errors import CloudUnavailable
from classroom.client.rooms import RoomDetails
from classroom.enums import Source
from classroom.hooks import Changes, NotOurs, RoomEvent
from classroom.services.inbox_limits import are_too_many_unknown, was_found_foreign
from classroom.snapshots import RoomSnapshot
from schedule.models import Room
from schedule.rooms.states import (
    RoomState,
    save_gone,
    save_room_state,
    state_of_snapshot,
)
from schedule.rooms.unknown_rooms import adopt_room, is_being_made


@dataclass(frozen=True, slots=True)
class RoomSeen:
    room_pk: int
    state: RoomState

    def apply(self) -> None:
        save_room_state(self.room_pk, self.state)


@dataclass(frozen=True, slots=True)
class RoomGone:
    room_pk: int
    snapshot: RoomSnapshot

    def apply(self) -> None:
        save_gone(self.room_pk, asked_at=self.snapshot.asked_at, source=self.snapshot.source)


@dataclass(frozen=True, slots=True)
class RoomAdopted:
    details: RoomDetails
    state: RoomState

    def apply(self) -> None:
        adopt_room(self.details, self.state)


def refresh_room(event: RoomEvent) -> Changes:
    """Look at a room, and adopt one of our application that is not known here yet.

    Raises:
        NotOurs: no such room, or it belongs to another application.
        CloudUnavailable: it may be a room of ours whose making is not answered yet.
    """
    room = Room.objects.filter(room_id=event.room_id).first()
    if room is None:
        return _adopt(event)
    if not event.snapshot.is_ours:
        return RoomGone(room.pk, event.snapshot)
    return RoomSeen(room.pk, state_of_snapshot(event.snapshot))


def _refuse_guesses(event: RoomEvent) -> None:
    """Look unknown rooms up once: somebody who can sign callbacks could have us ask about any number.

    Raises:
        NotOurs: it was looked up lately.
        CloudUnavailable: too many unknown rooms at once; this one has to wait.
    """
    if was_found_foreign(event.room_id, at=event.snapshot.asked_at):
        raise NotOurs
    if are_too_many_unknown(at=event.snapshot.asked_at):
        raise CloudUnavailable("DescribeRoom", "too many unknown rooms", outcome_is_known=True)


def _adopt(event: RoomEvent) -> Changes:
    if event.snapshot.source == Source.CALLBACK:
        _refuse_guesses(event)
    details = event.snapshot.details
    if details is None or not event.snapshot.is_ours:
        raise NotOurs
    if is_being_made(details, at=event.snapshot.asked_at):
        raise CloudUnavailable("CreateRoom", "not answered yet", outcome_is_known=True)
    return RoomAdopted(details, state_of_snapshot(event.snapshot))
