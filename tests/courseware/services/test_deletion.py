"""Deletion, step by step, however often it is interrupted."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import FileSystemStorage
from django.utils import timezone

from accounts.models import User
from classroom.client import documents as cloud_documents
from classroom.client.errors import CloudUnavailable
from courseware.enums import CoursewareState
from courseware.models import (
    Binding,
    CourseBinding,
    Courseware,
    DiscardedDocument,
    Upload,
)
from courseware.services import deletion
from courseware.services.deletion import ANSWERED_WITHIN, UNBOUND_WITHIN, delete, finish_deletions
from courseware.services.editing import rename, set_public
from courseware.services.transcoding import submit_and_poll
from edu_platform.lib.due import SILENCES_IN_A_ROW
from tests.factories.courseware import BindingFactory, CoursewareFactory, UploadFactory
from tests.support.cloud import LocalCloud
from tests.support.cloudcalls import make_quick
from tests.support.courseware import PNG, upload

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("storage")]

HOUR = dt.timedelta(hours=1)


@pytest.fixture
def cloud(local_cloud: LocalCloud, monkeypatch: Any) -> LocalCloud:
    make_quick(monkeypatch, read_timeout_s=5)
    return local_cloud


@pytest.fixture
def image(teacher: User, cloud: LocalCloud) -> Courseware:
    """An image that is in the cloud and on the storage."""
    courseware = upload(teacher, "图.png", PNG)
    submit_and_poll(timezone.now())
    courseware.refresh_from_db()
    return courseware


def finish(after: dt.timedelta = dt.timedelta()) -> int:
    return finish_deletions(timezone.now() + after)


def wait_of(discarded: DiscardedDocument, since: dt.datetime) -> dt.timedelta:
    assert discarded.due_at is not None
    return dt.timedelta(seconds=round((discarded.due_at - since).total_seconds(), -1))


def stored(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


class TestDeleting:
    def test_it_is_out_of_sight_at_once_and_then_gone_everywhere(
        self, image: Courseware, cloud: LocalCloud, storage: Path
    ):
        delete(image, at=timezone.now())
        assert not Courseware.objects.kept().exists()
        assert len(stored(storage)) == 1

        assert finish() == 1

        assert (Courseware.objects.count(), cloud.documents(), stored(storage)) == (0, [], [])

    def test_lessons_lose_it(self, image: Courseware):
        bound = BindingFactory.create(courseware=image)
        CourseBinding.objects.create(courseware=image, course=bound.lesson.course)

        delete(image, at=timezone.now())

        assert not Binding.objects.filter(removed_at=None).exists()
        assert CourseBinding.objects.count() == 0

    def test_it_is_taken_out_of_rooms_before_it_leaves_the_cloud(
        self, image: Courseware, cloud: LocalCloud
    ):
        BindingFactory.create(courseware=image, bound_document_id=image.document_id)
        delete(image, at=timezone.now())

        assert finish() == 0
        assert len(cloud.documents()) == 1
        Binding.objects.all().delete()
        assert finish(dt.timedelta(minutes=1)) == 1
        assert cloud.documents() == []

    def test_room_that_never_lets_go_does_not_keep_it(self, image: Courseware, cloud: LocalCloud):
        BindingFactory.create(courseware=image, bound_document_id=image.document_id)
        delete(image, at=timezone.now())
        Courseware.objects.update(deleted_at=timezone.now() - UNBOUND_WITHIN)

        assert finish() == 1
        assert (cloud.documents(), Binding.objects.count()) == ([], 0)

    def test_silent_cloud_is_asked_again_and_the_file_stays_till_then(
        self, image: Courseware, cloud: LocalCloud, storage: Path
    ):
        cloud.switch("DeleteDocument", "http500")
        delete(image, at=timezone.now())

        assert finish() == 0

        image.refresh_from_db()
        assert image.due_at is not None
        assert image.due_at > timezone.now()
        assert image.unreachable_since is not None
        assert len(stored(storage)) == 1
        cloud.clear()
        assert finish(HOUR) == 1
        assert (cloud.documents(), stored(storage)) == ([], [])

    def test_document_of_which_the_cloud_never_says_anything_keeps_no_file(
        self, image: Courseware, cloud: LocalCloud, storage: Path
    ):
        cloud.switch("DeleteDocument", "fail", code="InternalError")
        delete(image, at=timezone.now())
        Courseware.objects.update(deleted_at=timezone.now() - ANSWERED_WITHIN)

        assert finish() == 1

        assert (Courseware.objects.count(), stored(storage)) == (0, [])
        assert DiscardedDocument.objects.get().document_id == image.document_id
        assert finish(HOUR) == 0
        assert len(cloud.documents()) == 1
        cloud.clear()
        finish(2 * HOUR)
        assert (cloud.documents(), DiscardedDocument.objects.count()) == ([], 0)

    def test_file_waits_a_day_for_the_cloud_to_say_something(
        self, image: Courseware, cloud: LocalCloud, storage: Path
    ):
        cloud.switch("DeleteDocument", "fail", code="InternalError")
        delete(image, at=timezone.now())
        Courseware.objects.update(deleted_at=timezone.now() - ANSWERED_WITHIN + HOUR / 60)

        assert finish() == 0

        assert (Courseware.objects.count(), len(stored(storage))) == (1, 1)
        assert DiscardedDocument.objects.count() == 0

    @pytest.mark.parametrize("step", ["cloud", "file"])
    def test_interrupted_deletion_goes_on(
        self, image: Courseware, cloud: LocalCloud, storage: Path, step: str
    ):
        delete(image, at=timezone.now())
        cloud.delete_document(image.document_id)
        if step == "file":
            stored(storage)[0].unlink()

        assert finish() == 1
        assert (Courseware.objects.count(), stored(storage)) == (0, [])

    def test_document_whose_making_was_not_answered_is_found_and_deleted(
        self, teacher: User, cloud: LocalCloud
    ):
        cloud.switch("CreateDocument", "drop_after", times=1)
        courseware = upload(teacher, "图.png", PNG)
        submit_and_poll(timezone.now())
        assert len(cloud.documents()) == 1

        delete(courseware, at=timezone.now())
        finish()

        assert (Courseware.objects.count(), cloud.documents()) == (0, [])

    def test_what_never_came_to_the_cloud_needs_none(self, teacher: User, storage: Path):
        courseware = upload(teacher, "图.png", PNG)

        delete(courseware, at=timezone.now())

        assert finish() == 1
        assert stored(storage) == []

    def test_upload_that_became_it_is_not_open_again(self, image: Courseware):
        UploadFactory.create(courseware=image)
        delete(image, at=timezone.now())

        finish()

        assert Upload.objects.count() == 0

    def test_second_press_of_the_button_changes_nothing(self, image: Courseware):
        first = timezone.now()
        delete(image, at=first)

        delete(image, at=first + HOUR)

        image.refresh_from_db()
        assert image.deleted_at == first

    def test_deleted_files_are_not_submitted(self, teacher: User, cloud: LocalCloud):
        courseware = upload(teacher, "图.png", PNG)
        delete(courseware, at=timezone.now())

        submit_and_poll(timezone.now())

        assert cloud.documents() == []

    def test_cloud_that_does_not_answer_is_left_alone_for_this_run(
        self, teacher: User, cloud: LocalCloud
    ):
        cloud.switch("DeleteDocument", "http500")
        for number in range(8):
            gone = CoursewareFactory.create(name=str(number), content=b"x")
            delete(gone, at=timezone.now())

        finish()

        tried = {each["body_text"] for each in cloud.calls(action="DeleteDocument")}
        assert len(tried) == SILENCES_IN_A_ROW

    @pytest.mark.parametrize(
        "code", ["FailedOperation", "AuthFailure.SecretIdNotFound", "InvalidParameter"]
    )
    def test_refusal_of_the_cloud_keeps_no_file(
        self, image: Courseware, cloud: LocalCloud, storage: Path, code: str
    ):
        cloud.switch("DeleteDocument", "fail", code=code)
        delete(image, at=timezone.now())

        assert finish() == 1

        assert (Courseware.objects.count(), stored(storage)) == (0, [])
        assert len(cloud.documents()) == 1
        cloud.clear()
        finish(HOUR)
        assert (cloud.documents(), DiscardedDocument.objects.count()) == ([], 0)

    def test_storage_that_fails_is_tried_again_later_and_holds_up_no_other(
        self, image: Courseware, teacher: User, cloud: LocalCloud, storage: Path, monkeypatch
    ):
        other = upload(teacher, "另.png", PNG + b"1")
        original = FileSystemStorage.delete

        def fail_for_one(self: FileSystemStorage, name: str) -> None:
            if image.code in name:
                raise PermissionError(f"no right to delete {name}")
            original(self, name)

        delete(image, at=timezone.now())
        delete(other, at=timezone.now())
        with monkeypatch.context() as patched:
            patched.setattr(FileSystemStorage, "delete", fail_for_one)

            assert finish() == 1

        image.refresh_from_db()
        assert (cloud.documents(), len(stored(storage))) == ([], 1)
        assert (image.lease_token, image.last_error[:15]) == ("", "PermissionError")
        assert image.due_at is not None
        assert image.due_at > timezone.now()
        assert finish(HOUR) == 1
        assert stored(storage) == []

    def test_failures_of_the_storage_are_tried_again_ever_seldomer(
        self, image: Courseware, monkeypatch
    ):
        def fail(*_args: object) -> None:
            raise PermissionError

        monkeypatch.setattr(FileSystemStorage, "delete", fail)
        delete(image, at=timezone.now())
        waits = []
        for since in (dt.timedelta(), HOUR, 5 * HOUR, 100 * HOUR):
            Courseware.objects.update(
                unreachable_since=timezone.now() - since, due_at=timezone.now()
            )
            finish()
            image.refresh_from_db()
            assert image.due_at is not None
            waits.append(round((image.due_at - timezone.now()) / HOUR, 1))

        assert waits == [0, 0.2, 1, 4]

    def test_what_is_deleted_is_due_even_if_its_time_got_lost(self, image: Courseware):
        delete(image, at=timezone.now())
        Courseware.objects.update(due_at=None)

        assert finish() == 1

    def test_change_of_what_is_gone_changes_nothing(self, image: Courseware):
        delete(image, at=timezone.now())

        rename(image, name="新.png")
        set_public(image, is_public=True)

        row = Courseware.objects.get()
        assert (row.name, row.is_public) == ("图.png", False)
        finish()
        rename(image, name="新.png")
        assert Courseware.objects.count() == 0


class TestDiscarded:
    def test_document_that_is_somebodys_after_all_stays(self, image: Courseware, cloud: LocalCloud):
        DiscardedDocument.objects.create(document_id=image.document_id, due_at=timezone.now())

        finish()

        assert (DiscardedDocument.objects.count(), len(cloud.documents())) == (0, 1)

    def test_refused_deletion_comes_seldomer_and_ends(self, cloud: LocalCloud, caplog):
        cloud.switch("DeleteDocument", "fail", code="FailedOperation")
        discarded = DiscardedDocument.objects.create(document_id="d", due_at=timezone.now())
        waits = []
        for tries in (0, 1, 2, deletion.MAX_DISCARD_TRIES - 1):
            DiscardedDocument.objects.update(due_at=timezone.now(), attempts=tries)
            at = timezone.now()
            finish_deletions(at)
            discarded.refresh_from_db()
            waits.append(wait_of(discarded, at))
        DiscardedDocument.objects.update(due_at=timezone.now())

        finish()

        assert waits == sorted(set(waits))
        assert (waits[0], waits[-1]) == (HOUR / 60, 4 * HOUR)
        assert DiscardedDocument.objects.count() == 0
        assert [each.levelname for each in caplog.records if "gave up" in each.message] == ["ERROR"]

    def test_none_is_given_up_while_the_platform_is_not_let_in(self, cloud: LocalCloud):
        cloud.switch("DeleteDocument", "fail", code="AuthFailure.SecretIdNotFound")
        discarded = DiscardedDocument.objects.create(
            document_id="d", due_at=timezone.now(), attempts=deletion.MAX_DISCARD_TRIES - 1
        )
        for _count in range(3):
            finish(dt.timedelta(days=1))
            DiscardedDocument.objects.update(due_at=timezone.now())

        discarded.refresh_from_db()
        assert discarded.attempts == deletion.MAX_DISCARD_TRIES - 1

    def test_document_of_which_the_cloud_says_nothing_holds_up_no_other(
        self, cloud: LocalCloud, monkeypatch
    ):
        at = timezone.now()
        for document_id in ("odd", "sound"):
            DiscardedDocument.objects.create(document_id=document_id, due_at=at)
        asked: list[str] = []

        def delete_or_say_nothing(document_id: str, _urgency: object) -> None:
            asked.append(document_id)
            if document_id == "odd":
                raise CloudUnavailable("DeleteDocument", "no answer", outcome_is_known=False)

        monkeypatch.setattr(cloud_documents, "delete_document", delete_or_say_nothing)
        waits = []
        for tries in (0, 1, deletion.MAX_DISCARD_TRIES, deletion.MAX_DISCARD_TRIES + 1):
            at = timezone.now()
            DiscardedDocument.objects.update(due_at=at, attempts=tries)
            finish_deletions(at)
            odd = DiscardedDocument.objects.get(document_id="odd")
            waits.append(wait_of(odd, at))

        assert asked[:3] == ["odd", "sound", "odd"]
        assert DiscardedDocument.objects.get().document_id == "odd"
        assert waits == sorted(waits)
        assert (waits[0], waits[-1]) == (HOUR / 60, 4 * HOUR)

    def test_silent_cloud_is_left_alone_for_this_run(self, cloud: LocalCloud, monkeypatch):
        at = timezone.now()
        for number in range(5):
            DiscardedDocument.objects.create(document_id=str(number), due_at=at)
        asked: list[str] = []

        def say_nothing(document_id: str, _urgency: object) -> None:
            asked.append(document_id)
            raise CloudUnavailable("DeleteDocument", "no answer", outcome_is_known=False)

        monkeypatch.setattr(cloud_documents, "delete_document", say_nothing)

        finish()

        assert asked == ["0", "1", "2"]

    def test_whatever_goes_wrong_with_one_holds_up_no_other(self, cloud: LocalCloud, monkeypatch):
        at = timezone.now()
        for document_id in ("broken", "sound"):
            DiscardedDocument.objects.create(document_id=document_id, due_at=at)

        def delete_or_break(document_id: str, _urgency: object) -> None:
            if document_id == "broken":
                raise ValueError("a fault of ours")

        monkeypatch.setattr(cloud_documents, "delete_document", delete_or_break)

        finish()

        assert DiscardedDocument.objects.get().document_id == "broken"
        assert DiscardedDocument.objects.filter(due_at__gt=at).count() == 1


def test_state_of_what_is_deleted_never_becomes_stuck(image: Courseware):
    Courseware.objects.update(
        state=CoursewareState.TRANSCODING, state_since=timezone.now() - 10 * HOUR
    )
    delete(image, at=timezone.now())

    submit_and_poll(timezone.now())

    image.refresh_from_db()
    assert image.state == CoursewareState.TRANSCODING
