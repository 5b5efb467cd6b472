"""Hooks for handlers of the cloud's events."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Protocol

from classroom.snapshots import DocumentSnapshot, RoomSnapshot
from edu_platform.lib.hooks import Hook


class NotOurs(Exception):
    """Raised by a handler while it fetches: the room or document is not there, or not ours."""


@dataclass(frozen=True, slots=True)
class RoomEvent:
    """Something happened to a room; its current state has to be asked for."""

    room_id: int
    event_types: frozenset[str]
    snapshot: RoomSnapshot


@dataclass(frozen=True, slots=True)
class DocumentEvent:
    """Something happened to a document; its current state has to be asked for."""

    document_id: str
    event_types: frozenset[str]
    snapshot: DocumentSnapshot


class Changes(Protocol):
    """News that a handler learned from the cloud."""

    def apply(self) -> None:
        """Save it, inside the transaction that closes the events."""


# A handler asks the cloud, through the event's snapshot and outside any transaction.
RoomHandler = Callable[[RoomEvent], Changes]
DocumentHandler = Callable[[DocumentEvent], Changes]

room_handlers: Hook[RoomHandler] = Hook("events of rooms")
document_handlers: Hook[DocumentHandler] = Hook("events of documents")

# Called by a worker with rooms, by the cloud's numbers, of which a callback said that somebody came or left. That may be
# forged, and comes for each person of a class: who listens notes that a room should be looked at, and asks no cloud.
MemberListener = Callable[[Collection[int]], None]

member_listeners: Hook[MemberListener] = Hook("rooms in which somebody came or left")
