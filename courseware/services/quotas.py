"""Storage quotas for courseware, per person and for the school, and how many uploads one may have open."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db.models import QuerySet, Sum

from accounts.models import SchoolSettings, User
from courseware.exceptions import PersonQuotaExceeded, SchoolQuotaExceeded
from courseware.models import Courseware, Upload
from edu_platform.lib.formatting import GIB, MIB, megabytes_text

NEARLY_FULL_PERCENT = 90
# One person may have this many unfinished uploads.
OPEN_UPLOADS_AT_MOST = 3


def check_quota(
    *, owner: User | None, size_bytes: int, at: dt.datetime, upload: Upload | None = None
) -> None:
    """Check that so many more bytes fit the quotas; `upload`, which is about to become them, is not counted twice.

    What is kept counts, with newer versions on their way and earlier ones that classes still have, and
    what open uploads are going to bring; against the school's place also what was deleted and still lies
    on the storage. Two who ask at once may both be told yes, unless
    `one_at_a_time` was called.

    Raises:
        QuotaExceeded: the person's place, or the school's, would not do.
    """
    school = SchoolSettings.load()
    uploads = Upload.objects.open(at=at)
    if upload is not None:
        uploads = uploads.exclude(pk=upload.pk)
    if owner is not None:
        left = school.courseware_quota_person_mib * MIB - _used(
            _kept_of(owner), uploads.filter(owner=owner)
        )
        if size_bytes > left:
            raise PersonQuotaExceeded(left=megabytes_text(max(0, left)))
    on_storage = Courseware.objects.stored()
    if size_bytes > school.courseware_quota_school_gib * GIB - _used(on_storage, uploads):
        raise SchoolQuotaExceeded


@dataclass(frozen=True, slots=True)
class Quota:
    """The usage of a person's quota, and of the school's, as shown to people."""

    used: str
    limit: str
    # Only when it is nearly full; otherwise it is nobody's concern.
    school_percent: int | None


def quota_of(user: User, *, at: dt.datetime) -> Quota:
    """Return what a person can know before uploading: by the same count as `check_quota`."""
    school = SchoolSettings.load()
    uploads = Upload.objects.open(at=at)
    used = _used(_kept_of(user), uploads.filter(owner=user))
    # A school may be given less than it has already.
    limit = max(1, school.courseware_quota_school_gib * GIB)
    percent = 100 * _used(Courseware.objects.stored(), uploads) // limit
    return Quota(
        used=megabytes_text(used),
        limit=megabytes_text(school.courseware_quota_person_mib * MIB),
        school_percent=min(percent, 100) if percent >= NEARLY_FULL_PERCENT else None,
    )


def one_at_a_time(owner: User | None) -> None:
    """Lock the quotas of the school and of this person until the transaction ends.

    Everybody locks in this order: the school, then the person.
    """
    # A row that is not there cannot be locked: the school that has chosen nothing gets its own here.
    SchoolSettings.objects.select_for_update(no_key=True).get_or_create(pk=1)
    if owner is not None:
        User.objects.select_for_update(no_key=True).get(pk=owner.pk)


def _kept_of(owner: User) -> QuerySet[Courseware]:
    return Courseware.objects.stored().filter(owner=owner, deleted_at=None)


def _used(courseware: QuerySet[Courseware], uploads: QuerySet[Upload]) -> int:
    kept = courseware.aggregate(size=Sum("size_bytes"))["size"] or 0
    coming = uploads.aggregate(size=Sum("length_bytes"))["size"] or 0
    return int(kept) + int(coming)
