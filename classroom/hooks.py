"""What higher apps do about events of the cloud."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from classroom.snapshots import DocumentSnapshot, RoomSnapshot
from edu_platform.lib.hooks import Hook


class NotOurs(Exception):
    """Raised by a handler while it fetches: the room or document is not there, or not ours."""


@dataclass(frozen=True, slots=True)
class RoomEvent:
    """Word that something happened to a room; what it is now, only the cloud says."""

    room_id: int
    event_types: frozenset[str]
    snapshot: RoomSnapshot


@dataclass(frozen=True, slots=True)
class DocumentEvent:
    """Word that something happened to a document; what it is now, only the cloud says."""

    document_id: str
    event_types: frozenset[str]
    snapshot: DocumentSnapshot


class Changes(Protocol):
    """What a handler learned from the cloud."""

    def apply(self) -> None:
        """Save it, inside the transaction that closes the events."""


# A handler asks the cloud, through the event's snapshot and outside any transaction.
RoomHandler = Callable[[RoomEvent], Changes]
DocumentHandler = Callable[[DocumentEvent], Changes]

room_handlers: Hook[RoomHandler] = Hook("events of rooms")
document_handlers: Hook[DocumentHandler] = Hook("events of documents")
