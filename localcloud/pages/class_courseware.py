"""The courseware that the class page shows."""

from __future__ import annotations

from dataclasses import dataclass

from localcloud.cloud import Cloud
from localcloud.media import audio_video
from localcloud.state import bindings, documents
from localcloud.state.bindings import Binding
from localcloud.state.documents import Document
from localcloud.state.rooms import Room


@dataclass(frozen=True, slots=True)
class CoursewareItem:
    """A document on the class page; `kind` is picture, slides, video, audio, or empty for no content."""

    document_id: str
    name: str
    bind_type: int
    state: int
    kind: str
    url: str
    pages: int

    @property
    def is_open(self) -> bool:
        return self.bind_type == bindings.SHOWN_AT_ONCE


def shown(cloud: Cloud, room: Room) -> list[CoursewareItem]:
    """Return the bound documents; those that are shown at once come first."""
    items = [_item(binding) for binding in bindings.of_room(cloud, room.room_id)]
    return sorted(items, key=lambda item: not item.is_open)


def _item(binding: Binding) -> CoursewareItem:
    document = binding.document
    kind, url = _content(document)
    return CoursewareItem(
        document_id=document.document_id,
        name=document.fields["DocumentName"],
        bind_type=binding.bind_type,
        state=document.state,
        kind=kind,
        url=url,
        pages=document.pages if document.is_static else 0,
    )


def _content(document: Document) -> tuple[str, str]:
    """Return the kind of a document's content and its address; both are empty when there is none."""
    if document.state == documents.NOT_NEEDED:
        return "picture", document.fields["DocumentUrl"]
    if document.state != documents.DONE:
        return "", ""
    path = documents.url_path(document, document.result)
    if document.is_static:
        return "picture", f"{path}1.jpg"
    if document.is_dynamic:
        return "slides", path
    return ("video" if document.result == audio_video.VIDEO_NAME else "audio"), path
