"""Stored files are handed in to the cloud once, whatever happens to the answers."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
import requests
import time_machine
from django.utils import timezone

from accounts.models import ClassroomIdentity, User
from classroom.client import documents as cloud_documents
from courseware.enums import CoursewareState, Failure, TranscodeType
from courseware.models import Courseware, Submission
from courseware.services import transcoding
from courseware.services.deletion import delete, finish_deletions
from courseware.services.submitting import submit
from courseware.services.transcoding import retry, submit_and_poll
from tests.factories.courseware import CoursewareFactory
from tests.localcloud import coursefiles
from tests.localcloud.converter import Converter
from tests.support.cloud import LocalCloud
from tests.support.courseware import PNG, bring, created, run, standing, upload
from tests.support.threads import all_at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("cloud")]

SECOND = dt.timedelta(seconds=1)
MINUTE = dt.timedelta(minutes=1)
HOUR = dt.timedelta(hours=1)
DAY = dt.timedelta(days=1)
QUEUED = (CoursewareState.QUEUED, "")
TRANSCODING = (CoursewareState.TRANSCODING, "")
READY = (CoursewareState.READY, "")


class TestHandingIn:
    def test_document_becomes_pages(self, teacher: User, cloud: LocalCloud):
        courseware = upload(teacher, content=coursefiles.pdf(*[(1, 0, 0)] * 3))

        bring(courseware, cloud)

        (document,) = cloud.documents()
        assert standing(courseware) == READY
        assert courseware.document_id == document["DocumentId"]
        assert (courseware.pages, courseware.percent) == (3, 100)
        assert courseware.result_url == document["TranscodeResult"]
        assert courseware.result_url.endswith("_tiw/picture/")
        assert requests.get(f"{courseware.result_url}3.jpg", timeout=10).status_code == 200
        assert requests.get(courseware.cover_url, timeout=10).status_code == 200
        assert (courseware.due_at, courseware.last_error, courseware.cloud_reason) == (
            None,
            "",
            "",
        )

    def test_cloud_is_told_what_it_needs(self, teacher: User, stuck: LocalCloud):
        courseware = upload(teacher, is_public=True)

        run()

        (document,) = stuck.documents()
        identity = ClassroomIdentity.objects.get(user=teacher)
        assert standing(courseware) == TRANSCODING
        assert document["Owner"] == identity.classroom_user_id
        assert (document["DocumentName"], document["DocumentType"]) == ("第一课.pdf", "pdf")
        assert (document["TranscodeType"], document["Permission"]) == (1, 1)
        assert document["DocumentSize"] == courseware.size_bytes
        assert document["DocumentUrl"].endswith(f"/{courseware.code}-1.pdf")

    def test_address_is_of_no_use_when_the_cloud_is_done(self, teacher: User, cloud: LocalCloud):
        cloud.set_transcoding(stuck=True)
        courseware = upload(teacher)
        run()
        (document,) = cloud.documents()
        address = document["DocumentUrl"]

        assert requests.get(address, timeout=10).status_code == 200
        cloud.set_transcoding(stuck=False)
        bring(courseware, cloud)
        assert standing(courseware) == READY
        assert requests.get(address, timeout=10).status_code == 404

    def test_image_is_ready_at_once_and_stays_where_the_class_loads_it(
        self, teacher: User, cloud: LocalCloud
    ):
        courseware = upload(teacher, "图.png", PNG)

        submit_and_poll(timezone.now())

        (document,) = cloud.documents()
        assert standing(courseware) == READY
        assert (document["TranscodeType"], document["TranscodeState"]) == (0, 0)
        with time_machine.travel(timezone.now() + 30 * DAY):
            assert requests.get(document["DocumentUrl"], timeout=10).content == PNG

    def test_film_becomes_a_film(self, teacher: User, cloud: LocalCloud, tmp_path: Path):
        courseware = upload(teacher, "片.mp4", coursefiles.film(tmp_path / "a.mp4"))

        bring(courseware, cloud)

        assert standing(courseware) == READY
        assert (courseware.transcode_type, courseware.pages) == (TranscodeType.MEDIA, None)
        assert requests.get(courseware.result_url, timeout=10).status_code == 200

    def test_slides_become_a_page_that_moves(
        self, teacher: User, cloud: LocalCloud, converter: Converter
    ):
        courseware = upload(teacher, "诗.pptx", coursefiles.slides(2))

        bring(courseware, cloud)

        assert standing(courseware) == READY
        assert courseware.result_url.endswith("_tiw/h5/index.html")
        # What the cloud says beside a success is no error.
        assert cloud.documents()[0]["TranscodeInfo"] != ""
        assert (courseware.cloud_reason, courseware.pages) == ("", 2)

    def test_schools_own_belongs_to_its_first_administrator_in_the_cloud(
        self, administrator: User, superuser: User, cloud: LocalCloud
    ):
        courseware = CoursewareFactory.create(
            owner=None,
            content=coursefiles.pdf(),
            state=CoursewareState.QUEUED,
            document_id="",
            result_url="",
            due_at=timezone.now(),
        )

        bring(courseware, cloud)

        identity = ClassroomIdentity.objects.get(user=administrator)
        assert standing(courseware) == READY
        assert cloud.documents()[0]["Owner"] == identity.classroom_user_id

    def test_schools_own_waits_for_an_administrator(self, cloud: LocalCloud):
        courseware = CoursewareFactory.create(
            owner=None,
            content=coursefiles.pdf(),
            state=CoursewareState.QUEUED,
            document_id="",
            due_at=timezone.now(),
        )

        run()

        assert standing(courseware) == QUEUED
        assert "administrator" in courseware.last_error

    def test_name_that_the_cloud_refuses_is_replaced(self, teacher: User, cloud: LocalCloud):
        cloud.switch("CreateDocument", "fail", code="InvalidParameter.Content", times=1)
        courseware = upload(teacher)

        bring(courseware, cloud)

        assert standing(courseware) == READY
        assert cloud.documents()[0]["DocumentName"] == f"{courseware.code}.pdf"
        assert courseware.name == "第一课.pdf"

    def test_owner_whom_the_cloud_forgot_is_registered_again(
        self, teacher: User, cloud: LocalCloud
    ):
        bring(upload(teacher), cloud)
        cloud.delete_user(ClassroomIdentity.objects.get(user=teacher).classroom_user_id)
        courseware = upload(teacher, "第二课.pdf")

        bring(courseware, cloud)

        identity = ClassroomIdentity.objects.get(user=teacher)
        assert standing(courseware) == READY
        assert cloud.document(courseware.document_id)["Owner"] == identity.classroom_user_id

    @pytest.mark.parametrize("order", [1, -1], ids=["name_first", "owner_first"])
    def test_refused_name_of_an_owner_whom_the_cloud_forgot_is_replaced(
        self, teacher: User, cloud: LocalCloud, order: int
    ):
        for code in ("InvalidParameter.Content", "ResourceNotFound.User")[::order]:
            cloud.switch("CreateDocument", "fail", code=code, times=1)
        courseware = upload(teacher)

        bring(courseware, cloud)

        assert standing(courseware) == READY
        assert cloud.documents()[0]["DocumentName"] == f"{courseware.code}.pdf"
        assert (len(created(cloud)), Submission.objects.count()) == (3, 0)

    @pytest.mark.parametrize("code", ["InvalidParameter.Content", "ResourceNotFound.User"])
    def test_remedy_that_does_not_help_is_not_tried_twice(
        self, teacher: User, cloud: LocalCloud, code: str
    ):
        cloud.switch("CreateDocument", "fail", code=code)
        courseware = upload(teacher)

        run()

        assert standing(courseware) == (CoursewareState.FAILED, Failure.REFUSED)
        assert len(created(cloud)) == 2

    def test_refusal_is_shown_with_the_clouds_reason(self, teacher: User, cloud: LocalCloud):
        cloud.switch("CreateDocument", "fail", code="InvalidParameter")
        courseware = upload(teacher)

        run()

        assert standing(courseware) == (CoursewareState.FAILED, Failure.REFUSED)
        assert courseware.cloud_reason.startswith("InvalidParameter: ")
        assert courseware.due_at is None

    @pytest.mark.parametrize("code", ["AuthFailure.SecretIdNotFound", "UnauthorizedOperation"])
    def test_refusal_of_the_school_is_not_the_files_fault(
        self, teacher: User, cloud: LocalCloud, code: str
    ):
        cloud.switch("CreateDocument", "fail", code=code, times=1)
        courseware = upload(teacher)
        run()
        assert standing(courseware) == QUEUED
        assert code in courseware.last_error

        bring(courseware, cloud)

        assert standing(courseware) == READY

    def test_many_workers_hand_a_file_in_once(self, teacher: User, stuck: LocalCloud):
        upload(teacher)
        at = timezone.now()

        all_at_once(lambda _number: submit_and_poll(at), range(6))

        assert len(stuck.documents()) == 1

    def test_file_whose_worker_was_killed_is_handed_in_by_the_next(
        self, teacher: User, cloud: LocalCloud, monkeypatch
    ):
        class Killed(BaseException):
            pass

        def die(*_args: object) -> None:
            raise Killed

        courseware = upload(teacher)
        with monkeypatch.context() as patched:
            patched.setattr(transcoding, "submit", die)
            with pytest.raises(Killed):
                run()
        run()
        assert (standing(courseware), created(cloud)) == (QUEUED, [])

        with time_machine.travel(timezone.now() + transcoding.LEASE + SECOND):
            bring(courseware, cloud)

        assert standing(courseware) == READY

    def test_whatever_goes_wrong_with_one_holds_up_no_other(
        self, teacher: User, cloud: LocalCloud, monkeypatch
    ):
        broken, sound = upload(teacher, "坏.png", PNG), upload(teacher, "好.png", PNG)

        def submit_or_break(courseware: Courseware) -> None:
            if courseware.pk == broken.pk:
                raise ValueError("a fault of ours\0 with https://own.example/token")
            submit(courseware)

        monkeypatch.setattr(transcoding, "submit", submit_or_break)

        submit_and_poll(timezone.now())

        assert standing(sound) == READY
        assert (standing(broken), broken.lease_token) == (QUEUED, "")
        assert broken.last_error == "ValueError: a fault of ours with …"
        assert broken.due_at is not None
        assert broken.due_at > timezone.now()

    @pytest.mark.parametrize("kind", ["fail", "http500"])
    def test_what_is_deleted_while_the_cloud_refuses_stays_due(
        self, teacher: User, cloud: LocalCloud, monkeypatch, kind: str
    ):
        more = {"code": "InvalidParameter"} if kind == "fail" else {}
        cloud.switch("CreateDocument", kind, **more)
        courseware = upload(teacher, "图.png", PNG)
        original = cloud_documents.create_document

        def delete_meanwhile(*args: Any) -> str:
            delete(courseware, at=timezone.now())
            return original(*args)

        monkeypatch.setattr(cloud_documents, "create_document", delete_meanwhile)
        submit_and_poll(timezone.now())
        assert standing(courseware) == QUEUED
        assert courseware.due_at is not None

        finish_deletions(timezone.now())

        assert Courseware.objects.count() == 0

    def test_refusal_that_came_after_the_claim_ran_out_counts_no_more(
        self, teacher: User, cloud: LocalCloud, monkeypatch
    ):
        cloud.switch("CreateDocument", "fail", code="InvalidParameter")
        courseware = upload(teacher)
        original = cloud_documents.create_document

        def be_slow(*args: Any) -> str:
            Courseware.objects.update(lease_token="somebody else's")
            return original(*args)

        monkeypatch.setattr(cloud_documents, "create_document", be_slow)

        run()

        assert standing(courseware) == QUEUED

    @pytest.mark.parametrize(("name", "content"), [("课.pdf", None), ("图.png", PNG)])
    def test_retry_while_a_worker_is_at_it_ends_in_one_document_that_opens(
        self, teacher: User, stuck: LocalCloud, monkeypatch, name: str, content: bytes | None
    ):
        courseware = upload(teacher, name, content)
        Courseware.objects.update(state=CoursewareState.FAILED, failure=Failure.STUCK)
        original = cloud_documents.create_document

        def retry_meanwhile(*args: Any) -> str:
            document_id = original(*args)
            retry(courseware, at=timezone.now())
            return document_id

        with monkeypatch.context() as patched:
            patched.setattr(cloud_documents, "create_document", retry_meanwhile)
            run()
        assert (standing(courseware), courseware.document_id) == (QUEUED, "")

        run()
        finish_deletions(timezone.now() + HOUR)

        courseware.refresh_from_db()
        (document,) = stuck.documents()
        assert document["DocumentId"] == courseware.document_id
        assert requests.get(document["DocumentUrl"], timeout=10).status_code == 200

    def test_without_a_cloud_nothing_is_done(self, teacher: User, settings, cloud: LocalCloud):
        settings.LCIC_SECRET_ID = ""
        courseware = upload(teacher)

        assert submit_and_poll(timezone.now()) == 0
        assert (standing(courseware), cloud.calls()) == (QUEUED, [])
