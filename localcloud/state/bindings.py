"""The documents that are bound to rooms, in the order of binding."""

from __future__ import annotations

from dataclasses import dataclass

from localcloud.cloud import Cloud
from localcloud.errors import CloudError
from localcloud.state import documents, transcode_settings
from localcloud.state.documents import Document
from localcloud.state.rooms import Room

SHOWN_AT_ONCE = 1  # a value of BindType; others are passed on to the class page


@dataclass(frozen=True, slots=True)
class Binding:
    """One document in one room."""

    room_id: int
    document: Document
    bind_type: int


def of_room(cloud: Cloud, room_id: int) -> list[Binding]:
    query = "SELECT document_id, bind_type FROM bindings WHERE room_id = ? ORDER BY n"
    return [
        Binding(room_id, documents.get(cloud, row["document_id"]), row["bind_type"])
        for row in cloud.db.execute(query, (room_id,)).fetchall()
    ]


def rooms_of(cloud: Cloud, document: Document) -> list[int]:
    query = "SELECT room_id FROM bindings WHERE document_id = ? ORDER BY n"
    rows = cloud.db.execute(query, (document.document_id,)).fetchall()
    return [row["room_id"] for row in rows]


def bind(cloud: Cloud, room: Room, document: Document, *, bind_type: int) -> None:
    """Bind a document; binding it again changes its type only. The caller holds a transaction, here and below.

    Raises:
        CloudError: LimitExceeded.ClassDocumentLimit.
    """
    room_ids = rooms_of(cloud, document)
    limit = transcode_settings.load(cloud).document_limit
    if room.room_id not in room_ids and len(of_room(cloud, room.room_id)) >= limit:
        raise CloudError(
            "LimitExceeded.ClassDocumentLimit", f"A room holds {limit} documents at most."
        )
    cloud.db.execute(
        "INSERT INTO bindings (room_id, document_id, bind_type) VALUES (?, ?, ?) "
        "ON CONFLICT (room_id, document_id) DO UPDATE SET bind_type = excluded.bind_type",
        (room.room_id, document.document_id, bind_type),
    )


def unbind(cloud: Cloud, room: Room, document: Document) -> bool:
    """Unbind a document; return whether it was bound."""
    query = "DELETE FROM bindings WHERE room_id = ? AND document_id = ?"
    return cloud.db.execute(query, (room.room_id, document.document_id)).rowcount > 0


def unbind_all(cloud: Cloud, room: Room) -> None:
    cloud.db.execute("DELETE FROM bindings WHERE room_id = ?", (room.room_id,))
