"""Resumable uploads: begun, written part by part, and in the end one piece of courseware.

Received bytes are never lost: an upload's offset tells what is on the storage, whichever process
was killed, and reaches its length only when the courseware exists. No function here may run inside
a transaction.
"""

from __future__ import annotations

import datetime as dt
from contextlib import suppress
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from courseware.exceptions import CoursewareRefused
from courseware.filetypes.file_names import clean_name
from courseware.filetypes.formats import known_format
from courseware.models import Courseware, Upload, UploadPart
from courseware.services.creating import create_courseware, create_version
from courseware.services.quotas import OPEN_UPLOADS_AT_MOST, check_quota, one_at_a_time
from courseware.services.versions import require_same_type
from courseware.uploads.leases import Lease, LeaseLost, LeaseTaken
from courseware.uploads.parts import (
    Body,
    Part,
    Store,
    StoreBusy,
    Whole,
    delete_folder,
    folders,
    pieces_of,
    store_of,
)
from edu_platform.lib import counters
from edu_platform.lib.database import release_database
from edu_platform.lib.due import Rules, each
from edu_platform.lib.formatting import MIB, megabytes_text
from edu_platform.lib.leases import LEASE_ENDED

# Long enough for a teacher who goes on after a weekend.
LIFETIME = dt.timedelta(days=3)
PART_LIMIT_BYTES = 16 * MIB
REMOVED_A_RUN = 500
# For uploads, and again for folders without one: both together end well before a worker's time
# limit.
RUN_LIMIT_S = 60.0
# Storages raise errors of many types: log them, and go on with the next one.
REMOVING = Rules(name="expired uploads", limit_s=RUN_LIMIT_S)
REMOVING_FOLDERS = Rules(name="folders without an upload", limit_s=RUN_LIMIT_S)


class TooManyUploads(CoursewareRefused):
    """The person has the maximum of open uploads."""

    status = 429

    def __init__(self) -> None:
        super().__init__(
            _(
                "You have %(count)s uploads that are not finished:"
                " finish or discard one, then this file can start."
            )
            % {"count": OPEN_UPLOADS_AT_MOST}
        )


class BeingWritten(CoursewareRefused):
    """Somebody else sends bytes of this upload now."""

    status = 423

    def __init__(self) -> None:
        super().__init__(
            _("This file is being sent already, perhaps from another window: wait a little.")
        )


class WrongOffset(CoursewareRefused):
    """The bytes do not begin where those that came before ended."""

    status = 409

    def __init__(self) -> None:
        super().__init__(_("This part of the file does not fit: ask again where to go on."))


class UploadOver(CoursewareRefused):
    """Its time has passed, or it has become courseware."""

    status = 410

    def __init__(self) -> None:
        super().__init__(_("This upload has ended: upload the file again if it is not listed."))


class PartTooLarge(CoursewareRefused):
    """More in one request than the server takes, or more than the file was said to have."""

    status = 413

    def __init__(self) -> None:
        super().__init__(
            _(
                "Too many bytes in one part: send at most %(limit)s at once,"
                " and no more than the file has."
            )
            % {"limit": megabytes_text(PART_LIMIT_BYTES)}
        )


def open_upload(
    *,
    owner: User,
    filename: str,
    length_bytes: int,
    at: dt.datetime,
    replaces: Courseware | None = None,
) -> Upload:
    """Begin an upload; its length counts against the quota from now on.

    With `replaces` it is to be a newer version of that courseware, whose owner must have the place, too.

    Raises:
        CoursewareRefused: the file would not be taken, or not now.
    """
    name = clean_name(filename)
    form = known_format(name)
    if replaces is not None:
        require_same_type(replaces, form)
    form.check_size(length_bytes)
    with transaction.atomic():
        # Two that begin at once would both be the last that may.
        one_at_a_time(owner)
        if owner.uploads.open(at=at).count() >= OPEN_UPLOADS_AT_MOST:
            raise TooManyUploads
        check_quota(owner=owner, size_bytes=length_bytes, at=at)
        if replaces is not None and replaces.owner_id != owner.pk:
            check_quota(owner=replaces.owner, size_bytes=length_bytes, at=at)
        return Upload.objects.create(
            owner=owner,
            filename=name,
            suffix=form.suffix,
            replaces=replaces,
            length_bytes=length_bytes,
            created_at=at,
            expires_at=at + LIFETIME,
        )


def write(
    upload: Upload, *, offset_bytes: int, body: Body, size_bytes: int, at: dt.datetime
) -> None:
    """Store the bytes that a request brings from this offset on; `upload` is then as it stands.

    Less than `size_bytes` may come: what came before the connection broke is kept. With the last
    byte the upload becomes courseware, or is refused and gone. No connection to the database is
    held while the body is read.

    Raises:
        CoursewareRefused: nothing of this was kept; the sentence says why.
    """
    if upload.is_finished:
        # The last part once more, because its answer was lost, begins at the end or before it.
        if offset_bytes != upload.length_bytes or size_bytes:
            raise WrongOffset
        return
    _check_part(upload, offset_bytes=offset_bytes, size_bytes=size_bytes, at=at)
    lease = _take(upload)
    try:
        with store_of(upload.code) as store:
            upload.refresh_from_db()
            # Behind the lock of the file: its earlier holder may have gone on, or finished.
            _check_turn(upload, lease, offset_bytes=offset_bytes, at=at)
            _write(upload, lease, store, body=body, size_bytes=size_bytes)
    except (LeaseLost, StoreBusy, Upload.DoesNotExist) as err:
        raise BeingWritten from err
    finally:
        lease.release()


def _check_part(upload: Upload, *, offset_bytes: int, size_bytes: int, at: dt.datetime) -> None:
    if not upload.is_open(at=at):
        raise UploadOver
    reaches_too_far = offset_bytes < upload.length_bytes < offset_bytes + size_bytes
    if reaches_too_far or size_bytes > PART_LIMIT_BYTES:
        raise PartTooLarge


def _take(upload: Upload) -> Lease:
    lease = Lease(upload)
    try:
        lease.acquire()
    except LeaseTaken as err:
        raise BeingWritten from err
    return lease


def _check_turn(upload: Upload, lease: Lease, *, offset_bytes: int, at: dt.datetime) -> None:
    if upload.lease_token != lease.token:
        raise LeaseLost
    if upload.is_finished or offset_bytes != upload.offset_bytes:
        raise WrongOffset
    if not upload.is_open(at=at):
        raise UploadOver


def _write(upload: Upload, lease: Lease, store: Store, *, body: Body, size_bytes: int) -> None:
    release_database()
    pieces = pieces_of(body, size_bytes=size_bytes, keep_alive=lease.renew)
    part = store.add(upload.offset_bytes, pieces)
    try:
        _take_in(upload, lease, store, part)
    except BaseException:
        with suppress(OSError):  # the storage is away: what is left there goes with the upload
            store.drop(part)
        raise


def _take_in(upload: Upload, lease: Lease, store: Store, part: Part) -> None:
    if upload.offset_bytes + part.size_bytes == upload.length_bytes:
        _finish(upload, lease, store, part)
    elif part.size_bytes:
        _keep(upload, lease, part)
        lease.is_over = True
        store.is_kept(upload.offset_bytes)
    else:
        store.drop(part)


@transaction.atomic
def _keep(upload: Upload, lease: Lease, part: Part) -> None:
    began_at, upload.offset_bytes = upload.offset_bytes, upload.offset_bytes + part.size_bytes
    upload.expires_at = timezone.now() + LIFETIME
    same = lease.mine().filter(offset_bytes=began_at)
    kept = {"offset_bytes": upload.offset_bytes, "expires_at": upload.expires_at}
    if not same.update(**kept, **LEASE_ENDED):
        raise LeaseLost
    UploadPart.objects.create(
        upload=upload, offset_bytes=began_at, size_bytes=part.size_bytes, name=part.name
    )


def _finish(upload: Upload, lease: Lease, store: Store, last: Part) -> None:
    """Make courseware of all parts. Until it is there, the last part counts as not come."""
    if not lease.mine().filter(offset_bytes=upload.offset_bytes).exists():
        raise LeaseLost
    rows = upload.parts.filter(offset_bytes__lt=upload.offset_bytes).order_by("offset_bytes")
    parts = [*(Part(row.name, row.size_bytes) for row in rows), last]
    if sum(part.size_bytes for part in parts) != upload.length_bytes:
        raise OSError(f"parts of upload {upload.code} are missing")
    try:
        with store.whole(parts, name=upload.filename, keep_alive=lease.renew) as whole:
            upload.courseware = _create(upload, whole)
    except CoursewareRefused:
        _remove(upload)
        raise
    upload.offset_bytes = upload.length_bytes
    upload.save(update_fields=["courseware", "offset_bytes"])
    upload.parts.all().delete()
    # All is done; what stays on a storage that is away goes with the upload.
    with suppress(OSError):
        delete_folder(upload.code)


def _create(upload: Upload, whole: Whole) -> Courseware:
    facts: dict[str, Any] = {
        "filename": upload.filename,
        "file": whole.file,
        "ahead": whole.ahead,
        "at": timezone.now(),
        "upload": upload,
    }
    if upload.replaces is None:
        return create_courseware(owner=upload.owner, **facts)
    return create_version(upload.replaces, uploader=upload.owner, **facts)


def discard(upload: Upload, *, at: dt.datetime) -> None:
    """Give an upload up, and what has come of it.

    Raises:
        BeingWritten: somebody sends bytes of it now.
        UploadOver: it is courseware already, or has expired.
    """
    if not upload.is_open(at=at):
        raise UploadOver
    lease = _take(upload)
    try:
        upload.refresh_from_db()
        if upload.is_finished:
            raise UploadOver
        _remove(upload)
        counters.UPLOADS.labels("discarded").inc()
    finally:
        lease.release()


def _remove(upload: Upload) -> None:
    # Over first: nobody goes on with what is half deleted.
    Upload.objects.filter(pk=upload.pk).update(expires_at=upload.created_at)
    delete_folder(upload.code)
    Upload.objects.filter(pk=upload.pk).delete()


def remove_expired_uploads(at: dt.datetime) -> int:
    """Remove uploads whose time has passed, with their parts; return how many.

    What killed workers left on the storage goes too. What a slow storage leaves no time
    for is removed by the next run.
    """
    expired = Upload.objects.filter(expires_at__lte=at).unleased(at=at)
    # The latest first: what could not be removed before counts as expired since its beginning, and
    # must not take the time of all others in every run.
    removing = each(REMOVING, expired.order_by("-expires_at", "pk")[:REMOVED_A_RUN], _remove, at)
    counters.UPLOADS.labels("expired").inc(removing.done)
    _remove_left_behind(at)
    return removing.done


def _remove_left_behind(at: dt.datetime) -> None:
    """Delete the folders of uploads that are no more."""
    # In this order: what begins meanwhile has its row before its folder.
    codes = folders()
    known = set(Upload.objects.values_list("code", flat=True))
    each(REMOVING_FOLDERS, (code for code in codes if code not in known), delete_folder, at)
