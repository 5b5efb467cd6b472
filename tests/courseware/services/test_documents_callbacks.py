"""Callbacks about documents, in any order, repeated or forged, end in what the cloud says."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from classroom.enums import EventState, Outcome
from classroom.models import CallbackEvent
from classroom.services.callback_processing import process_event
from courseware.enums import CoursewareState, Failure, TranscodeType
from courseware.models import Courseware
from courseware.services.transcoding import submit_and_poll
from tests.factories.courseware import CoursewareFactory
from tests.localcloud import coursefiles
from tests.support.callbacks import KEY, body_of, deliver
from tests.support.cloud import LocalCloud
from tests.support.courseware import standing, upload
from tests.support.versions import stand_beside

pytestmark = pytest.mark.django_db(transaction=True)

TYPES = ("DocumentCreate", "DocumentTranscodeFinish", "DocumentSomethingNew")
READY = (CoursewareState.READY, "")
TRANSCODING = (CoursewareState.TRANSCODING, "")


@pytest.fixture(autouse=True)
def takes_callbacks(cloud: LocalCloud, settings: Any) -> None:
    settings.LCIC_CALLBACK_KEY = [KEY]


@pytest.fixture
def submitted(teacher: User, cloud: LocalCloud) -> Courseware:
    """A PDF of two pages that the cloud has transcoded, of which nobody here knows yet."""
    cloud.set_transcoding(stuck=True)
    courseware = upload(teacher, content=coursefiles.pdf((1, 0, 0), (0, 1, 0)))
    submit_and_poll(timezone.now())
    courseware.refresh_from_db()
    cloud.set_transcoding(stuck=False)
    cloud.transcoded(courseware.document_id)
    return courseware


def call(event_type: str, document_id: str, **data: Any) -> None:
    """Deliver a callback, and let a worker take up what waits."""
    assert deliver(body_of(event_type, {"DocumentId": document_id, **data})).status_code == 200
    for event in CallbackEvent.objects.waiting():
        CallbackEvent.objects.update(begun_at=None)  # as if half a second had gone by
        process_event(event.pk, at=timezone.now())


def test_whichever_comes_first_the_state_is_the_same(teacher: User, cloud: LocalCloud):
    # Each type comes first, second and last, and before and after each other one.
    orders = [TYPES, TYPES[1:] + TYPES[:1], TYPES[2:] + TYPES[:2]]
    cloud.set_transcoding(stuck=True)
    content = coursefiles.pdf((1, 0, 0), (0, 1, 0))
    files = [upload(teacher, f"{number}.pdf", content) for number in range(len(orders))]
    submit_and_poll(timezone.now())
    cloud.set_transcoding(stuck=False)

    for courseware, order in zip(files, orders, strict=True):
        courseware.refresh_from_db()
        cloud.transcoded(courseware.document_id)
        assert standing(courseware) == TRANSCODING, order
        for event_type in order:
            call(event_type, courseware.document_id)

        assert standing(courseware) == READY, order
        assert courseware.pages == 2, order
        assert courseware.result_url.endswith("_tiw/picture/"), order
        assert courseware.cover_url.endswith("/cover.jpg"), order
        assert not CallbackEvent.objects.exclude(state=EventState.PROCESSED).exists(), order


def test_callback_of_the_cloud_itself_is_understood(
    teacher: User, cloud: LocalCloud, live_server: Any
):
    cloud.set_callbacks(url=f"{live_server.url}/callbacks/classroom/", key=KEY)
    courseware = upload(teacher)
    submit_and_poll(timezone.now())
    courseware.refresh_from_db()
    cloud.transcoded(courseware.document_id)
    cloud.delivered(2)

    for event in CallbackEvent.objects.waiting():
        process_event(event.pk, at=timezone.now())

    assert standing(courseware) == READY


def test_body_is_no_fact(teacher: User, cloud: LocalCloud):
    cloud.set_transcoding(stuck=True)
    courseware = upload(teacher)
    submit_and_poll(timezone.now())
    courseware.refresh_from_db()
    forged: list[dict[str, Any]] = [
        {"TranscodeState": 2, "TranscodeResult": "Broken", "TranscodeInfo": "坏了"},
        {"TranscodeState": 3, "TranscodeResult": "https://evil.example/picture/", "Pages": 99},
    ]
    for data in forged:
        call("DocumentTranscodeFinish", courseware.document_id, **data)

        assert standing(courseware) == TRANSCODING, data
        assert (courseware.result_url, courseware.pages) == ("", None), data


def test_failed_slides_go_the_second_way(teacher: User, cloud: LocalCloud):
    cloud.set_transcoding(stuck=True)
    courseware = upload(teacher, "诗.pptx", coursefiles.slides())
    submit_and_poll(timezone.now())
    courseware.refresh_from_db()
    cloud.set_transcoding(stuck=False, fail="坏了")
    cloud.transcoded(courseware.document_id)

    call("DocumentTranscodeFinish", courseware.document_id)

    assert standing(courseware) == (CoursewareState.QUEUED, "")
    assert courseware.transcode_type == TranscodeType.SPARE


def test_document_deleted_in_the_cloud_is_gone(submitted: Courseware, cloud: LocalCloud):
    call("DocumentTranscodeFinish", submitted.document_id)
    cloud.delete_document(submitted.document_id)

    call("DocumentDelete", submitted.document_id)

    assert standing(submitted) == (CoursewareState.FAILED, Failure.GONE)


def test_forged_deletion_changes_nothing(submitted: Courseware):
    call("DocumentDelete", submitted.document_id)

    assert standing(submitted) == READY


def test_document_that_nobody_here_knows_costs_no_call(cloud: LocalCloud):
    call("DocumentCreate", "theirs")

    assert CallbackEvent.objects.get().outcome == Outcome.UNKNOWN_DOCUMENT
    assert cloud.calls() == []


def test_deleted_courseware_is_not_brought_back(submitted: Courseware):
    Courseware.objects.update(deleted_at=timezone.now())

    call("DocumentTranscodeFinish", submitted.document_id)

    assert standing(submitted) == TRANSCODING


def test_answer_takes_the_question_off(submitted: Courseware, cloud: LocalCloud):
    call("DocumentTranscodeFinish", submitted.document_id)
    before = len(cloud.calls())

    submit_and_poll(timezone.now())

    assert len(cloud.calls()) == before
    submitted.refresh_from_db()
    assert submitted.due_at is None


def test_a_newer_version_that_is_ready_takes_its_place(submitted: Courseware, teacher: User):
    present = CoursewareFactory.create(owner=teacher, document_id="present")
    stand_beside(submitted, present)
    document_id = submitted.document_id

    call("DocumentTranscodeFinish", document_id)
    assert standing(submitted) == READY
    submit_and_poll(timezone.now())
    # What is said of the document before changes nothing any more.
    call("DocumentTranscodeFinish", "present")

    present.refresh_from_db()
    submitted.refresh_from_db()
    assert (present.document_id, present.pages) == (document_id, 2)
    assert submitted.superseded_at is not None
