"""The place for courseware is taken by what is kept, and by what is on its way."""

from __future__ import annotations

import datetime as dt

import pytest

from accounts.models import SchoolSettings, User
from courseware.exceptions import PersonQuotaExceeded, QuotaExceeded, SchoolQuotaExceeded
from courseware.services.quotas import Quota, check_quota, quota_of
from courseware.services.uploads import open_upload
from edu_platform.lib.formatting import GIB, MIB
from tests.factories.courseware import CoursewareFactory, UploadFactory
from tests.support.threads import all_at_once

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases("sums under a lock")]

NOW = dt.datetime(2026, 9, 7, 8, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)


def set_quota(*, person_mib: int = 5120, school_gib: int = 500) -> None:
    SchoolSettings.objects.create(
        pk=1, courseware_quota_person_mib=person_mib, courseware_quota_school_gib=school_gib
    )


def is_enough(owner: User | None, size_bytes: int, **more: object) -> bool:
    try:
        check_quota(owner=owner, size_bytes=size_bytes, at=NOW, **more)  # type: ignore[arg-type] # as the test says
    except QuotaExceeded:
        return False
    return True


def test_school_that_chose_nothing_gives_five_gib_to_each(teacher: User):
    assert is_enough(teacher, 5 * GIB)
    assert not is_enough(teacher, 5 * GIB + 1)


def test_kept_courseware_and_open_uploads_count(teacher: User):
    set_quota(person_mib=10)
    CoursewareFactory.create(owner=teacher, size_bytes=4 * MIB)
    UploadFactory.create(owner=teacher, length_bytes=3 * MIB, expires_at=NOW + HOUR)

    assert is_enough(teacher, 3 * MIB)
    assert not is_enough(teacher, 3 * MIB + 1)


def test_place_is_told_as_it_is_counted(teacher: User):
    set_quota(person_mib=10)
    CoursewareFactory.create(owner=teacher, size_bytes=4 * MIB)
    CoursewareFactory.create(size_bytes=9 * MIB)
    UploadFactory.create(owner=teacher, length_bytes=3 * MIB, expires_at=NOW + HOUR)

    assert quota_of(teacher, at=NOW) == Quota(used="7 MB", limit="10 MB", school_percent=None)


@pytest.mark.parametrize(
    ("size_bytes", "percent"),
    [(9 * GIB // 10 - 1, None), (9 * GIB // 10 + 1, 90), (2 * GIB, 100)],
)
def test_schools_fullness_is_told_when_it_is_near(
    teacher: User, size_bytes: int, percent: int | None
):
    set_quota(school_gib=1)
    CoursewareFactory.create(size_bytes=size_bytes)

    assert quota_of(teacher, at=NOW).school_percent == percent


def test_what_is_over_or_somebody_elses_does_not_count(teacher: User, other_teacher: User):
    set_quota(person_mib=10)
    CoursewareFactory.create(owner=teacher, size_bytes=9 * MIB, deleted_at=NOW)
    CoursewareFactory.create(owner=other_teacher, size_bytes=9 * MIB)
    UploadFactory.create(owner=teacher, length_bytes=9 * MIB, expires_at=NOW - HOUR)
    became = CoursewareFactory.create(owner=teacher, size_bytes=2 * MIB)
    UploadFactory.create(owner=teacher, length_bytes=2 * MIB, courseware=became)

    assert is_enough(teacher, 8 * MIB)
    assert not is_enough(teacher, 8 * MIB + 1)


def test_what_waits_for_its_deletion_still_takes_of_the_schools_place(teacher: User):
    set_quota(person_mib=2048, school_gib=1)
    CoursewareFactory.create(owner=teacher, size_bytes=GIB - 3, deleted_at=NOW)

    assert is_enough(teacher, 3)
    with pytest.raises(SchoolQuotaExceeded):
        check_quota(owner=teacher, size_bytes=4, at=NOW)


@pytest.mark.django_db(transaction=True)
def test_last_place_of_the_school_is_given_to_one(teacher: User, other_teacher: User):
    set_quota(school_gib=1)
    CoursewareFactory.create(owner=None, size_bytes=GIB - 400 * MIB)

    def begin(owner: User) -> str:
        try:
            open_upload(owner=owner, filename="a.mp4", length_bytes=300 * MIB, at=NOW)
        except SchoolQuotaExceeded:
            return "refused"
        return "begun"

    told = all_at_once(begin, [teacher, other_teacher])

    assert sorted(told) == ["begun", "refused"]


@pytest.mark.django_db(transaction=True)
def test_first_of_a_school_that_chose_nothing_may_come_at_once(teacher: User, other_teacher: User):
    def begin(owner: User) -> int:
        return open_upload(owner=owner, filename="a.mp4", length_bytes=1, at=NOW).length_bytes

    assert all_at_once(begin, [teacher, other_teacher]) == [1, 1]
    assert SchoolSettings.objects.count() == 1


def test_upload_that_is_about_to_become_it_is_not_counted_twice(teacher: User):
    set_quota(person_mib=10)
    upload = UploadFactory.create(owner=teacher, length_bytes=10 * MIB, expires_at=NOW + HOUR)

    assert is_enough(teacher, 10 * MIB, upload=upload)
    assert not is_enough(teacher, 1)


def test_person_is_told_what_is_left(teacher: User):
    set_quota(person_mib=10)
    CoursewareFactory.create(owner=teacher, size_bytes=7 * MIB)

    with pytest.raises(PersonQuotaExceeded) as refused:
        check_quota(owner=teacher, size_bytes=4 * MIB, at=NOW)

    assert refused.value.status == 413
    assert "3 MB" in refused.value.sentence


def test_all_of_the_school_share_its_place(teacher: User, other_teacher: User):
    set_quota(school_gib=1)
    CoursewareFactory.create(owner=other_teacher, size_bytes=GIB - 5)
    CoursewareFactory.create(owner=None, size_bytes=2)

    assert is_enough(teacher, 3)
    with pytest.raises(SchoolQuotaExceeded):
        check_quota(owner=teacher, size_bytes=4, at=NOW)


def test_schools_own_is_held_by_the_schools_place_alone(teacher: User):
    set_quota(person_mib=0)

    assert is_enough(None, GIB)
    assert not is_enough(teacher, 1)
