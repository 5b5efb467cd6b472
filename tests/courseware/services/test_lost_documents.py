"""CreateDocument calls whose answer did not come: whatever the cloud made of them, one document stays."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
from django.utils import timezone

from accounts.models import ClassroomIdentity, User
from classroom.client import documents as cloud_documents
from classroom.client import users
from classroom.client.rate_limits import Priority
from classroom.client.users import Participant
from courseware.enums import CoursewareState
from courseware.models import Courseware, DiscardedDocument, Submission
from courseware.services.deletion import finish_deletions
from courseware.services.lost_documents import LISTED_WITHIN, LOOKED_FOR
from courseware.services.transcoding import submit_and_poll
from tests.support.cloud import LocalCloud
from tests.support.courseware import PNG, bring, created, pass_over_calls, run, standing, upload

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("cloud")]

SECOND = dt.timedelta(seconds=1)
MINUTE = dt.timedelta(minutes=1)
HOUR = dt.timedelta(hours=1)
QUEUED = (CoursewareState.QUEUED, "")
TRANSCODING = (CoursewareState.TRANSCODING, "")
READY = (CoursewareState.READY, "")


@pytest.fixture
def list_late(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], None]]:
    """A cloud that lists no person's documents, until what the fixture gives is called."""
    with monkeypatch.context() as patched:
        patched.setattr(cloud_documents, "documents_of", lambda *_args: iter(()))
        yield patched.undo


class TestLostAnswers:
    # One of each error that the client makes of a lost answer: an answer that is late is none to it.
    @pytest.mark.parametrize("kind", ["drop_after", "garble"])
    @pytest.mark.parametrize(("name", "content"), [("课.pdf", None), ("图.png", PNG)])
    def test_document_is_found_by_its_address(
        self, teacher, cloud: LocalCloud, name, content, kind
    ):
        cloud.switch("CreateDocument", kind, times=1)
        courseware = upload(teacher, name, content)
        run()
        assert standing(courseware) == QUEUED
        assert courseware.last_error != ""

        bring(courseware, cloud)

        (document,) = cloud.documents()
        assert standing(courseware) == READY
        assert (courseware.document_id, courseware.last_error) == (document["DocumentId"], "")

    def test_call_that_had_no_effect_is_made_again(self, teacher: User, cloud: LocalCloud):
        cloud.switch("CreateDocument", "drop_before", times=1)
        courseware = upload(teacher)
        run()
        pass_over_calls(LISTED_WITHIN)

        bring(courseware, cloud)

        assert standing(courseware) == READY
        assert len(cloud.documents()) == 1
        assert courseware.call_number == 2

    def test_call_that_was_certainly_refused_needs_no_look(self, teacher: User, cloud: LocalCloud):
        cloud.switch("CreateDocument", "rate_limit", times=1)
        courseware = upload(teacher)
        run()
        looked = len(cloud.calls(action="BatchDescribeDocument"))
        cloud.set_transcoding(stuck=True)

        submit_and_poll(timezone.now() + MINUTE)

        assert standing(courseware) == TRANSCODING
        assert looked == 0

    def test_document_of_somebody_else_is_never_taken(
        self, teacher: User, other_teacher: User, stuck: LocalCloud
    ):
        theirs = upload(other_teacher)
        run()
        stuck.switch("CreateDocument", "drop_before", times=1)
        ours = upload(teacher)
        run()
        pass_over_calls(LISTED_WITHIN)
        run()

        ours.refresh_from_db()
        theirs.refresh_from_db()
        assert ours.document_id != theirs.document_id
        assert len(stuck.documents()) == 2

    def test_document_that_came_after_the_claim_ran_out_is_deleted_later(
        self, teacher: User, stuck: LocalCloud, monkeypatch
    ):
        courseware = upload(teacher)
        original = cloud_documents.create_document

        def be_slow(*args: Any) -> str:
            document_id = original(*args)
            Courseware.objects.update(lease_token="somebody else's")
            return document_id

        with monkeypatch.context() as patched:
            patched.setattr(cloud_documents, "create_document", be_slow)
            run()
        (late,) = stuck.documents()
        assert (standing(courseware), courseware.document_id) == (QUEUED, "")
        assert DiscardedDocument.objects.get().document_id == late["DocumentId"]

        finish_deletions(timezone.now() + HOUR)

        assert (stuck.documents(), DiscardedDocument.objects.count()) == ([], 0)


class TestSecondCall:
    def test_waits_while_the_document_may_still_be_listed(self, teacher: User, cloud: LocalCloud):
        cloud.switch("CreateDocument", "drop_before", times=1)
        courseware = upload(teacher)
        run()

        pass_over_calls(LISTED_WITHIN - 10 * SECOND)
        for _time in range(2):
            run()

        assert standing(courseware) == QUEUED
        assert len(created(cloud)) == 1
        assert len(cloud.calls(action="BatchDescribeDocument")) == 2
        assert courseware.last_error.startswith("NotListedYet")
        pass_over_calls(10 * SECOND)
        run()
        assert len(created(cloud)) == 2

    def test_is_not_made_when_the_document_is_listed_late(
        self, teacher: User, cloud: LocalCloud, list_late: Callable[[], None]
    ):
        cloud.switch("CreateDocument", "drop_after", times=1)
        courseware = upload(teacher)
        for _time in range(3):
            run()
        list_late()

        bring(courseware, cloud)

        assert standing(courseware) == READY
        assert (len(cloud.documents()), len(created(cloud))) == (1, 1)
        assert Submission.objects.count() == 0

    def test_without_an_answer_too_leaves_one_document(
        self, teacher: User, cloud: LocalCloud, list_late: Callable[[], None]
    ):
        cloud.switch("CreateDocument", "drop_after", times=2)
        courseware = upload(teacher)
        for _time in range(2):
            run()
            pass_over_calls(LISTED_WITHIN)
        list_late()
        first, second = (each["DocumentId"] for each in cloud.documents())

        bring(courseware, cloud)
        finish_deletions(timezone.now())

        assert (standing(courseware), courseware.document_id) == (READY, second)
        assert [each["DocumentId"] for each in cloud.documents()] == [second]
        assert (Submission.objects.count(), DiscardedDocument.objects.count()) == (0, 0)
        assert first != second

    def test_that_was_answered_leaves_no_document_of_the_first(
        self, teacher: User, cloud: LocalCloud, list_late: Callable[[], None]
    ):
        cloud.switch("CreateDocument", "drop_after", times=1)
        courseware = upload(teacher, "图.png", PNG)
        run()
        pass_over_calls(LISTED_WITHIN)
        run()
        finish_deletions(timezone.now())
        assert (standing(courseware), len(cloud.documents())) == (READY, 2)
        list_late()

        finish_deletions(timezone.now() + HOUR)

        assert [each["DocumentId"] for each in cloud.documents()] == [courseware.document_id]

    def test_without_effect_leaves_the_first_with_an_address_that_opens(
        self, teacher: User, stuck: LocalCloud, list_late: Callable[[], None]
    ):
        stuck.switch("CreateDocument", "drop_after", times=1)
        courseware = upload(teacher)
        run()
        pass_over_calls(LISTED_WITHIN)
        stuck.switch("CreateDocument", "drop_before", times=1)
        run()
        list_late()

        run()

        (document,) = stuck.documents()
        courseware.refresh_from_db()
        assert courseware.document_id == document["DocumentId"]
        assert requests.get(document["DocumentUrl"], timeout=10).status_code == 200


class TestWhereIsLooked:
    def test_under_the_owner_that_was_named_then(self, teacher: User, cloud: LocalCloud):
        cloud.switch("CreateDocument", "drop_after", times=1)
        courseware = upload(teacher)
        run()
        another = users.register_user(Participant("another", "李老师"), Priority.INTERACTIVE)
        ClassroomIdentity.objects.filter(user=teacher).update(classroom_user_id=another)

        bring(courseware, cloud)

        assert standing(courseware) == READY
        assert len(cloud.documents()) == 1

    def test_owner_whom_the_cloud_forgot_has_none(self, teacher: User, cloud: LocalCloud):
        cloud.switch("CreateDocument", "drop_before", times=1)
        courseware = upload(teacher)
        run()
        cloud.delete_user(ClassroomIdentity.objects.get(user=teacher).classroom_user_id)
        cloud.switch("BatchDescribeDocument", "fail", code="ResourceNotFound.User", times=1)
        pass_over_calls(LISTED_WITHIN)

        bring(courseware, cloud)

        assert standing(courseware) == READY


@pytest.mark.parametrize(
    ("kind", "more"),
    [("rate_limit", {}), ("fail", {"code": "InvalidParameter"})],
    ids=["rate_limit", "refusal"],
)
def test_call_that_had_certainly_no_effect_is_forgotten(
    teacher: User, cloud: LocalCloud, kind: str, more: dict[str, Any]
):
    cloud.switch("CreateDocument", kind, **more)
    upload(teacher)

    run()

    assert len(created(cloud)) == 1
    assert Submission.objects.count() == 0


class TestNobodyWaits:
    @pytest.fixture
    def call(self, teacher: User, cloud: LocalCloud) -> Submission:
        """The call of courseware that is gone."""
        cloud.switch("CreateDocument", "drop_before", times=1)
        upload(teacher)
        run()
        Submission.objects.update(courseware=None)
        Courseware.objects.all().delete()
        return Submission.objects.get()

    def test_document_that_never_comes_is_given_up(self, call: Submission, cloud: LocalCloud):
        for _time in range(2):
            finish_deletions(timezone.now())
        assert len(cloud.calls(action="BatchDescribeDocument")) == 1

        finish_deletions(call.called_at + LOOKED_FOR + SECOND)

        assert len(cloud.calls(action="BatchDescribeDocument")) == 2
        assert Submission.objects.count() == 0

    @pytest.mark.parametrize("kind", ["http500", "fail"])
    def test_cloud_that_does_not_tell_is_asked_again(
        self, call: Submission, cloud: LocalCloud, kind: str
    ):
        cloud.switch("BatchDescribeDocument", kind, code="InvalidParameter")

        finish_deletions(call.called_at + LOOKED_FOR + SECOND)

        call.refresh_from_db()
        assert call.due_at > call.called_at + LOOKED_FOR

    def test_what_goes_wrong_with_one_persons_holds_up_no_others(
        self, call: Submission, other_teacher: User, cloud: LocalCloud, monkeypatch
    ):
        cloud.switch("CreateDocument", "drop_after", times=1)
        upload(other_teacher)
        run()
        Submission.objects.update(courseware=None)
        original = cloud_documents.documents_of

        def break_for_one(owner_user_id: str, priority: Priority) -> Any:
            if owner_user_id == call.owner_user_id:
                raise ValueError("a fault of ours")
            return original(owner_user_id, priority)

        monkeypatch.setattr(cloud_documents, "documents_of", break_for_one)

        finish_deletions(timezone.now())

        assert cloud.documents() == []
        assert Submission.objects.get() == call
