"""Runs end before a worker stops them, however slow storage and cloud are; the next one goes on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from accounts.models import User
from classroom.client import documents as cloud_documents
from classroom.client.documents import DocumentAddress, DocumentDetails
from courseware.models import DiscardedDocument, Submission, Upload
from courseware.services import uploads
from courseware.services.deletion import finish_deletions
from courseware.services.transcoding import submit_and_poll
from courseware.services.uploads import remove_expired_uploads
from courseware.uploads import parts
from edu_platform.lib import due
from tests.factories.courseware import UploadFactory
from tests.support.cloud import LocalCloud
from tests.support.courseware import upload

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("storage")]

# Longer than any run may take.
LONG_S = 100.0


class Clock:
    """Stands still until something takes its time."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def monotonic(self) -> float:
        return self.now_s

    def go_on(self) -> None:
        self.now_s += LONG_S


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(due, "time", clock)
    return clock


@pytest.fixture
def slow_storage(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A storage that takes long to delete a folder; the codes of those that it was to delete."""
    asked: list[str] = []

    def delete_slowly(code: str) -> None:
        asked.append(code)
        clock.go_on()
        parts.delete_folder(code)

    monkeypatch.setattr(uploads, "delete_folder", delete_slowly)
    return asked


def expired(at: dt.datetime) -> Upload:
    return UploadFactory.create(expires_at=at, created_at=at - dt.timedelta(days=3))


@pytest.mark.usefixtures("slow_storage")
def test_expired_uploads_that_the_run_has_no_time_for_are_removed_by_the_next():
    at = timezone.now()
    for _count in range(3):
        expired(at)

    removed = [remove_expired_uploads(at) for _run in range(4)]

    assert removed == [1, 1, 1, 0]


def test_upload_that_can_never_be_removed_does_not_take_the_time_of_every_run(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
):
    at = timezone.now()
    broken, sound = expired(at), expired(at)

    def delete_or_break(code: str) -> None:
        if code == broken.code:
            clock.go_on()
            raise PermissionError(code)

    monkeypatch.setattr(uploads, "delete_folder", delete_or_break)

    removed = [remove_expired_uploads(at) for _run in range(2)]

    assert removed == [0, 1]
    assert not Upload.objects.filter(pk=sound.pk).exists()


def test_folders_without_an_upload_are_removed_by_one_run_after_the_other(slow_storage: list[str]):
    for code in "abc":
        default_storage.save(f"uploads/{code}/data", ContentFile(b"x"))

    left = []
    for _run in range(3):
        remove_expired_uploads(timezone.now())
        left.append(len(default_storage.listdir("uploads")[0]))

    assert left == [2, 1, 0]
    assert len(slow_storage) == 3


def test_expired_uploads_leave_time_for_folders_without_one(slow_storage: list[str]):
    default_storage.save("uploads/left/data", ContentFile(b"x"))
    at = timezone.now()
    expired(at)

    remove_expired_uploads(at)

    assert slow_storage[-1] == "left"


def test_documents_that_nobody_waits_for_are_looked_for_by_one_run_after_the_other(
    local_cloud: LocalCloud, clock: Clock, monkeypatch: pytest.MonkeyPatch
):
    at = timezone.now()
    for owner in "abc":
        Submission.objects.create(number=1, url=owner, owner_user_id=owner, called_at=at, due_at=at)
    asked: list[str] = []

    def list_slowly(owner_user_id: str, _urgency: object) -> Iterator[DocumentAddress]:
        asked.append(owner_user_id)
        clock.go_on()
        return iter(())

    monkeypatch.setattr(cloud_documents, "documents_of", list_slowly)

    asked_by_run = []
    for _run in range(4):
        finish_deletions(at)
        asked_by_run.append("".join(asked))

    assert asked_by_run == ["a", "ab", "abc", "abc"]
    assert DiscardedDocument.objects.count() == 0


def test_handing_in_leaves_time_to_ask(
    local_cloud: LocalCloud, teacher: User, clock: Clock, monkeypatch: pytest.MonkeyPatch
):
    for number in range(2):
        upload(teacher, f"{number}.pdf")

    def create_slowly(*_args: object) -> str:
        clock.go_on()
        return "slow"

    asked: list[str] = []

    def list_none(document_ids: list[str], _urgency: object) -> list[DocumentDetails]:
        asked.extend(document_ids)
        return []

    monkeypatch.setattr(cloud_documents, "create_document", create_slowly)
    monkeypatch.setattr(cloud_documents, "list_documents", list_none)

    submit_and_poll(timezone.now())

    assert asked == ["slow"]
