"""A fault with one file holds up no other, loses nothing, and gives nothing away."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from classroom.client import documents as cloud_documents
from classroom.client.documents import DocumentDetails, DocumentPlan
from classroom.client.errors import CloudRejected, CloudUnavailable
from classroom.client.rate_limits import Priority
from classroom.enums import Source
from courseware.enums import CoursewareState, Failure
from courseware.models import Courseware
from courseware.polling_times import STUCK_FOR
from courseware.services import documents, transcoding
from courseware.services.documents import save_document
from courseware.services.transcoding import (
    SUBMIT_LIMIT,
    ask_again,
    submit_and_poll,
)
from tests.support.cloud import LocalCloud
from tests.support.courseware import (
    PNG,
    bring,
    run,
    shift,
    standing,
    upload,
    wait_of,
)

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("cloud")]

MINUTE = dt.timedelta(minutes=1)
HOUR = dt.timedelta(hours=1)
QUEUED = (CoursewareState.QUEUED, "")
TRANSCODING = (CoursewareState.TRANSCODING, "")
READY = (CoursewareState.READY, "")


class TestFaults:
    def test_whatever_goes_wrong_with_one_holds_up_no_other(
        self, teacher: User, cloud: LocalCloud, monkeypatch
    ):
        broken, sound = upload(teacher, "坏.png", PNG), upload(teacher, "好.png", PNG)

        def save_or_break(courseware_pk: int, *args: Any, **more: Any) -> None:
            if courseware_pk == broken.pk:
                raise ValueError("a fault of ours")
            save_document(courseware_pk, *args, **more)

        monkeypatch.setattr(transcoding, "save_document", save_or_break)

        submit_and_poll(timezone.now())

        assert standing(sound) == READY
        assert (standing(broken), broken.lease_token) == (TRANSCODING, "")
        assert broken.last_error == "ValueError: a fault of ours"
        assert broken.due_at is not None
        assert broken.due_at > timezone.now()

    def test_document_about_which_the_cloud_is_silent_holds_up_none_that_it_lists(
        self, teacher: User, cloud: LocalCloud, monkeypatch
    ):
        unlisted, listed = upload(teacher, "坏.png", PNG), upload(teacher, "好.png", PNG)
        original = cloud_documents.list_documents

        def leave_out(*args: Any) -> list[DocumentDetails]:
            return [each for each in original(*args) if unlisted.code not in each.url]

        monkeypatch.setattr(cloud_documents, "list_documents", leave_out)
        cloud.switch("DescribeDocument", "http500")

        submit_and_poll(timezone.now())

        assert (standing(unlisted), standing(listed)) == (TRANSCODING, READY)

    def test_answer_that_is_not_saved_is_not_asked_for_at_once_again(
        self, teacher: User, stuck: LocalCloud
    ):
        """Another machine's clock is ahead, and its answer is the later one."""
        courseware = upload(teacher)
        run()
        Courseware.objects.update(asked_at=timezone.now() + HOUR)
        before = stuck.calls()[-1]["n"]

        run()

        assert len(stuck.calls(before)) == 1
        wait = wait_of(courseware, timezone.now())
        assert wait is not None
        assert wait > dt.timedelta()

    def test_name_that_is_given_at_the_same_moment_is_kept(
        self, teacher: User, cloud: LocalCloud, monkeypatch
    ):
        courseware = upload(teacher, "图.png", PNG)
        original = documents._take_over

        def rename_meanwhile(row: Courseware, *args: Any, **more: Any) -> None:
            Courseware.objects.update(name="新.png", is_public=True)
            original(row, *args, **more)

        monkeypatch.setattr(documents, "_take_over", rename_meanwhile)

        submit_and_poll(timezone.now())

        assert standing(courseware) == READY
        assert (courseware.name, courseware.is_public) == ("新.png", True)

    def test_ready_file_about_which_somebody_asks_is_asked_for_until_the_cloud_answers(
        self, teacher: User, cloud: LocalCloud
    ):
        courseware = bring(upload(teacher), cloud)
        cloud.delete_document(courseware.document_id)
        cloud.switch("*", "http500")
        ask_again(Courseware.objects.all(), at=timezone.now())
        submit_and_poll(timezone.now())
        assert standing(courseware) == READY
        cloud.clear()

        run()

        assert standing(courseware) == (CoursewareState.FAILED, Failure.GONE)

    def test_ready_file_is_not_asked_for_for_ever(self, teacher: User, cloud: LocalCloud):
        courseware = bring(upload(teacher), cloud)
        cloud.switch("*", "http500")
        ask_again(Courseware.objects.all(), at=timezone.now())

        submit_and_poll(timezone.now())
        waits = []
        for since in (STUCK_FOR - MINUTE, 2 * MINUTE):
            shift(courseware, since)
            run()
            waits.append(wait_of(courseware, timezone.now()))

        assert standing(courseware) == READY
        assert [wait is None for wait in waits] == [False, True]

    @pytest.mark.parametrize("state", [CoursewareState.QUEUED, CoursewareState.TRANSCODING])
    def test_file_of_which_the_next_question_got_lost_is_taken_up(
        self, teacher: User, cloud: LocalCloud, state: CoursewareState
    ):
        courseware = upload(teacher, "图.png", PNG)
        if state == CoursewareState.TRANSCODING:
            Courseware.objects.update(document_id="lost", state=state)
        Courseware.objects.update(due_at=None)
        shift(courseware, SUBMIT_LIMIT)
        submit_and_poll(timezone.now())

        submit_and_poll(timezone.now())

        assert standing(courseware) in {READY, (CoursewareState.FAILED, Failure.GONE)}


class TestWordsOfTheCloud:
    """They may repeat the address that opens the file; people read them."""

    def test_failure_is_told_without_addresses(self, teacher: User, cloud: LocalCloud):
        cloud.set_transcoding(fail="下载http://own.example/courseware/fetch/token/a.pdf失败\0")
        courseware = upload(teacher)

        bring(courseware, cloud)

        assert standing(courseware) == (CoursewareState.FAILED, Failure.CLOUD)
        assert courseware.cloud_reason.endswith(": 下载…失败")

    def test_code_of_a_failure_is_told_without_addresses(self, teacher: User, stuck: LocalCloud):
        courseware = upload(teacher)
        run()
        courseware.refresh_from_db()
        details = cloud_documents.describe_document(courseware.document_id, Priority.INTERACTIVE)
        assert details is not None
        failed = replace(details, state=cloud_documents.FAILED, result=f"Get {details.url}")

        save_document(
            courseware.pk,
            failed,
            document_id=courseware.document_id,
            asked_at=timezone.now(),
            source=Source.POLL,
        )

        assert standing(courseware) == (CoursewareState.FAILED, Failure.CLOUD)
        assert courseware.cloud_reason == "Get …"

    def test_refusal_is_told_without_addresses(self, teacher: User, cloud: LocalCloud, monkeypatch):
        courseware = upload(teacher)

        def refuse(plan: DocumentPlan, _urgency: Priority) -> str:
            raise CloudRejected("CreateDocument", "InvalidParameter", f"cannot get {plan.url}")

        monkeypatch.setattr(cloud_documents, "create_document", refuse)

        run()

        assert standing(courseware) == (CoursewareState.FAILED, Failure.REFUSED)
        assert courseware.cloud_reason == "InvalidParameter: cannot get …"

    def test_silence_is_told_without_addresses(self, teacher: User, cloud: LocalCloud, monkeypatch):
        courseware = upload(teacher)

        def be_silent(plan: DocumentPlan, _urgency: Priority) -> str:
            raise CloudUnavailable("CreateDocument", f"got {plan.url}", outcome_is_known=True)

        monkeypatch.setattr(cloud_documents, "create_document", be_silent)

        run()

        assert standing(courseware) == QUEUED
        assert courseware.last_error == "CloudUnavailable: CreateDocument: got …"
