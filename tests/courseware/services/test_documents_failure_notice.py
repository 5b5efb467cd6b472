"""The owner of a file is told when the cloud fails on it or is late with it, once a try."""

from __future__ import annotations

import pytest
from django.utils import timezone

from accounts.models import Notice, User
from classroom.client.documents import DONE, FAILED, DocumentDetails
from classroom.enums import Source
from courseware.enums import CoursewareState, Failure
from courseware.models import Courseware
from courseware.services.documents import save_document, save_refusal
from courseware.services.transcoding import TIME_LIMIT, note_stuck, retry
from tests.cast import SignedIn
from tests.factories.courseware import CoursewareFactory
from tests.support.pages import read

pytestmark = pytest.mark.django_db


@pytest.fixture
def running(teacher: User) -> Courseware:
    """The cast's teacher's own, which the cloud transcodes."""
    return CoursewareFactory.create(
        owner=teacher, name="诗.pdf", state=CoursewareState.TRANSCODING, submitted_at=timezone.now()
    )


def answer(courseware: Courseware, state: int, **fields: object) -> None:
    details = DocumentDetails(
        document_id=courseware.document_id,
        sdk_app_id=1,
        url="",
        owner_user_id="",
        transcode_type=courseware.transcode_type,
        state=state,
        **{"percent": 0, "pages": None, "result": "", "info": "", "cover_url": ""} | fields,  # type: ignore[arg-type] # as the test says
    )
    save_document(
        courseware.pk,
        details,
        document_id=courseware.document_id,
        asked_at=timezone.now(),
        source=Source.POLL,
    )


def told() -> list[tuple[User, str]]:
    return [(notice.user, notice.address) for notice in Notice.objects.order_by("pk")]


def test_failed_is_told_once_and_leads_to_its_page(
    running: Courseware, teacher: User, signed_in: SignedIn
):
    answer(running, FAILED, result="FileBroken")
    answer(running, FAILED, result="FileBroken")

    row = read(signed_in(teacher, "en").get("/accounts/notices/").content).one("li", "notice-row")
    assert told() == [(teacher, f"/courseware/{running.code}/")]
    assert (
        "Your courseware 诗.pdf is not ready for class: transcoding failed, or is late."
        " See why, and what can be done."
    ) in row.text


def test_refused_is_told(running: Courseware, teacher: User):
    save_refusal(running.pk, "LimitExceeded: x", lease_token=running.lease_token, at=timezone.now())

    assert told() == [(teacher, f"/courseware/{running.code}/")]


def test_stuck_is_told_and_its_later_failure_is_not(running: Courseware, teacher: User):
    note_stuck(running.state_since + max(TIME_LIMIT.values()))
    answer(running, FAILED, result="FileBroken")

    running.refresh_from_db()
    assert running.failure == Failure.CLOUD
    assert told() == [(teacher, f"/courseware/{running.code}/")]


def test_each_try_is_told(running: Courseware):
    answer(running, FAILED)
    running.refresh_from_db()
    retry(running, at=timezone.now())
    Courseware.objects.update(state=CoursewareState.TRANSCODING, document_id="other")
    running.refresh_from_db()
    answer(running, FAILED)

    assert len(told()) == 2


def test_second_way_that_is_still_tried_is_no_failure(running: Courseware):
    Courseware.objects.update(suffix="pptx")

    answer(running, FAILED)

    running.refresh_from_db()
    assert running.state == CoursewareState.QUEUED
    assert told() == []


def test_ready_and_the_schools_own_are_nobodys_news(running: Courseware):
    answer(running, DONE, result="https://x/")
    schools = CoursewareFactory.create(owner=None, state=CoursewareState.TRANSCODING)
    answer(schools, FAILED)

    assert told() == []
