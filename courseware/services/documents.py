"""Saving what the cloud says about a document, and starting over with another document."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from classroom.client.documents import DONE, FAILED, NOT_NEEDED, DocumentDetails
from classroom.client.errors import CloudNotConfigured, CloudProtocolError, CloudRejected
from classroom.enums import Source
from courseware.enums import CoursewareState, Failure, TranscodeType
from courseware.filetypes.formats import FORMATS
from courseware.models import Binding, Courseware, DiscardedDocument
from courseware.polling_times import is_stuck, next_ask
from courseware.services.readiness import notify_owner_of_failure
from edu_platform.lib.queueing import enqueue_on_commit
from edu_platform.lib.secret_tokens import make_secret_token
from edu_platform.lib.text import redact

REASON_CHARS = 500
# Refusals of the caller, not of a file: they end when somebody sets the platform right.
# An answer against one file, which says that the cloud can be asked about the others.
REFUSALS = (CloudRejected, CloudProtocolError, CloudNotConfigured)
# What the cloud and the way to it decide. What people decide is saved by them alone.
CLOUD_FIELDS = (
    "transcode_type",
    "document_id",
    "state",
    "state_since",
    "percent",
    "failure",
    "cloud_reason",
    "pages",
    "result_url",
    "cover_url",
    "fetch_token",
    "lease_token",
    "leased_until",
    "submitted_at",
    "asked_at",
    "asked_because",
    "due_at",
    "unreachable_since",
    "last_error",
)


@transaction.atomic
def save_document(
    courseware_pk: int,
    details: DocumentDetails | None,
    *,
    document_id: str,
    asked_at: dt.datetime,
    source: Source,
) -> None:
    """Save what the cloud said of this document, unless a later answer was saved before.

    Without `details` the cloud has no such document any more.
    """
    courseware = _locked(courseware_pk)
    if courseware is None or document_id != courseware.document_id:
        return  # it is that of an earlier try, or of the version before
    if courseware.asked_at is not None and courseware.asked_at > asked_at:
        return
    courseware.asked_at, courseware.asked_because = asked_at, source
    courseware.unreachable_since, courseware.last_error = None, ""
    if details is None:
        _fail(courseware, Failure.GONE, "", at=asked_at)
    else:
        _take_over(courseware, details, at=asked_at)
    courseware.save(update_fields=CLOUD_FIELDS)


@transaction.atomic
def save_refusal(courseware_pk: int, reason: str, *, lease_token: str, at: dt.datetime) -> None:
    """Save that the cloud did not take the file at all, if it is still ours and wanted."""
    courseware = _locked(courseware_pk)
    if courseware is None or courseware.lease_token != lease_token:
        return
    _fail(courseware, Failure.REFUSED, reason, at=at)
    courseware.save(update_fields=CLOUD_FIELDS)


def usual_transcode_type(courseware: Courseware) -> TranscodeType:
    """Return how the cloud transcodes such a file at first, whatever was tried since."""
    form = FORMATS.get(courseware.suffix)
    return form.transcode_type if form else TranscodeType(courseware.transcode_type)


def start_over(courseware: Courseware, transcode_type: TranscodeType, *, at: dt.datetime) -> None:
    """Have a file submitted as a new document; the caller holds the row and saves its CLOUD_FIELDS.

    Nothing of the earlier try counts: neither the address of an image nor a worker's lease. When it
    is not known whether the cloud has taken a file, that is looked for first; a document made with
    an image's earlier address would be of no use.
    """
    courseware.transcode_type = transcode_type
    if courseware.document_id:
        discard_document(courseware.document_id, at=at)
    if courseware.document_id or not courseware.is_transcoded:
        disown_submissions(courseware)
    courseware.document_id = ""
    courseware.fetch_token = make_secret_token()
    courseware.lease_token, courseware.leased_until = "", None
    courseware.percent, courseware.pages = 0, None
    courseware.result_url = courseware.cover_url = ""
    courseware.failure = courseware.cloud_reason = courseware.last_error = ""
    courseware.asked_at = courseware.unreachable_since = courseware.submitted_at = None
    courseware.state, courseware.state_since = CoursewareState.QUEUED, at
    courseware.due_at = at
    enqueue_on_commit("courseware.submit_and_poll")


def discard_document(document_id: str, *, at: dt.datetime) -> None:
    """Have a document deleted in the cloud, unless it is some courseware's when its turn comes."""
    DiscardedDocument.objects.get_or_create(document_id=document_id, defaults={"due_at": at})


def disown_submissions(courseware: Courseware) -> None:
    """Have whatever still comes of a courseware's unanswered calls deleted."""
    courseware.submissions.update(courseware=None)


def _locked(courseware_pk: int) -> Courseware | None:
    rows = Courseware.objects.for_class().select_for_update(of=("self",), no_key=True)
    return rows.filter(pk=courseware_pk).first()


def _take_over(courseware: Courseware, details: DocumentDetails, *, at: dt.datetime) -> None:
    if details.state == FAILED:
        _take_failure(courseware, details, at=at)
    elif _is_done(courseware, details):
        courseware.percent = 100
        courseware.pages = details.pages
        courseware.result_url = details.result
        # The address of one answer alone; another may be silent about it.
        courseware.cover_url = details.cover_url or courseware.cover_url
        courseware.failure = courseware.cloud_reason = ""
        _enter(courseware, CoursewareState.READY, at=at)
        courseware.due_at = None
        _lead_into_class(courseware, at=at)
    else:
        courseware.percent = details.percent
        if not is_stuck(courseware):
            courseware.failure = courseware.cloud_reason = ""
            _enter(courseware, CoursewareState.TRANSCODING, at=at)
        courseware.due_at = next_ask(courseware, at)


def _is_done(courseware: Courseware, details: DocumentDetails) -> bool:
    # "Nothing to transcode" is no end for what has to be transcoded, and has no result.
    is_plain = details.state == NOT_NEEDED
    return details.state == DONE or (is_plain and not courseware.is_transcoded)


def _take_failure(courseware: Courseware, details: DocumentDetails, *, at: dt.datetime) -> None:
    """The cloud failed: files of slides are tried the second way, all others end here."""
    form = FORMATS.get(courseware.suffix)
    has_second_way = form is not None and form.may_go_second_way
    if has_second_way and courseware.transcode_type == TranscodeType.DOCUMENT:
        start_over(courseware, TranscodeType.SPARE, at=at)
        return
    words = [word for word in (details.result, details.info) if word]
    _fail(courseware, Failure.CLOUD, ": ".join(words), at=at)


def _fail(courseware: Courseware, failure: Failure, reason: str, *, at: dt.datetime) -> None:
    if (courseware.state, courseware.failure) != (CoursewareState.FAILED, failure):
        courseware.state, courseware.state_since = CoursewareState.FAILED, at
        notify_owner_of_failure(courseware, at)
    courseware.failure = failure
    courseware.cloud_reason = redact(reason)[:REASON_CHARS]
    courseware.due_at = None


def _enter(courseware: Courseware, state: CoursewareState, *, at: dt.datetime) -> None:
    if courseware.state != state:
        courseware.state, courseware.state_since = state, at


def _lead_into_class(courseware: Courseware, *, at: dt.datetime) -> None:
    if courseware.version_of_id is None:
        requeue_bindings(courseware, at=at)
    else:
        # There it takes its courseware's place: rows that stand before this one are locked for that.
        enqueue_on_commit("courseware.submit_and_poll")


def requeue_bindings(courseware: Courseware, *, at: dt.datetime) -> None:
    """Let rooms have what is ready now at the next run, however long they were to wait."""
    waiting = Binding.objects.filter(courseware=courseware, due_at__gt=at)
    # A row that is held is being changed, which sets its time too. Lessons, which go before their bindings,
    # are not held here: to wait could be to wait for each other.
    locked = waiting.select_for_update(no_key=True, skip_locked=True)
    Binding.objects.filter(pk__in=list(locked.values_list("pk", flat=True))).update(due_at=at)
