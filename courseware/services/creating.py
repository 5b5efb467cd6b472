"""Creating courseware from a file: check, store, and queue it for submission.

No function that stores may run inside a transaction: a large file takes its time.
"""

from __future__ import annotations

import datetime as dt
import logging
from typing import BinaryIO, cast

from django.core.files import File
from django.db import DatabaseError, transaction
from django.db.models import Q

from accounts.models import User
from courseware.exceptions import CoursewareRefused
from courseware.filetypes.content_checks import check_content
from courseware.filetypes.file_names import clean_name, name_with_other_suffix
from courseware.filetypes.formats import Format, known_format
from courseware.models import Courseware, Upload
from courseware.services.quotas import check_quota, one_at_a_time
from courseware.services.versions import add_version, require_same_type
from courseware.uploads.digests import Ahead
from edu_platform.lib import counters
from edu_platform.lib.formatting import MIB
from edu_platform.lib.queueing import enqueue_on_commit

logger = logging.getLogger(__name__)

HASHED_AT_ONCE = MIB


def create_courseware(
    *,
    owner: User,
    filename: str,
    file: File,  # type: ignore[type-arg] # of bytes, from any source
    at: dt.datetime,
    is_public: bool = False,
    upload: Upload | None = None,
    ahead: Ahead | None = None,
) -> Courseware:
    """Check and store a file, and have a worker take it to the cloud.

    With `upload` the courseware is what it has become; asked for twice, the first one is returned.
    `ahead` is as much of the file's digest as is known.

    Raises:
        CoursewareRefused: the file is not taken; the sentence says why.
    """
    name = clean_name(filename)
    try:
        form = _checked(name, file)
        check_quota(owner=owner, size_bytes=file.size, at=at, upload=upload)
    except CoursewareRefused:
        counters.UPLOADS.labels("refused").inc()
        raise
    courseware = _described(file, form, ahead=ahead or Ahead(), at=at)
    courseware.owner, courseware.is_public = owner, is_public
    courseware.name = courseware.filename = name
    return _store(courseware, file, upload=upload, at=at)


def create_version(
    replaced: Courseware,
    *,
    uploader: User,
    filename: str,
    file: File,  # type: ignore[type-arg] # as above
    at: dt.datetime,
    upload: Upload | None = None,
    ahead: Ahead | None = None,
) -> Courseware:
    """Check and store a newer version of courseware, which takes its place as soon as it is ready.

    It counts against the owner's quota, whoever uploads it. `upload` and `ahead` as above.

    Raises:
        CoursewareRefused: the file is not taken; the sentence says why.
    """
    name = clean_name(filename)
    try:
        require_same_type(replaced, known_format(name))
        form = _checked(name, file)
        check_quota(owner=replaced.owner, size_bytes=file.size, at=at, upload=upload)
    except CoursewareRefused:
        counters.UPLOADS.labels("refused").inc()
        raise
    version = _described(file, form, ahead=ahead or Ahead(), at=at)
    version.version_of, version.owner = replaced, replaced.owner
    version.is_public, version.filename = replaced.is_public, name
    version.name = name_with_other_suffix(replaced.name, replaced.suffix, form.suffix)
    if uploader.pk != replaced.owner_id:
        version.uploaded_by = uploader
    return _store(version, file, upload=upload, at=at)


def same_content_as(courseware: Courseware) -> list[Courseware]:
    """Other courseware of the very same content that its owner sees: their own, and what is public."""
    is_seen = Q(is_public=True)
    if courseware.owner_id is not None:
        is_seen |= Q(owner=courseware.owner_id)
    same = Courseware.objects.kept().filter(
        is_seen, sha256=courseware.sha256, size_bytes=courseware.size_bytes
    )
    return list(same.exclude(pk=courseware.pk).order_by("-uploaded_at", "-pk"))


def _checked(name: str, file: File) -> Format:  # type: ignore[type-arg] # as above
    form = known_format(name)
    form.check_size(file.size)
    check_content(cast("BinaryIO", file), form)
    return form


def _described(
    file: File,  # type: ignore[type-arg] # as above
    form: Format,
    *,
    ahead: Ahead,
    at: dt.datetime,
) -> Courseware:
    return Courseware(
        suffix=form.suffix,
        kind=form.kind,
        size_bytes=file.size,
        sha256=_sha256(file, ahead),
        uploaded_at=at,
        transcode_type=form.transcode_type,
        state_since=at,
        due_at=at,
    )


def _sha256(file: File, ahead: Ahead) -> str:  # type: ignore[type-arg] # as above
    # Uploads on a disk were mostly read already while they came.
    digest = ahead.digest
    file.seek(ahead.size_bytes)
    while piece := file.read(HASHED_AT_ONCE):
        digest.update(piece)
    file.seek(0)
    return digest.hexdigest()


def _store(
    courseware: Courseware,
    file: File,  # type: ignore[type-arg] # as above
    *,
    upload: Upload | None,
    at: dt.datetime,
) -> Courseware:
    """Bring the file to the storage and its row into the database: both of them, or neither."""
    courseware.file.save(courseware.name, file, save=False)
    try:
        kept = _keep(courseware, upload=upload, at=at)
    except BaseException:
        _drop_unless_kept(courseware)
        raise
    if kept.pk != courseware.pk:
        _drop_file(courseware)
    counters.UPLOADS.labels("stored").inc()
    return kept


@transaction.atomic
def _keep(courseware: Courseware, *, upload: Upload | None, at: dt.datetime) -> Courseware:
    """Save the row, unless the upload has become another one already; that one is returned then."""
    owner = courseware.owner
    # So that two at once do not fill the same place.
    one_at_a_time(owner)
    if upload is not None:
        earlier = Upload.objects.select_for_update(of=("self",)).get(pk=upload.pk).courseware
        if earlier is not None:
            return earlier
    check_quota(owner=owner, size_bytes=courseware.size_bytes, at=at, upload=upload)
    if courseware.version_of is None:
        courseware.save(force_insert=True)
    else:
        add_version(courseware, courseware.version_of, at=at)
    if upload is not None:
        upload.courseware = courseware
        upload.save(update_fields=["courseware"])
    enqueue_on_commit("courseware.submit_and_poll")
    return courseware


def _drop_unless_kept(courseware: Courseware) -> None:
    """Drop the file of what was not saved, unless nobody can say whether it was.

    The database may fail at the very end, after it has saved.
    """
    try:
        is_kept = Courseware.objects.filter(code=courseware.code).exists()
    except DatabaseError:
        logger.exception("the file of courseware %s may be of no use", courseware.code)
        return
    if not is_kept:
        _drop_file(courseware)


def _drop_file(courseware: Courseware) -> None:
    try:
        courseware.file.delete(save=False)
    except Exception:
        # What happened before is what counts; the daily sweep finds the file.
        logger.exception("the file of courseware %s was left behind", courseware.code)
