"""A file becomes courseware only when all about it is right; else nothing of it stays."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.db import OperationalError

from accounts.models import SchoolSettings, User
from courseware.enums import CoursewareState, FileKind, TranscodeType
from courseware.exceptions import (
    CoursewareRefused,
    Empty,
    Encrypted,
    QuotaExceeded,
    TooLarge,
    UnknownSuffix,
    WrongContent,
)
from courseware.filetypes.formats import FORMATS
from courseware.models import Courseware, Upload
from courseware.services import creating
from courseware.services.creating import create_courseware, same_content_as
from courseware.uploads.digests import Ahead
from edu_platform.lib.formatting import MIB
from tests.factories.courseware import CoursewareFactory, UploadFactory
from tests.localcloud.coursefiles import pdf

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("storage")]

NOW = dt.datetime(2026, 9, 7, 8, tzinfo=dt.UTC)


def create(owner: User, filename: str = "第一课.pdf", content: bytes | None = None, **more: object):
    content = pdf() if content is None else content
    file = ContentFile(content, name="whatever")
    return create_courseware(owner=owner, filename=filename, file=file, at=NOW, **more)  # type: ignore[arg-type] # as the test says


def stored(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


class SaysLarger(ContentFile[bytes]):
    """A file of which nothing was made, but that tells a size."""

    def __init__(self, content: bytes, size: int) -> None:
        super().__init__(content)
        self.size = size


def test_file_is_stored_and_waits_for_the_cloud(teacher: User):
    content = pdf()

    courseware = create(teacher, "../课件/第一课.PDF", content, is_public=True)

    courseware.refresh_from_db()
    assert (courseware.name, courseware.suffix, courseware.owner) == ("第一课.pdf", "pdf", teacher)
    assert (courseware.kind, courseware.transcode_type) == (
        FileKind.DOCUMENT,
        TranscodeType.DOCUMENT,
    )
    assert (courseware.state, courseware.due_at) == (CoursewareState.QUEUED, NOW)
    assert (courseware.is_public, courseware.uploaded_at) == (True, NOW)
    assert courseware.size_bytes == len(content)
    assert courseware.sha256 == hashlib.sha256(content).hexdigest()
    assert courseware.file.read() == content
    courseware.file.close()


def test_name_that_somebody_chose_names_no_file(teacher: User, storage: Path):
    courseware = create(teacher, "../../../tmp/evil.pdf")

    (path,) = stored(storage)
    assert path.parent == storage / "courseware" / courseware.code
    assert (path.suffix, "evil" in str(path)) == (".pdf", False)


@pytest.mark.parametrize(
    ("filename", "make", "refusal", "status"),
    [
        ("a.exe", lambda: b"MZ", UnknownSuffix, 415),
        ("课件", lambda: b"%PDF-1.4", UnknownSuffix, 415),
        ("", lambda: b"%PDF-1.4", UnknownSuffix, 415),
        ("a.pdf", lambda: b"", Empty, 400),
        ("a.pdf", lambda: b"<html>", WrongContent, 415),
        ("a.pdf", lambda: pdf(password="secret"), Encrypted, 415),
    ],
)
def test_what_is_refused_leaves_nothing(
    teacher: User, storage: Path, filename, make, refusal, status
):
    content = make()

    with pytest.raises(refusal) as refused:
        create(teacher, filename, content)

    assert (refused.value.status, bool(refused.value.sentence)) == (status, True)
    assert (Courseware.objects.count(), stored(storage)) == (0, [])


@pytest.mark.parametrize(("extra", "is_taken"), [(0, True), (1, False)])
def test_limit_of_a_kind_is_still_allowed(teacher: User, extra: int, is_taken: bool):
    size = FORMATS["pdf"].limit_bytes + extra
    file = SaysLarger(pdf(), size)

    with nullcontext() if is_taken else pytest.raises(TooLarge, match="100 MB"):
        create_courseware(owner=teacher, filename="a.pdf", file=file, at=NOW)

    assert Courseware.objects.filter(size_bytes=size).exists() is is_taken


def test_quota_is_kept(teacher: User, storage: Path):
    SchoolSettings.objects.create(pk=1, courseware_quota_person_mib=1)
    CoursewareFactory.create(owner=teacher, size_bytes=MIB)

    with pytest.raises(QuotaExceeded) as refused:
        create(teacher)

    assert refused.value.status == 413
    assert stored(storage) == []


def test_place_that_was_filled_while_the_file_was_stored_is_not_filled_twice(
    teacher: User, storage: Path, monkeypatch
):
    SchoolSettings.objects.create(pk=1, courseware_quota_person_mib=1)
    original = creating._sha256

    def fill(file: Any, ahead: Ahead) -> str:
        CoursewareFactory.create(owner=teacher, size_bytes=MIB)
        return original(file, ahead)

    monkeypatch.setattr(creating, "_sha256", fill)

    with pytest.raises(QuotaExceeded):
        create(teacher)

    assert (Courseware.objects.count(), stored(storage)) == (1, [])


def test_what_could_not_be_saved_leaves_nothing(teacher: User, storage: Path, monkeypatch):
    def fail(*_args: object, **_options: object) -> None:
        raise RuntimeError("no")

    monkeypatch.setattr(Courseware, "save", fail)

    with pytest.raises(RuntimeError, match="no"):
        create(teacher)

    assert stored(storage) == []


def test_file_stays_when_its_row_was_saved_though_the_database_said_no(
    teacher: User, storage: Path, monkeypatch
):
    original = creating._keep

    def lose_the_answer(*args: Any, **options: Any) -> None:
        original(*args, **options)
        raise OperationalError("server closed the connection")

    monkeypatch.setattr(creating, "_keep", lose_the_answer)

    with pytest.raises(OperationalError):
        create(teacher)

    assert [Path(each.file.path) for each in Courseware.objects.all()] == stored(storage)


def test_upload_counts_once_and_becomes_the_courseware(teacher: User):
    SchoolSettings.objects.create(pk=1, courseware_quota_person_mib=1)
    upload = UploadFactory.create(owner=teacher, length_bytes=MIB)

    courseware = create(teacher, upload=upload)

    assert Upload.objects.get(pk=upload.pk).courseware == courseware


def test_upload_becomes_one_courseware_however_often_it_is_finished(teacher: User, storage: Path):
    upload = UploadFactory.create(owner=teacher)
    first = create(teacher, upload=upload)

    second = create(teacher, upload=upload)

    assert second == first
    assert (Courseware.objects.count(), len(stored(storage))) == (1, 1)


def test_worker_is_told_when_it_is_saved(
    teacher: User, monkeypatch, django_capture_on_commit_callbacks
):
    sent: list[str] = []
    monkeypatch.setattr(
        "edu_platform.lib.queueing.send_in_background", lambda name, **_more: sent.append(name)
    )

    with django_capture_on_commit_callbacks(execute=True):
        create(teacher)

    assert sent == ["courseware.submit_and_poll"]


def test_refusal_is_in_the_language_of_the_reader(teacher: User):
    with pytest.raises(CoursewareRefused) as refused:
        create(teacher, "a.zip", b"PK")

    assert ".zip" in refused.value.sentence


class TestSameContent:
    def test_own_and_public_ones_are_pointed_out_newest_first(self, teacher, other_teacher):
        first = create(teacher, "旧.pdf", content := pdf())
        private = create(other_teacher, "别人的.pdf", content)
        public = create(other_teacher, "公开.pdf", content, is_public=True)
        create(teacher, "不同.pdf", pdf(producer="another"))

        newest = create(teacher, "新.pdf", content)

        assert same_content_as(newest) == [public, first]
        assert same_content_as(private) == [public]

    def test_deleted_ones_are_not(self, teacher):
        content = pdf()
        gone = create(teacher, "旧.pdf", content)
        Courseware.objects.filter(pk=gone.pk).update(deleted_at=NOW)

        assert same_content_as(create(teacher, "新.pdf", content)) == []


def test_file_in_memory_and_file_of_parts_are_taken_alike(teacher: User):
    class Joined(ContentFile[bytes]):
        """Read and seek are all that it has."""

        def __init__(self, content: bytes) -> None:
            super().__init__(b"")
            self.file = io.BytesIO(content)
            self.size = len(content)

        def open(self, *_args: Any, **_options: Any) -> Joined:
            self.seek(0)
            return self

    courseware = create_courseware(
        owner=teacher, filename="a.pdf", file=Joined(content := pdf()), at=NOW
    )

    assert courseware.file.read() == content
    courseware.file.close()
