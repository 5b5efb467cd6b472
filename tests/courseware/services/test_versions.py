"""A newer version of courseware waits beside it, takes its place, and leaves the other as history."""

from __future__ import annotations

import datetime as dt
from contextlib import suppress
from functools import partial
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.models import Notice, SchoolSettings, User
from classroom.client.documents import FAILED, DocumentDetails
from classroom.enums import Source
from courseware.enums import CoursewareState, Failure, Release
from courseware.exceptions import CoursewareRefused, OtherType, PersonQuotaExceeded, ReplacedGone
from courseware.models import Courseware, Submission
from courseware.services.binding import bind
from courseware.services.creating import create_version
from courseware.services.deletion import delete, finish_deletions
from courseware.services.documents import save_document
from courseware.services.fetch_urls import fetch_address
from courseware.services.orphan_files import KEPT_FOR, remove_orphan_files
from courseware.services.quotas import quota_of
from courseware.services.transcoding import ask_again, retry, stuck, try_again
from courseware.services.versions import keep_present, take_over_ready
from edu_platform.lib.formatting import MIB
from schedule.models import Lesson
from tests.courseware.services.test_deletion import stored
from tests.factories.courseware import CoursewareFactory
from tests.localcloud import coursefiles
from tests.support.cloud import LocalCloud
from tests.support.courseware import PNG, bring, content_of, run, upload
from tests.support.threads import all_at_once, done_during
from tests.support.versions import newer_version

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("storage")]

RED = (1.0, 0.0, 0.0)
HOUR = dt.timedelta(hours=1)


def replace(
    courseware: Courseware, content: bytes, *, name: str = "新.pdf", uploader: User | None = None
) -> Courseware:
    by = uploader or courseware.owner
    assert by is not None
    file = ContentFile(content, name=name)
    return create_version(courseware, uploader=by, filename=name, file=file, at=timezone.now())


def take_over() -> int:
    return take_over_ready(timezone.now())


def now(courseware: Courseware) -> Courseware:
    return Courseware.objects.get(pk=courseware.pk)


class TestBeside:
    def test_it_waits_beside_what_is_used_and_nobody_lists_it(
        self, courseware: Courseware, teacher: User, planner: User
    ):
        version = replace(courseware, coursefiles.pdf(), name="第一讲 修订.pdf", uploader=planner)

        assert (now(courseware).coming, now(courseware).state) == (version, "ready")
        assert (version.name, version.filename) == ("第一讲.pdf", "第一讲 修订.pdf")
        assert (version.owner, version.uploaded_by) == (teacher, planner)
        assert version.state == CoursewareState.QUEUED
        assert list(Courseware.objects.kept()) == [courseware]

    def test_a_later_one_takes_the_place_of_one_on_its_way(self, courseware: Courseware):
        first = replace(courseware, coursefiles.pdf())
        second = replace(courseware, coursefiles.pdf(RED, RED))

        assert now(courseware).coming == second
        assert now(first).deleted_at is not None
        finish_deletions(timezone.now() + HOUR)
        assert set(Courseware.objects.all()) == {courseware, second}

    @pytest.mark.parametrize(
        ("suffix", "name", "content"),
        [("pdf", "图.png", PNG), ("png", "文.pdf", coursefiles.pdf()), ("mp4", "图.png", PNG)],
    )
    def test_another_type_is_refused_and_nothing_is_stored(
        self, teacher: User, suffix: str, name: str, content: bytes, storage: Any
    ):
        courseware = CoursewareFactory.create(owner=teacher, suffix=suffix)

        with pytest.raises(OtherType) as refusal:
            replace(courseware, content, name=name)

        assert refusal.value.status == 415
        assert (Courseware.objects.count(), stored(storage)) == (1, [])

    def test_slides_that_went_the_second_way_are_replaced_by_a_document(self, teacher: User):
        slides = CoursewareFactory.create(owner=teacher, suffix="pptx", transcode_type=3)

        assert replace(slides, coursefiles.pdf()).transcode_type == 1

    def test_what_is_deleted_is_not_replaced(self, courseware: Courseware, storage: Any):
        delete(courseware, at=timezone.now())

        with pytest.raises(ReplacedGone):
            replace(courseware, coursefiles.pdf())

        assert (Courseware.objects.count(), stored(storage)) == (1, [])

    def test_both_versions_count_for_the_owner_until_one_is_gone(
        self, courseware: Courseware, teacher: User, planner: User
    ):
        SchoolSettings.objects.create(pk=1, courseware_quota_person_mib=3)
        version = newer_version(courseware, content=bytes(2 * MIB))

        assert quota_of(teacher, at=timezone.now()).used == "3 MB"
        with pytest.raises(PersonQuotaExceeded):
            replace(courseware, coursefiles.pdf(), uploader=planner)
        take_over()
        finish_deletions(timezone.now())
        assert now(version).superseded_at is not None
        assert quota_of(teacher, at=timezone.now()).used == "2 MB"

    def test_it_is_given_up_and_the_present_one_stays(self, courseware: Courseware):
        version = newer_version(courseware, state=CoursewareState.FAILED)

        assert keep_present(courseware, at=timezone.now())

        assert now(courseware).coming is None
        assert now(version).deleted_at is not None
        assert not keep_present(courseware, at=timezone.now())

    def test_deleting_takes_all_versions(
        self, courseware: Courseware, storage: Any, local_cloud: LocalCloud
    ):
        newer_version(courseware, content=b"1")
        take_over()
        newer_version(courseware, content=b"2", state=CoursewareState.QUEUED, document_id="")

        delete(now(courseware), at=timezone.now())
        finish_deletions(timezone.now() + 2 * HOUR)

        assert (Courseware.objects.count(), stored(storage)) == (0, [])


@pytest.mark.django_db(transaction=True)
@pytest.mark.both_databases("rows under locks")
class TestAtOnce:
    def test_of_two_replacements_one_is_left(self, courseware: Courseware):
        contents = [coursefiles.pdf(), coursefiles.pdf(RED, RED)]

        all_at_once(partial(replace, courseware), contents)

        kept = Courseware.objects.filter(version_of=courseware, deleted_at=None)
        assert kept.get() == now(courseware).coming

    def test_replacing_and_deleting_leave_nothing_on_its_way(self, courseware: Courseware):
        def act(is_deleting: bool) -> None:
            if is_deleting:
                delete(courseware, at=timezone.now())
                return
            with suppress(CoursewareRefused):
                replace(courseware, coursefiles.pdf())

        all_at_once(act, [False, True])

        assert list(Courseware.objects.filter(deleted_at=None)) == []

    def test_rows_that_are_deleted_at_once_are_locked_in_one_order(self, courseware: Courseware):
        if connection.vendor == "sqlite":
            pytest.skip("on SQLite transactions that write come one after the other anyway")
        version = newer_version(courseware, state=CoursewareState.QUEUED, document_id="")
        delete(courseware, at=timezone.now())
        Courseware.objects.filter(pk=courseware.pk).update(due_at=timezone.now() + HOUR)

        def lock(row: Courseware) -> None:
            Courseware.objects.select_for_update(nowait=True).get(pk=row.pk)

        done = done_during(
            partial(lock, courseware),
            partial(finish_deletions, timezone.now()),
            meanwhile=partial(lock, version),
        )

        assert done == 1
        assert list(Courseware.objects.all()) == [courseware]


class TestTakingOver:
    def test_it_takes_the_place_and_leaves_the_other_as_history(
        self, courseware: Courseware, lesson: Lesson, planner: User
    ):
        courseware.tags.create(name="古诗")
        binding = bind(courseware=courseware, lesson=lesson, release=Release.BEFORE)
        version = newer_version(
            courseware, suffix="pptx", filename="改.pptx", pages=3, uploaded_by=planner
        )
        code, document_id = courseware.code, courseware.document_id

        assert take_over() == 1

        present, old = now(courseware), now(version)
        assert (present.code, present.name, present.coming) == (code, "第一讲.pptx", None)
        assert (present.document_id, present.result_url) == (
            version.document_id,
            version.result_url,
        )
        assert (present.filename, present.pages, present.uploaded_by) == ("改.pptx", 3, planner)
        assert [tag.name for tag in present.tags.all()] == ["古诗"]
        assert binding.courseware == present
        assert (old.document_id, old.suffix, old.pages) == (document_id, "pdf", 12)
        assert (old.version_of, old.superseded_at) == (present, old.due_at)

    def test_its_file_is_no_orphan(self, courseware: Courseware, storage: Any):
        newer_version(courseware, content=b"new")
        take_over()

        remove_orphan_files(timezone.now() + 2 * KEPT_FOR)

        assert content_of(now(courseware)) == b"new"

    @pytest.mark.parametrize(
        "state", [CoursewareState.QUEUED, CoursewareState.TRANSCODING, CoursewareState.FAILED]
    )
    def test_only_what_is_ready_does(self, courseware: Courseware, state: CoursewareState):
        newer_version(courseware, state=state)
        document_id = courseware.document_id

        take_over()

        assert now(courseware).document_id == document_id

    def test_what_has_failed_is_replaced_too(self, courseware: Courseware):
        Courseware.objects.update(state=CoursewareState.FAILED, failure=Failure.CLOUD)
        newer_version(courseware)

        take_over()

        assert (now(courseware).state, now(courseware).failure) == (CoursewareState.READY, "")

    def test_what_was_given_up_does_not(self, courseware: Courseware):
        version = newer_version(courseware)
        keep_present(courseware, at=timezone.now())

        assert take_over() == 0
        assert now(version).superseded_at is None

    def test_an_answer_about_the_document_before_changes_nothing(self, courseware: Courseware):
        """The cloud had deleted it, and was asked about it while the two were exchanged."""
        document_id = courseware.document_id
        newer_version(courseware)
        take_over()

        save_document(
            courseware.pk,
            None,
            document_id=document_id,
            asked_at=timezone.now(),
            source=Source.POLL,
        )

        assert now(courseware).state == CoursewareState.READY

    def test_who_submits_the_version_before_has_lost_its_lease(self, courseware: Courseware):
        Courseware.objects.update(
            state=CoursewareState.QUEUED,
            document_id="",
            call_number=4,
            lease_token="a",
            leased_until=timezone.now() + HOUR,
        )
        courseware.submissions.create(number=4, url="x", owner_user_id="y")
        newer_version(courseware, call_number=1)

        take_over()

        # The next call of this courseware has a number that none had before.
        assert (now(courseware).lease_token, now(courseware).call_number) == ("", 4)
        assert Submission.objects.get().courseware is None

    def test_what_was_replaced_is_neither_asked_about_nor_tried_again(self, courseware: Courseware):
        Courseware.objects.update(
            state=CoursewareState.FAILED, failure=Failure.STUCK, due_at=timezone.now()
        )
        version = newer_version(courseware)
        take_over()
        replaced = Courseware.objects.filter(pk=version.pk)

        assert not stuck().exists()
        assert ask_again(replaced, at=timezone.now()) == 0
        assert try_again(replaced, at=timezone.now()) == 0
        assert now(version).state == CoursewareState.FAILED


class TestAddresses:
    def test_a_picture_is_served_until_no_class_has_it(self, teacher: User, client: Client):
        picture = CoursewareFactory.create(owner=teacher, suffix="png", content=PNG)
        path = fetch_address(picture, number=1).partition("8000")[2]
        newer_version(picture, content=PNG + b"2")
        take_over()

        served = b"".join(client.get(path))
        finish_deletions(timezone.now())

        assert served == PNG
        assert client.get(path).status_code == 404


class TestFailure:
    def fail(self, version: Courseware) -> None:
        details = DocumentDetails(
            document_id=version.document_id,
            sdk_app_id=1,
            url="",
            owner_user_id="",
            transcode_type=1,
            state=FAILED,
            percent=0,
            pages=None,
            result="FileBroken",
            info="",
            cover_url="",
        )
        save_document(
            version.pk,
            details,
            document_id=version.document_id,
            asked_at=timezone.now(),
            source=Source.POLL,
        )

    @pytest.mark.parametrize("who", ["teacher", "planner"])
    def test_whoever_uploaded_it_is_told_on_the_page_of_the_courseware(
        self, courseware: Courseware, request: pytest.FixtureRequest, who: str
    ):
        user = request.getfixturevalue(who)
        by = None if user == courseware.owner else user
        version = newer_version(courseware, state=CoursewareState.TRANSCODING, uploaded_by=by)

        self.fail(version)

        notice = Notice.objects.get()
        assert (notice.user, notice.kind) == (user, "courseware.version_failed")
        assert notice.address == f"/courseware/{courseware.code}/"
        assert (now(courseware).state, now(version).state) == ("ready", "failed")

    def test_it_can_be_tried_again(self, courseware: Courseware):
        version = newer_version(courseware, state=CoursewareState.FAILED, failure=Failure.CLOUD)

        retry(version, at=timezone.now())

        assert now(version).state == CoursewareState.QUEUED
        assert now(courseware).state == CoursewareState.READY


@pytest.mark.django_db(transaction=True)
class TestWholeWay:
    def test_the_old_one_serves_until_the_new_one_is_ready(self, cloud: LocalCloud, teacher: User):
        courseware = bring(upload(teacher, "诗.pdf"), cloud)
        old_id = courseware.document_id
        newer = coursefiles.pdf(RED, RED, RED)
        cloud.set_transcoding(delay_s=1000)

        version = replace(courseware, newer)
        run()
        waiting = now(courseware)
        cloud.clock(1001)
        cloud.transcoded(now(version).document_id)
        run()

        present = now(courseware)
        assert (waiting.document_id, waiting.state) == (old_id, CoursewareState.READY)
        assert (present.pages, present.state, content_of(present)) == (3, "ready", newer)
        finish_deletions(timezone.now())
        assert [each["DocumentId"] for each in cloud.documents()] == [present.document_id]
        history = now(version)
        assert (history.file.name, history.document_id, history.due_at) == ("", "", None)
        assert history.filename == "诗.pdf"
