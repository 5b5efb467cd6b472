"""What courseware does when the cloud calls about a document: look at it, and save what it has become."""

from __future__ import annotations

from functools import partial

from classroom.registry import DocumentHint, NotOurs, Save
from courseware.models import Courseware
from courseware.services.documents import save_document


def refresh_document(hint: DocumentHint) -> Save:
    """Look at a document of ours; the cloud is not asked about any other.

    Raises:
        NotOurs: no courseware has this document, or not yet: it is asked about soon anyway.
        CloudUnavailable, CloudRejected, CloudGarbled: the cloud did not tell.
    """
    known = Courseware.objects.kept().filter(document_id=hint.document_id)
    courseware_pk = known.values_list("pk", flat=True).first()
    if courseware_pk is None:
        raise NotOurs
    return partial(
        save_document,
        courseware_pk,
        hint.look.details,
        asked_at=hint.look.asked_at,
        source=hint.look.source,
    )
