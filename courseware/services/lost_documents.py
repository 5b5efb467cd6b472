"""Documents of unanswered CreateDocument calls, found by the addresses in the calls.

The cloud may list a document some time after it was made, and several calls may have gone unanswered.
One document becomes the courseware's; all others are deleted, whenever they come to light.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Iterable, Sequence

from django.db import transaction
from django.utils import timezone

from classroom.client import documents as cloud_documents
from classroom.client.documents import DocumentAddress
from classroom.client.error_codes import ErrorKind, is_kind
from classroom.client.errors import CloudError, CloudRejected, CloudUnavailable
from classroom.client.rate_limits import Priority
from courseware.models import Courseware, Submission
from courseware.services.documents import discard_document
from edu_platform.lib.due import Rules, each

logger = logging.getLogger(__name__)

# A document that is not listed so long after the call is taken not to have been made.
LISTED_WITHIN = dt.timedelta(minutes=2)
# How long after the call documents that nobody waits for are looked for.
LOOKED_FOR = dt.timedelta(hours=2)
LOOKED_FOR_IN_VAIN = dt.timedelta(days=7)
PAUSE = dt.timedelta(minutes=5)
OWNERS_A_RUN = 50
# A run of its own kind within that of the deletions; it ends as soon as the cloud does not answer.
RULES = Rules(
    name="documents whose making was not answered",
    limit_s=8.0,
    silent=(CloudUnavailable,),
    stop_after=1,
)


class NotListedYet(CloudError):
    """A call was not answered a moment ago: its document may still come to light."""

    def __init__(self) -> None:
        super().__init__(
            "CreateDocument", "not answered a moment ago, so its document is looked for"
        )


def find_lost_document(courseware: Courseware) -> tuple[str, int] | None:
    """Find the document of an unanswered call, and the number of that call; None when there is none.

    Of several it is that of the latest call.

    Raises:
        NotListedYet: the latest call was a moment ago.
        CloudUnavailable, CloudRejected, CloudProtocolError: the cloud did not tell.
    """
    calls = list(courseware.submissions.all())
    found = _find_documents(calls)
    if found:
        call, document_id = max(found, key=lambda pair: pair[0].number)
        logger.warning("found document %s, whose making was not answered", document_id)
        return document_id, call.number
    if any(call.called_at > timezone.now() - LISTED_WITHIN for call in calls):
        raise NotListedYet
    return None


def discard_lost_documents(at: dt.datetime) -> None:
    """Find orphaned documents, and schedule their deletion.

    Stops when the cloud does not answer: the next run goes on.
    """
    due = Submission.objects.filter(courseware=None, due_at__lte=at)
    owners = due.order_by("due_at", "pk").values_list("owner_user_id", flat=True)

    def look(owner_user_id: str) -> None:
        calls = list(due.filter(owner_user_id=owner_user_id))
        try:
            _discard(_find_documents(calls), at)
        except Exception:
            _look_later(calls, at, patience=LOOKED_FOR_IN_VAIN)
            raise
        _look_later(calls, at, patience=LOOKED_FOR)

    each(RULES, list(dict.fromkeys(owners))[:OWNERS_A_RUN], look, at)


def _find_documents(calls: Sequence[Submission]) -> list[tuple[Submission, str]]:
    by_url = {call.url: call for call in calls}
    return [
        (by_url[listed.url], listed.document_id)
        for owner_user_id in sorted({call.owner_user_id for call in calls})
        for listed in _documents_of(owner_user_id)
        if listed.url in by_url
    ]


def _documents_of(owner_user_id: str) -> list[DocumentAddress]:
    try:
        return list(cloud_documents.documents_of(owner_user_id, Priority.BACKGROUND))
    except CloudRejected as err:
        if is_kind(err, ErrorKind.USER_GONE):
            return []
        raise


@transaction.atomic
def _discard(found: Iterable[tuple[Submission, str]], at: dt.datetime) -> None:
    for call, document_id in found:
        discard_document(document_id, at=at)
        Submission.objects.filter(pk=call.pk).delete()


def _look_later(calls: Iterable[Submission], at: dt.datetime, *, patience: dt.timedelta) -> None:
    pks = [call.pk for call in calls]
    waiting = Submission.objects.filter(pk__in=pks)
    waiting.filter(called_at__lt=at - patience).delete()
    waiting.update(due_at=at + PAUSE)
