"""What people change about courseware: its name, who may use it, its tags; and how it goes away."""

from __future__ import annotations

import datetime as dt
import logging
import time
from collections.abc import Iterable

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from classroom.client import documents as cloud_documents
from classroom.client.budgets import Priority
from classroom.client.errors import CloudError, CloudUnavailable
from classroom.client.transport import is_configured
from courseware.contents import name_with_suffix
from courseware.exceptions import CoursewareRefused
from courseware.models import (
    Binding,
    Courseware,
    CoursewareQuerySet,
    DiscardedDocument,
    Tag,
    Upload,
)
from courseware.services.binding import lock_lessons, take_away
from courseware.services.documents import discard_document, is_own_fault
from courseware.services.lost import discard_lost
from courseware.states import LAST_RETRY, retry_pause
from courseware.thumbnails import delete_thumbnail
from edu_platform.lib.queueing import enqueue_on_commit
from edu_platform.lib.text import error_summary
from schedule.models import Lesson

logger = logging.getLogger(__name__)

DELETIONS_A_RUN = 200
# Shorter than the pause between two runs, so that none overlaps with the next.
RUN_LIMIT_S = 25.0
LEASE = dt.timedelta(minutes=5)
FAILURES_IN_A_ROW = 3
# So long a document waits to be taken out of its rooms; after that it goes all the same.
UNBOUND_WITHIN = dt.timedelta(hours=1)
UNBOUND_LOOK = dt.timedelta(seconds=30)
# So long a file waits for the cloud's answer; of some documents it may never give any.
ANSWERED_WITHIN = dt.timedelta(days=1)
# While the storage, or we ourselves, cannot delete a file.
LONGEST_RETRY = dt.timedelta(hours=4)
# While the cloud refuses to delete a document: twice as long each time; about four days in all.
FIRST_DISCARD_RETRY = dt.timedelta(minutes=1)
LAST_DISCARD_RETRY = dt.timedelta(hours=4)
MAX_DISCARD_TRIES = 30
# After so many the pause grows no more.
TRIES_TO_LAST_DISCARD_RETRY = 8


class NameEmpty(CoursewareRefused):
    """A name of which nothing is left."""

    status = 422

    def __init__(self) -> None:
        super().__init__(_("Of this name nothing could be shown: give it another one."))


def rename(courseware: Courseware, *, name: str) -> None:
    """Give courseware another name; the ending stays, because it says what the file is.

    The cloud keeps the name under which it was handed in.

    Raises:
        NameEmpty: there is nothing in it that anybody could see.
    """
    cleaned = name_with_suffix(name, courseware.suffix)
    if not cleaned:
        raise NameEmpty
    _save(courseware, name=cleaned)


def set_public(courseware: Courseware, *, is_public: bool) -> None:
    _save(courseware, is_public=is_public)


def _save(courseware: Courseware, **values: object) -> None:
    """Save these columns alone; what was deleted meanwhile stays as it is."""
    Courseware.objects.kept().filter(pk=courseware.pk).update(**values)
    for name, value in values.items():
        setattr(courseware, name, value)


def set_tags(courseware: Courseware, *, names: Iterable[str]) -> None:
    """Give courseware these tags and no other; those that nothing has any more are cleared away nightly."""
    wanted = {name.strip() for name in names} - {""}
    are_set = False
    while not are_set:
        Tag.objects.bulk_create([Tag(name=name) for name in sorted(wanted)], ignore_conflicts=True)
        are_set = _link_tags(courseware, wanted)


@transaction.atomic
def _link_tags(courseware: Courseware, wanted: set[str]) -> bool:
    """Link what is wanted; False when one of the tags was cleared away in this very moment."""
    # Locked, because clearing away looks at links, and does not see those that are being made.
    held = Tag.objects.filter(name__in=wanted).order_by("pk").select_for_update(no_key=True)
    tags = list(held)
    if len(tags) < len(wanted):
        return False
    if Courseware.objects.filter(pk=courseware.pk).select_for_update(no_key=True).exists():
        courseware.tags.set(tags)
    return True


@transaction.atomic
def remove_unused_tags() -> int:
    """Delete the tags that nothing has; say how many. Safe while others give them to something."""
    unused = list(Tag.objects.filter(courseware=None).values_list("pk", flat=True))
    rows = Tag.objects.filter(pk__in=unused).select_for_update(skip_locked=True)
    locked = list(rows.values_list("pk", flat=True))
    # Asked once more: what got something meanwhile stays.
    removed, _by_model = Tag.objects.filter(pk__in=locked, courseware=None).delete()
    return removed


@transaction.atomic
def delete(courseware: Courseware, *, at: dt.datetime) -> None:
    """Take courseware from everybody's sight; workers take it out of rooms, of the cloud, off the storage.

    Safe to repeat.
    """
    # Lessons come first, as everywhere; what one takes in this very moment leaves with its next carrying.
    held = lock_lessons(Lesson.objects.filter(pk__in=courseware.bindings.values("lesson")))
    deleted = Courseware.objects.kept().filter(pk=courseware.pk)
    if not deleted.update(deleted_at=at, next_ask_at=at, unanswered_since=None):
        return
    courseware.course_bindings.all().delete()
    take_away(Binding.objects.filter(courseware=courseware, lesson__in=held), at)
    enqueue_on_commit("courseware.finish_deletions")
    courseware.refresh_from_db()


def finish_deletions(at: dt.datetime) -> int:
    """Delete in the cloud and off the storage what people have deleted; say how many are gone.

    Each step may be repeated. Stops when the cloud does not answer.
    """
    deadline = time.monotonic() + RUN_LIMIT_S
    finished = failures = 0
    for pk in list(_deleted(at).values_list("pk", flat=True)[:DELETIONS_A_RUN]):
        if failures == FAILURES_IN_A_ROW or time.monotonic() > deadline:
            return finished
        claim = _deleted(at).filter(pk=pk).claim(at=timezone.now(), lease=LEASE)
        if not claim:
            continue
        courseware = Courseware.objects.get(pk=pk)
        try:
            finished += _finish(courseware, at=at)
            failures = 0
        except CloudUnavailable as err:
            failures += 1
            _put_off(courseware, err, longest=LAST_RETRY)
        except Exception as err:
            # What goes wrong with one file, of the storage for example, holds up no other; the log
            # has the trace.
            logger.exception("deleting courseware %s", courseware.code)
            _put_off(courseware, err, longest=LONGEST_RETRY)
        finally:
            Courseware.objects.filter(pk=pk).release(claim)
    if is_configured() and failures < FAILURES_IN_A_ROW:
        discard_lost(at, deadline)
        _delete_discarded(at, deadline)
    return finished


def _deleted(at: dt.datetime) -> CoursewareQuerySet:
    # Whatever was deleted is due some time, even if that time has got lost.
    is_due = Q(next_ask_at__lte=at) | Q(next_ask_at=None)
    due = Courseware.objects.filter(is_due, deleted_at__isnull=False)
    free = due.filter(Q(claimed_until=None) | Q(claimed_until__lt=timezone.now()))
    return free.order_by(F("unanswered_since").desc(nulls_first=True), "deleted_at", "pk")


def _finish(courseware: Courseware, *, at: dt.datetime) -> bool:
    """Take one step after the other; return whether all are taken."""
    assert courseware.deleted_at is not None  # noqa: S101 -- nothing else is claimed
    in_rooms = courseware.bindings.exclude(bound_document_id="")
    if at - courseware.deleted_at < UNBOUND_WITHIN and in_rooms.exists():
        Courseware.objects.filter(pk=courseware.pk).update(next_ask_at=at + UNBOUND_LOOK)
        return False
    if courseware.document_id:
        waited = at - courseware.deleted_at
        _delete_in_cloud(courseware.document_id, at, waited=waited)
    delete_thumbnail(courseware)
    courseware.file.delete(save=False)
    with transaction.atomic():
        ours = Courseware.objects.filter(pk=courseware.pk, claim=courseware.claim)
        if ours.select_for_update().first() is None:
            return False
        # An upload without its courseware would count as open again.
        Upload.objects.filter(courseware=courseware).delete()
        ours.delete()
    return True


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


def _put_off(courseware: Courseware, err: Exception, *, longest: dt.timedelta) -> None:
    at = timezone.now()
    logger.warning("deleting courseware %s: %s", courseware.code, error_summary(err))
    since = courseware.unanswered_since or at
    Courseware.objects.filter(pk=courseware.pk, claim=courseware.claim).update(
        unanswered_since=since,
        next_ask_at=at + retry_pause(since=since, at=at, longest=longest),
        last_error=error_summary(err),
    )


def _delete_discarded(at: dt.datetime, deadline: float) -> None:
    """Delete the documents of earlier tries, and of what is gone here."""
    # A class keeps what it has until its successor is ready.
    in_class = Binding.objects.kept().filter(lesson__ends_at__gt=at).exclude(bound_document_id="")
    due = DiscardedDocument.objects.filter(next_try_at__lte=at).exclude(
        document_id__in=in_class.values("bound_document_id")
    )
    failures = 0
    for discarded in due.order_by("next_try_at", "pk")[:DELETIONS_A_RUN]:
        if failures == FAILURES_IN_A_ROW or time.monotonic() > deadline:
            return
        if Courseware.objects.filter(document_id=discarded.document_id).exists():
            discarded.delete()
            continue
        try:
            cloud_documents.delete_document(discarded.document_id, Priority.BACKGROUND)
        except CloudUnavailable as err:
            failures += 1
            _put_off_unanswered(discarded, err, at)
            continue
        except CloudError as err:
            _put_off_discarded(discarded, err, at)
        except Exception as err:
            # What goes wrong with one document holds up no other; the log has the trace.
            logger.exception("deleting document %s", discarded.document_id)
            _put_off_discarded(discarded, err, at)
        else:
            discarded.delete()
        failures = 0


def _put_off_unanswered(discarded: DiscardedDocument, err: Exception, at: dt.datetime) -> None:
    """Try again ever seldomer, and never give up: no answer says nothing of the document."""
    logger.warning("document %s waits: %s", discarded.document_id, error_summary(err))
    discarded.next_try_at = at + _discard_pause(discarded)
    if discarded.tries < TRIES_TO_LAST_DISCARD_RETRY:
        discarded.tries += 1
    discarded.save(update_fields=["tries", "next_try_at"])


def _put_off_discarded(discarded: DiscardedDocument, err: Exception, at: dt.datetime) -> None:
    if discarded.tries >= MAX_DISCARD_TRIES:
        logger.error("gave up deleting document %s: %s", discarded.document_id, error_summary(err))
        discarded.delete()
        return
    discarded.next_try_at = at + _discard_pause(discarded)
    # While the platform itself is not let in, no document is given up.
    discarded.tries += not is_own_fault(err)
    discarded.save(update_fields=["tries", "next_try_at"])


def _discard_pause(discarded: DiscardedDocument) -> dt.timedelta:
    growth: int = 2**discarded.tries
    return min(FIRST_DISCARD_RETRY * growth, LAST_DISCARD_RETRY)
