"""What other apps do about events of the cloud. A leaf: they register when they start."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from classroom.enums import EventKind
from classroom.looking import DocumentLook, RoomLook


class NotOurs(Exception):
    """Raised by a handler while it fetches: the room or document is not there, or not ours."""


@dataclass(frozen=True, slots=True)
class RoomHint:
    """Word that something happened to a room; what it is now, only the cloud says."""

    room_id: int
    event_types: frozenset[str]
    look: RoomLook


@dataclass(frozen=True, slots=True)
class DocumentHint:
    """Word that something happened to a document; what it is now, only the cloud says."""

    document_id: str
    event_types: frozenset[str]
    look: DocumentLook


Save = Callable[[], None]
Handler = Callable[[RoomHint], Save]
DocumentHandler = Callable[[DocumentHint], Save]

_handlers: dict[EventKind, list[Handler]] = {}
_document_handlers: list[DocumentHandler] = []


def register(kind: EventKind, handler: Handler) -> None:
    """Have a function called for events of a kind that are about rooms.

    The handler asks the cloud, through the hint's look and outside any transaction, and returns the
    function that saves what it learned; that one runs inside the transaction that closes the events.
    """
    _handlers.setdefault(kind, []).append(handler)


def handlers_of(kind: EventKind) -> tuple[Handler, ...]:
    """The handlers in the order in which they run: those of lower apps first.

    Apps start in the order of INSTALLED_APPS, the topmost first.
    """
    return tuple(reversed(_handlers.get(kind, ())))


def register_for_documents(handler: DocumentHandler) -> None:
    """Have a function called for events about documents, as `register` does for those about rooms."""
    _document_handlers.append(handler)


def document_handlers() -> tuple[DocumentHandler, ...]:
    return tuple(reversed(_document_handlers))
