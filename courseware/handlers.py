"""What courseware does when the cloud calls about a document: look at it, and save what it has become."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from classroom.client.documents import DocumentDetails
from classroom.enums import Source
from classroom.hooks import DocumentEvent, NotOurs
from courseware.models import Courseware
from courseware.services.documents import save_document


@dataclass(frozen=True, slots=True)
class DocumentSeen:
    courseware_pk: int
    # None: the cloud has no such document.
    details: DocumentDetails | None
    asked_at: dt.datetime
    source: Source

    def apply(self) -> None:
        save_document(self.courseware_pk, self.details, asked_at=self.asked_at, source=self.source)


def refresh_document(event: DocumentEvent) -> DocumentSeen:
    """Look at a document of ours; the cloud is not asked about any other.

    Raises:
        NotOurs: no courseware has this document, or not yet: it is asked about soon anyway.
        CloudUnavailable, CloudRejected, CloudProtocolError: the cloud did not tell.
    """
    known = Courseware.objects.kept().filter(document_id=event.document_id)
    courseware_pk = known.values_list("pk", flat=True).first()
    if courseware_pk is None:
        raise NotOurs
    snapshot = event.snapshot
    return DocumentSeen(courseware_pk, snapshot.details, snapshot.asked_at, snapshot.source)
