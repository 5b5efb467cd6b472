"""Submitting one file to the cloud, under a lease that the caller holds.

A CreateDocument call carries no token that would make it safe to repeat, so it is written down before.
No two calls name the same address: when an answer is lost, the document is looked for by its owner and
that address for a while, before another one is asked for.
"""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from accounts.enums import Role
from accounts.models import ClassroomIdentity, RoleGrant, User
from accounts.services.registration import ensure_registered, register_again
from classroom.client import documents as cloud_documents
from classroom.client.documents import DocumentPlan
from classroom.client.error_codes import ErrorKind, error_kind
from classroom.client.errors import (
    CloudError,
    CloudNotConfigured,
    CloudRejected,
    CloudUnavailable,
)
from classroom.client.rate_limits import Priority
from courseware.enums import CoursewareState, TranscodeType
from courseware.models import Courseware, Submission
from courseware.services.documents import discard_document, disown_submissions
from courseware.services.fetch_urls import fetch_address
from courseware.services.lost_documents import find_lost_document
from edu_platform.lib.leases import LEASE_ENDED

URGENCY = Priority.BACKGROUND
# A document that came after our lease ran out may just be found by the worker that holds it now.
DISCARDED_AFTER = dt.timedelta(minutes=10)


class NobodyOwns(CloudError):
    """Courseware of the school, and there is no administrator whose it could be in the cloud."""

    def __init__(self) -> None:
        super().__init__("CreateDocument", "there is no administrator to own it")


class LeaseLost(Exception):
    """We were too slow: somebody else submits the file now."""


def submit(courseware: Courseware) -> None:
    """Submit the file, or find the document that an unanswered call made before.

    Raises:
        LeaseLost: somebody else is about it.
        NobodyOwns: the school's own has nobody to stand for it.
        NotListedYet: an earlier call may still have had an effect.
        CloudUnavailable, CloudRejected, CloudProtocolError: the cloud did not take it.
    """
    found = find_lost_document(courseware)
    if found is not None:
        _save_submitted(courseware, *found)
        return
    identity = ensure_registered(owner_in_cloud(courseware), URGENCY)
    document_id = _create_document(courseware, identity)
    _save_submitted(courseware, document_id, courseware.call_number)


def owner_in_cloud(courseware: Courseware) -> User:
    """The person whose it is in the cloud: its owner, and for the school's own an administrator.

    Raises:
        NobodyOwns: there is none.
    """
    if courseware.owner is not None:
        return courseware.owner
    grants = RoleGrant.objects.filter(user=OuterRef("pk"), role=Role.ADMINISTRATOR)
    administrators = User.objects.active().filter(Q(is_superuser=True) | Exists(grants))
    first = administrators.order_by("pk").first()
    if first is None:
        raise NobodyOwns
    return first


def _create_document(courseware: Courseware, identity: ClassroomIdentity) -> str:
    """Make the document, with two remedies for refusals: each helps once, and both may be needed."""
    name = courseware.name
    remedies = {ErrorKind.WORDS_REFUSED, ErrorKind.USER_GONE}
    while True:
        try:
            return _call(courseware, identity.classroom_user_id, name)
        except CloudRejected as err:
            meaning = error_kind(err.action, err.code)
            if meaning not in remedies:
                raise
        remedies.remove(meaning)
        if meaning is ErrorKind.WORDS_REFUSED:
            # A class must not miss a file because of a word in its name.
            name = f"{courseware.code}.{courseware.suffix}"
        else:
            identity = register_again(identity, URGENCY)


def _call(courseware: Courseware, owner_user_id: str, name: str) -> str:
    """Write the call down, make it, and return what it made."""
    submission = _write_down(courseware, owner_user_id)
    plan = DocumentPlan(
        name=name,
        url=submission.url,
        owner_user_id=owner_user_id,
        transcode_type=courseware.transcode_type,
        is_public=courseware.is_public,
        suffix=courseware.suffix,
        size_bytes=courseware.size_bytes,
        # Only slides get there, after they failed as they are.
        drops_unsupported_elements=courseware.transcode_type == TranscodeType.SPARE,
    )
    try:
        return cloud_documents.create_document(plan, URGENCY)
    except (CloudRejected, CloudNotConfigured):
        submission.delete()
        raise
    except CloudUnavailable as err:
        if err.outcome_is_known:
            submission.delete()
        raise


@transaction.atomic
def _write_down(courseware: Courseware, owner_user_id: str) -> Submission:
    numbers = courseware.submissions.values_list("number", flat=True)
    number = max(courseware.call_number, *numbers, 0) + 1
    at = timezone.now()
    _note(courseware, call_number=number, submitted_at=at)
    return Submission.objects.create(
        courseware=courseware,
        number=number,
        url=fetch_address(courseware, number=number),
        owner_user_id=owner_user_id,
        called_at=at,
    )


def _note(courseware: Courseware, **values: object) -> None:
    """Save under our lease.

    Raises:
        LeaseLost: it is no longer ours.
    """
    if not Courseware.objects.filter(pk=courseware.pk, lease_token=courseware.lease_token).update(
        **values
    ):
        raise LeaseLost
    for name, value in values.items():
        setattr(courseware, name, value)


def _save_submitted(courseware: Courseware, document_id: str, number: int) -> None:
    """Save the document of the call of this number; without our lease it is one too many.

    It is saved with what somebody deletes at this moment as well: so it is deleted in the cloud too.
    """
    at = timezone.now()
    call = Submission.objects.filter(courseware=courseware.pk, number=number)
    try:
        with transaction.atomic():
            _note(courseware, call_number=number, **_submitted_columns(document_id, at))
            call.delete()
            disown_submissions(courseware)
    except LeaseLost:
        discard_document(document_id, at=at + DISCARDED_AFTER)
        raise


def _submitted_columns(document_id: str, at: dt.datetime) -> dict[str, object]:
    return {
        "document_id": document_id,
        "state": CoursewareState.TRANSCODING,
        "state_since": at,
        "percent": 0,
        "failure": "",
        "cloud_reason": "",
        "unreachable_since": None,
        "last_error": "",
        # The next thing to do is planned: the lease ends here, so that nobody takes this for done.
        "due_at": at,
        "attempts": 0,
        **LEASE_ENDED,
    }
