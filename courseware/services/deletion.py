"""Deleting courseware: at once from everybody's sight, then in the cloud and off the storage."""

from __future__ import annotations

import datetime as dt
import logging

from django.db import transaction
from django.db.models import F, Q

from classroom.client import documents as cloud_documents
from classroom.client.error_codes import refuses_everybody
from classroom.client.errors import CloudError, CloudUnavailable
from classroom.client.rate_limits import Priority
from classroom.client.transport import is_configured
from courseware.models import (
    Binding,
    Courseware,
    CoursewareQuerySet,
    DiscardedDocument,
    Upload,
)
from courseware.polling_times import FIRST_RETRY, GROWTH, LAST_RETRY
from courseware.services.binding import lock_lessons, take_away
from courseware.services.documents import REFUSALS, discard_document
from courseware.services.due_bindings import AFTER_THE_END
from courseware.services.lost_documents import discard_lost_documents
from courseware.services.thumbnails import delete_thumbnail
from courseware.services.versions import delete_versions
from edu_platform.lib.due import DueLoop, DueQuerySet, Rules, by_age, exponential
from edu_platform.lib.queueing import enqueue_on_commit
from edu_platform.lib.text import error_summary
from schedule.enums import CloudStatus
from schedule.models import Lesson

logger = logging.getLogger(__name__)


DELETIONS_A_RUN = 200
# Together with looking for lost documents shorter than the pause between two runs, so that none
# overlaps with the next.
DELETING = Rules(name="courseware to be deleted", limit_s=10.0, silent=(CloudUnavailable,))
DISCARDING = Rules(
    name="documents to be deleted in the cloud",
    limit_s=7.0,
    silent=(CloudUnavailable,),
    expected=REFUSALS,
)
LEASE = dt.timedelta(minutes=5)
# How long a document waits to be taken out of its rooms; after that it is deleted anyway.
UNBOUND_WITHIN = dt.timedelta(hours=1)
UNBOUND_LOOK = dt.timedelta(seconds=30)
# How often it is looked whether the last class that has a superseded version is over.
SUPERSEDED_LOOK = dt.timedelta(minutes=2)
# How long a file waits for the cloud's answer, which for some documents may never come.
ANSWERED_WITHIN = dt.timedelta(days=1)
# While the storage, or we ourselves, cannot delete a file.
LONGEST_RETRY = dt.timedelta(hours=4)
# While the cloud refuses to delete a document: twice as long each time; about four days in all.
FIRST_DISCARD_RETRY = dt.timedelta(minutes=1)
LAST_DISCARD_RETRY = dt.timedelta(hours=4)
MAX_DISCARD_TRIES = 30
# After so many the pause grows no more.
TRIES_TO_LAST_DISCARD_RETRY = 8


@transaction.atomic
def delete(courseware: Courseware, *, at: dt.datetime) -> None:
    """Take courseware from everybody's sight; workers take it out of rooms, of the cloud, off the storage.

    Safe to repeat.
    """
    # Lessons come first, as everywhere; what one takes in this very moment leaves with the lesson's next sync.
    held = lock_lessons(Lesson.objects.filter(pk__in=courseware.bindings.values("lesson")))
    deleted = Courseware.objects.kept().filter(pk=courseware.pk)
    if not deleted.update(deleted_at=at, due_at=at, unreachable_since=None):
        return
    delete_versions(courseware, at=at)
    courseware.course_bindings.all().delete()
    take_away(Binding.objects.filter(courseware=courseware, lesson__in=held), at)
    enqueue_on_commit("courseware.finish_deletions")
    courseware.refresh_from_db()


def finish_deletions(at: dt.datetime) -> int:
    """Delete in the cloud and off the storage what people have deleted; say how many are gone.

    Versions that newer ones have replaced go the same way, as soon as no class has them; their rows stay.

    Each step may be repeated. Stops when the cloud does not answer.
    """
    finished = 0

    def finish(courseware: Courseware) -> None:
        nonlocal finished
        finished += _finish(courseware, at=at)

    loop = DueLoop(
        rules=DELETING, rows=Courseware.objects.all(), lease=LEASE, pause=_pause_of_deletion
    )
    run = loop.run(_deleted(at)[:DELETIONS_A_RUN], finish, at)
    if is_configured() and not run.is_silent:
        discard_lost_documents(at)
        _delete_discarded(at)
    return finished


def _deleted(at: dt.datetime) -> CoursewareQuerySet:
    # Make deleted ones due even if their due time got lost.
    is_deleted = Q(deleted_at__isnull=False) & (Q(due_at__lte=at) | Q(due_at=None))
    is_superseded = Q(superseded_at__isnull=False, due_at__lte=at)
    due = Courseware.objects.unleased(at=at).filter(is_deleted | is_superseded)
    return due.order_by(F("unreachable_since").desc(nulls_first=True), "deleted_at", "pk")


def _pause_of_deletion(courseware: Courseware, err: Exception, at: dt.datetime) -> dt.timedelta:
    longest = LAST_RETRY if isinstance(err, CloudUnavailable) else LONGEST_RETRY
    return by_age(at - (courseware.unreachable_since or at), GROWTH, FIRST_RETRY, longest)


def _finish(courseware: Courseware, *, at: dt.datetime) -> bool:
    """Take one step after the other; return whether all are taken."""
    since = courseware.deleted_at or courseware.superseded_at
    assert since is not None  # noqa: S101 -- nothing else is leased
    pause = _pause_for_rooms(courseware, at)
    if pause is not None:
        Courseware.objects.filter(pk=courseware.pk).update(due_at=at + pause)
        return False
    if courseware.document_id:
        _delete_in_cloud(courseware.document_id, at, waited=at - since)
    delete_thumbnail(courseware)
    courseware.file.delete(save=False)
    return _end(courseware)


def _pause_for_rooms(courseware: Courseware, at: dt.datetime) -> dt.timedelta | None:
    """Return when to look again, because rooms have its document; None when no room keeps it."""
    as_version = Q(
        courseware=courseware.version_of_id, bound_document_id=courseware.document_id
    ) & ~Q(bound_document_id="")
    if courseware.deleted_at is None:
        in_rooms = Binding.objects.filter(as_version).filter(_in_open_room(at))
        return SUPERSEDED_LOOK if in_rooms.exists() else None
    own = Q(courseware=courseware) & ~Q(bound_document_id="")
    is_waited_for = at - courseware.deleted_at < UNBOUND_WITHIN
    in_rooms = Binding.objects.filter(own | as_version)
    return UNBOUND_LOOK if is_waited_for and in_rooms.exists() else None


def _in_open_room(at: dt.datetime) -> Q:
    """Select bindings in rooms whose class runs, or may still begin."""
    may_begin = Q(bound_room__cloud_status=CloudStatus.NOT_STARTED) & Q(
        lesson__ends_at__gt=at - AFTER_THE_END
    )
    runs = Q(bound_room__cloud_status=CloudStatus.RUNNING)
    return Q(runs | may_begin, bound_room__gone_at=None)


def _end(courseware: Courseware) -> bool:
    """Delete the row, unless it is the history of what is kept; return whether it was still ours."""
    with transaction.atomic():
        if courseware.deleted_at is not None:
            _lock_with_versions(courseware)
        ours = Courseware.objects.filter(pk=courseware.pk, lease_token=courseware.lease_token)
        if ours.select_for_update().first() is None:
            return False
        if courseware.deleted_at is None:
            history = {"file": "", "document_id": "", "result_url": "", "cover_url": ""}
            # What was deleted meanwhile, with what it was a version of, is due as that.
            return bool(ours.filter(deleted_at=None).update(**history, due_at=None))
        # An upload without its courseware would count as open again.
        Upload.objects.filter(courseware=courseware).delete()
        ours.delete()
    return True


def _lock_with_versions(courseware: Courseware) -> None:
    """Lock a row and all that name it, or that it names, in one order: its deletion changes those too."""
    is_named = Q(pk=courseware.version_of_id) | Q(version_of=courseware.pk)
    rows = Courseware.objects.filter(Q(pk=courseware.pk) | is_named)
    list(rows.order_by("pk").select_for_update(of=("self",)).values_list("pk"))


def _delete_in_cloud(document_id: str, at: dt.datetime, *, waited: dt.timedelta) -> None:
    """Delete a document; one that the cloud refuses to delete is tried again later by itself.

    The file does not wait for that: it would stay for ever where the refusal does.

    Raises:
        CloudUnavailable: no answer, and the file has not waited long for one yet.
    """
    try:
        cloud_documents.delete_document(document_id, Priority.BACKGROUND)
    except CloudError as err:
        if isinstance(err, CloudUnavailable) and waited < ANSWERED_WITHIN:
            raise
        logger.warning("document %s stays in the cloud for now: %s", document_id, err)
        discard_document(document_id, at=at + FIRST_DISCARD_RETRY)


def documents_to_delete(at: dt.datetime) -> DueQuerySet[DiscardedDocument]:
    """Documents of earlier tries, and of what is gone here, that no class has any more."""
    # A class keeps what it has until its successor is ready.
    in_class = Binding.objects.kept().filter(lesson__ends_at__gt=at).exclude(bound_document_id="")
    return DiscardedDocument.objects.exclude(document_id__in=in_class.values("bound_document_id"))


def _delete_discarded(at: dt.datetime) -> None:
    loop = DueLoop(
        rules=DISCARDING,
        rows=DiscardedDocument.objects.all(),
        lease=LEASE,
        pause=_pause_of_discarded,
        failed=_note_failure,
    )
    due = documents_to_delete(at).due(at)
    loop.run(due[:DELETIONS_A_RUN], _delete_one_discarded, at)


def _delete_one_discarded(discarded: DiscardedDocument) -> None:
    if not Courseware.objects.filter(document_id=discarded.document_id).exists():
        cloud_documents.delete_document(discarded.document_id, Priority.BACKGROUND)
    DiscardedDocument.objects.filter(pk=discarded.pk).delete()


def _pause_of_discarded(
    discarded: DiscardedDocument, _err: Exception, _at: dt.datetime
) -> dt.timedelta:
    return exponential(discarded.attempts, FIRST_DISCARD_RETRY, LAST_DISCARD_RETRY)


def _note_failure(discarded: DiscardedDocument, err: Exception, _at: dt.datetime) -> None:
    """Give up after very many refusals. Failures that say nothing of the document do not lead to that."""
    row = DiscardedDocument.objects.filter(pk=discarded.pk)
    if _is_about_document(err):
        if discarded.attempts > MAX_DISCARD_TRIES:
            told = (discarded.document_id, error_summary(err))
            logger.error("gave up deleting document %s: %s", *told)
            row.delete()
        return
    is_pause_to_grow = (
        isinstance(err, CloudUnavailable) and discarded.attempts <= TRIES_TO_LAST_DISCARD_RETRY
    )
    if not is_pause_to_grow:
        row.update(attempts=discarded.attempts - 1)


def _is_about_document(err: Exception) -> bool:
    """Tell whether it says something of the document: not silence, nor while the platform is not let in."""
    return not isinstance(err, CloudUnavailable) and not refuses_everybody(err)
