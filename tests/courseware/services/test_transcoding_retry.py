"""Failed courseware is handed in again, as a new document; nothing of the old one stays or counts."""

from __future__ import annotations

import pytest
import requests
from django.utils import timezone

from accounts.models import User
from courseware.enums import CoursewareState, Failure, TranscodeType
from courseware.models import Courseware, DiscardedDocument
from courseware.services.deletion import finish_deletions
from courseware.services.transcoding import (
    NotFailed,
    NothingToTranscode,
    ask_again,
    retry,
    submit_and_poll,
    transcode_again,
)
from tests.localcloud import coursefiles
from tests.support.cloud import LocalCloud
from tests.support.courseware import (
    PNG,
    bring,
    run,
    standing,
    upload,
)

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("cloud")]

QUEUED = (CoursewareState.QUEUED, "")
READY = (CoursewareState.READY, "")


class TestRetry:
    @pytest.fixture
    def failed(self, teacher: User, cloud: LocalCloud) -> Courseware:
        cloud.set_transcoding(fail="坏了")
        courseware = bring(upload(teacher), cloud)
        cloud.set_transcoding(fail="")
        return courseware

    def test_file_is_handed_in_as_a_new_document_and_the_old_one_deleted(
        self, failed: Courseware, cloud: LocalCloud
    ):
        old_id = failed.document_id
        old_url = cloud.document(old_id)["DocumentUrl"]

        retry(failed, at=timezone.now())

        assert (failed.state, failed.cloud_reason, failed.percent) == (*QUEUED, 0)
        bring(failed, cloud)
        finish_deletions(timezone.now())
        assert standing(failed) == READY
        assert cloud.document(failed.document_id)["DocumentUrl"] != old_url
        assert [each["DocumentId"] for each in cloud.documents()] == [failed.document_id]
        assert failed.document_id != old_id

    def test_image_gets_a_new_address_and_the_old_one_opens_nothing(
        self, teacher: User, cloud: LocalCloud
    ):
        image = bring(upload(teacher, "图.png", PNG), cloud)
        old_url = cloud.document(image.document_id)["DocumentUrl"]
        assert requests.get(old_url, timeout=10).status_code == 200
        Courseware.objects.update(state=CoursewareState.FAILED, failure=Failure.GONE)

        retry(image, at=timezone.now())
        bring(image, cloud)

        new_url = cloud.document(image.document_id)["DocumentUrl"]
        assert requests.get(new_url, timeout=10).content == PNG
        assert requests.get(old_url, timeout=10).status_code == 404

    def test_image_that_was_perhaps_taken_gets_a_new_document_and_the_other_goes(
        self, teacher: User, cloud: LocalCloud
    ):
        cloud.switch("CreateDocument", "drop_after", times=1)
        image = upload(teacher, "图.png", PNG)
        run()
        Courseware.objects.update(state=CoursewareState.FAILED, failure=Failure.STUCK)

        retry(image, at=timezone.now())
        bring(image, cloud)
        finish_deletions(timezone.now())

        (document,) = cloud.documents()
        assert (standing(image), image.document_id) == (READY, document["DocumentId"])
        assert requests.get(document["DocumentUrl"], timeout=10).content == PNG

    def test_slides_begin_with_the_usual_way_again(self, teacher: User, cloud: LocalCloud):
        cloud.set_transcoding(fail="坏了")
        courseware = upload(teacher, "诗.pptx", coursefiles.slides())
        for _count in range(3):
            bring(courseware, cloud)

        retry(courseware, at=timezone.now())

        assert courseware.transcode_type == TranscodeType.DOCUMENT

    def test_second_press_of_the_button_changes_nothing(self, failed: Courseware):
        retry(failed, at=timezone.now())

        with pytest.raises(NotFailed):
            retry(failed, at=timezone.now())

        assert DiscardedDocument.objects.count() == 1

    def test_file_that_was_perhaps_taken_is_looked_for_first(
        self, teacher: User, cloud: LocalCloud
    ):
        cloud.switch("CreateDocument", "drop_after", times=1)
        courseware = upload(teacher)
        run()
        Courseware.objects.update(state=CoursewareState.FAILED, failure=Failure.STUCK)

        retry(courseware, at=timezone.now())
        bring(courseware, cloud)

        assert standing(courseware) == READY
        assert len(cloud.documents()) == 1

    def test_what_is_ready_is_not_retried_but_may_be_transcoded_again(
        self, teacher: User, cloud: LocalCloud
    ):
        courseware = bring(upload(teacher), cloud)
        first_id = courseware.document_id
        with pytest.raises(NotFailed):
            retry(courseware, at=timezone.now())

        transcode_again(courseware, at=timezone.now())
        bring(courseware, cloud)

        assert standing(courseware) == READY
        assert courseware.document_id != first_id

    def test_image_that_classes_show_keeps_its_address(self, teacher: User, cloud: LocalCloud):
        image = bring(upload(teacher, "图.png", PNG), cloud)
        address = cloud.document(image.document_id)["DocumentUrl"]

        with pytest.raises(NothingToTranscode):
            transcode_again(image, at=timezone.now())

        assert standing(image) == READY
        assert requests.get(address, timeout=10).content == PNG

    def test_what_is_ready_can_be_asked_for_again(self, teacher: User, cloud: LocalCloud):
        courseware = bring(upload(teacher), cloud)
        cloud.delete_document(courseware.document_id)

        assert ask_again(Courseware.objects.all(), at=timezone.now()) == 1
        submit_and_poll(timezone.now())

        assert standing(courseware) == (CoursewareState.FAILED, Failure.GONE)
