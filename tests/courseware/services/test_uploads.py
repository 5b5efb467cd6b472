"""Uploads below the protocol: broken connections, rivals, storages, and what is left behind."""

from __future__ import annotations

import datetime as dt
import fcntl
import hashlib
import io
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from django.utils import timezone

from accounts.models import User
from courseware.exceptions import CoursewareRefused
from courseware.models import Courseware, Upload, UploadPart
from courseware.services import uploads
from courseware.services.uploads import (
    BeingWritten,
    TooManyUploads,
    WrongOffset,
    open_upload,
    remove_expired_uploads,
)
from courseware.uploads import digests, parts
from courseware.uploads.leases import LEASE, Lease, LeaseTaken
from tests.support.courseware import content_of
from tests.support.threads import all_at_once

pytestmark = pytest.mark.django_db

KIB = 1024
FILM = b"\x00\x00\x00\x01" + bytes(range(256)) * 1024


@pytest.fixture
def upload(teacher: User) -> Upload:
    return begin(teacher)


def begin(owner: User, length_bytes: int = len(FILM)) -> Upload:
    return open_upload(
        owner=owner, filename="语文.h264", length_bytes=length_bytes, at=timezone.now()
    )


def write(upload: Upload, body: Any, *, offset: int = 0, size: int | None = None) -> None:
    content = io.BytesIO(body) if isinstance(body, bytes) else body
    uploads.write(
        Upload.objects.get(pk=upload.pk),
        offset_bytes=offset,
        body=content,
        size_bytes=len(body) if size is None else size,
        at=timezone.now(),
    )


def stored(upload: Upload) -> list[str]:
    """The files of an upload on the storage."""
    try:
        return default_storage.listdir(f"uploads/{upload.code}")[1]
    except FileNotFoundError:
        return []


class Body:
    """A body of which something happens after so many bytes."""

    def __init__(self, content: bytes, then: Callable[[], bytes]) -> None:
        self._content = io.BytesIO(content)
        self._then = then

    def read(self, size: int, /) -> bytes:
        return self._content.read(size) or self._then()


def breaks() -> bytes:
    raise ConnectionResetError


class TestBrokenConnections:
    @pytest.mark.parametrize("then", [breaks, bytes])
    def test_what_came_before_is_kept(self, upload: Upload, then: Callable[[], bytes]):
        write(upload, Body(FILM[: 100 * KIB], then), size=len(FILM))

        upload.refresh_from_db()
        part = UploadPart.objects.get()
        assert (upload.offset_bytes, upload.lease_token) == (100 * KIB, "")
        assert (part.offset_bytes, part.size_bytes) == (0, 100 * KIB)

    @pytest.mark.parametrize("then", [breaks, bytes])
    def test_nothing_came(self, upload: Upload, then: Callable[[], bytes]):
        write(upload, Body(b"", then), size=len(FILM))

        upload.refresh_from_db()
        assert (upload.offset_bytes, upload.lease_token, UploadPart.objects.count()) == (0, "", 0)

    def test_file_is_whole_in_the_end(self, upload: Upload):
        write(upload, Body(FILM[: 100 * KIB], breaks), size=len(FILM))
        write(upload, FILM[100 * KIB : 101 * KIB], offset=100 * KIB)
        write(upload, FILM[101 * KIB :], offset=101 * KIB)

        assert content_of(Courseware.objects.get()) == FILM
        assert stored(upload) == []

    @pytest.mark.django_db(transaction=True)
    def test_waiting_for_bytes_holds_no_connection_to_the_database(self, upload: Upload):
        held = []

        def look() -> bytes:
            held.append(connection.connection is not None)
            return b""

        write(upload, Body(FILM[:KIB], look), size=len(FILM))

        assert held == [False]


class TestRivals:
    def test_writer_that_came_too_late_keeps_nothing(self, upload: Upload):
        """Its connection hung for longer than the lease, and another one asked meanwhile."""

        def overtaken() -> bytes:
            Upload.objects.update(leased_until=timezone.now())
            with pytest.raises(BeingWritten):
                write(upload, FILM[:KIB])
            return b""

        with pytest.raises(BeingWritten):
            write(upload, Body(FILM[: 2 * KIB], overtaken), size=len(FILM))
        upload.refresh_from_db()
        offset = upload.offset_bytes
        write(upload, FILM)

        assert (offset, upload.lease_token) == (0, "")
        assert content_of(Courseware.objects.get()) == FILM

    def test_lease_is_renewed_while_bytes_come(
        self, upload: Upload, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setattr("courseware.uploads.leases.RENEW_EVERY_S", 0.0)
        soon = timezone.now() + dt.timedelta(seconds=1)
        until = []

        def look() -> bytes:
            until.append(Upload.objects.get().leased_until or soon)
            return b""

        write(upload, Body(FILM[:KIB], look), size=len(FILM))

        assert until[0] > soon + LEASE / 2

    def test_renewing_notices_a_rival(self, upload: Upload, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr("courseware.uploads.leases.RENEW_EVERY_S", 0.0)
        Upload.objects.update(lease_token="", leased_until=None)

        def overtaken() -> bytes:
            Upload.objects.update(lease_token="rival")
            return FILM[:KIB]

        with pytest.raises(BeingWritten):
            write(upload, Body(b"", overtaken), size=len(FILM))

        upload.refresh_from_db()
        assert (upload.lease_token, upload.offset_bytes) == ("rival", 0)
        assert UploadPart.objects.count() == 0

    def test_lease_of_a_dead_writer_is_soon_over(self, upload: Upload):
        Lease(upload).acquire()

        with pytest.raises(LeaseTaken):
            Lease(upload).acquire()
        Upload.objects.update(leased_until=timezone.now())
        Lease(upload).acquire()

        assert dt.timedelta(seconds=30) >= LEASE

    def test_late_writer_does_not_touch_what_has_become_courseware(
        self, upload: Upload, monkeypatch: pytest.MonkeyPatch
    ):
        """It had opened the file, and fell asleep before it locked it."""
        original = fcntl.flock

        def sleep(file: Any, how: int) -> None:
            monkeypatch.setattr("fcntl.flock", original)
            Upload.objects.update(leased_until=timezone.now())
            write(upload, FILM)
            original(file, how)

        write(upload, FILM[:KIB])
        Upload.objects.update(offset_bytes=0)
        UploadPart.objects.all().delete()
        monkeypatch.setattr("fcntl.flock", sleep)

        with pytest.raises(CoursewareRefused):
            write(upload, bytes(2 * KIB))

        assert content_of(Courseware.objects.get()) == FILM

    def test_file_that_was_taken_away_is_not_written_on(
        self, upload: Upload, monkeypatch: pytest.MonkeyPatch
    ):
        """Somebody has the bytes under another name, whatever the row says."""
        original = fcntl.flock
        write(upload, FILM[:KIB])
        data = Path(default_storage.path(f"uploads/{upload.code}/data"))
        taken = data.with_name("taken")

        def take_away(file: Any, how: int) -> None:
            original(file, how)
            data.rename(taken)
            data.write_bytes(FILM[:KIB])

        monkeypatch.setattr("fcntl.flock", take_away)

        with pytest.raises(BeingWritten):
            write(upload, FILM[KIB:], offset=KIB)

        assert taken.read_bytes() == FILM[:KIB]

    def test_writer_who_wakes_up_late_does_not_go_on(
        self, upload: Upload, monkeypatch: pytest.MonkeyPatch
    ):
        """Another one has taken its turn, and waits for its own bytes elsewhere."""
        original = fcntl.flock

        def sleep(file: Any, how: int) -> None:
            original(file, how)
            Upload.objects.update(lease_token="rival")

        monkeypatch.setattr("fcntl.flock", sleep)

        asked: list[str] = []

        def ask() -> bytes:
            asked.append("for bytes")
            return b""

        with pytest.raises(BeingWritten):
            write(upload, Body(b"", ask), size=KIB)

        upload.refresh_from_db()
        assert (upload.lease_token, upload.offset_bytes, asked) == ("rival", 0, [])

    @pytest.mark.django_db(transaction=True)
    def test_of_several_who_write_at_once_one_does(self, upload: Upload):
        def send(_number: int) -> str:
            try:
                write(upload, FILM)
            except CoursewareRefused as err:
                return type(err).__name__
            return "written"

        told = all_at_once(send, range(4))

        assert told.count("written") == 1
        assert set(told) <= {"written", BeingWritten.__name__, WrongOffset.__name__}
        assert content_of(Courseware.objects.get()) == FILM

    @pytest.mark.django_db(transaction=True)
    def test_of_several_that_begin_at_once_three_do(self, teacher: User):
        def start(_number: int) -> str:
            try:
                begin(teacher)
            except TooManyUploads:
                return "refused"
            return "begun"

        told = all_at_once(start, range(6))

        assert sorted(told) == ["begun"] * 3 + ["refused"] * 3
        assert Upload.objects.count() == 3


class TestEnd:
    def test_last_part_counts_only_when_the_courseware_is_there(
        self, upload: Upload, monkeypatch: pytest.MonkeyPatch
    ):
        write(upload, FILM[:KIB])

        def full(**_kwargs: object) -> Courseware:
            raise OSError("no space left on device")

        with monkeypatch.context() as patch:
            patch.setattr(uploads, "create_courseware", full)
            with pytest.raises(OSError, match="no space"):
                write(upload, FILM[KIB:], offset=KIB)
        upload.refresh_from_db()
        left = (upload.offset_bytes, upload.lease_token, len(stored(upload)))
        write(upload, FILM[KIB:], offset=KIB)

        assert left == (KIB, "", 1)
        assert content_of(Courseware.objects.get()) == FILM

    def test_upload_ends_with_its_courseware(self, upload: Upload):
        write(upload, FILM)
        upload.refresh_from_db()
        finished = (upload.is_finished, upload.offset_bytes, upload.parts.count())

        Courseware.objects.get().delete()

        assert finished == (True, len(FILM), 0)
        assert Upload.objects.count() == 0


class TestOtherStorages:
    @pytest.fixture(autouse=True)
    def _elsewhere(self, settings: Any) -> None:
        memory = {"BACKEND": "django.core.files.storage.InMemoryStorage"}
        settings.STORAGES = {**settings.STORAGES, "default": memory}

    def test_parts_come_together_without_a_disk(self, upload: Upload):
        write(upload, Body(FILM[: 100 * KIB], breaks), size=len(FILM))
        names = stored(upload)
        write(upload, FILM[100 * KIB :], offset=100 * KIB)

        assert len(names) == 1
        assert content_of(Courseware.objects.get()) == FILM
        assert stored(upload) == []

    def test_rivals_do_not_mix(self, upload: Upload):
        def overtaken() -> bytes:
            Upload.objects.update(leased_until=timezone.now())
            write(upload, FILM[:KIB])
            return b""

        with pytest.raises(BeingWritten):
            write(upload, Body(FILM[: 2 * KIB], overtaken), size=len(FILM))

        upload.refresh_from_db()
        assert (upload.offset_bytes, len(stored(upload))) == (KIB, 1)
        write(upload, FILM[KIB:], offset=KIB)
        assert content_of(Courseware.objects.get()) == FILM

    def test_rival_who_has_all_does_not_mix_it_with_what_came_meanwhile(self, upload: Upload):
        def overtaken() -> bytes:
            if not UploadPart.objects.exists():
                Upload.objects.update(leased_until=timezone.now())
                write(upload, FILM[:KIB])
                return FILM[-1:]
            return b""

        with pytest.raises(BeingWritten):
            write(upload, Body(FILM[:-1], overtaken), size=len(FILM))
        made = Courseware.objects.count()
        write(upload, FILM[KIB:], offset=KIB)

        assert made == 0
        assert content_of(Courseware.objects.get()) == FILM


class TestDisks:
    def test_courseware_is_not_written_a_second_time(self, upload: Upload):
        write(upload, FILM[:KIB])
        data = Path(default_storage.path(f"uploads/{upload.code}/data"))
        inode = data.stat().st_ino

        write(upload, FILM[KIB:], offset=KIB)

        courseware = Courseware.objects.get()
        assert Path(courseware.file.path).stat().st_ino == inode
        assert content_of(courseware) == FILM

    @pytest.mark.parametrize(
        "ends", [(), (KIB,), (KIB, 3 * KIB), (100 * KIB, 200 * KIB, 201 * KIB)]
    )
    def test_digest_is_right_however_it_came(self, upload: Upload, ends: tuple[int, ...]):
        for start, end in pairwise((0, *ends, len(FILM))):
            write(upload, FILM[start:end], offset=start)

        assert Courseware.objects.get().sha256 == hashlib.sha256(FILM).hexdigest()

    def test_most_of_the_digest_is_there_when_the_last_part_comes(self, upload: Upload):
        write(upload, FILM[:-KIB])
        path = Path(default_storage.path(f"uploads/{upload.code}/data"))
        digests._worker.submit(lambda: None).result(timeout=10)

        ahead = digests.take(path)

        assert ahead.size_bytes == len(FILM) - KIB
        assert ahead.digest.digest() == hashlib.sha256(FILM[:-KIB]).digest()

    def test_digest_counts_nothing_that_was_not_kept(self, upload: Upload, monkeypatch: Any):
        def fail(*_args: object) -> None:
            raise RuntimeError

        write(upload, FILM[:KIB])
        with monkeypatch.context() as patch:
            patch.setattr(uploads, "_keep", fail)
            with pytest.raises(RuntimeError):
                write(upload, bytes(KIB), offset=KIB)
        write(upload, FILM[KIB:], offset=KIB)

        assert Courseware.objects.get().sha256 == hashlib.sha256(FILM).hexdigest()

    def test_disk_without_second_names_copies(
        self, upload: Upload, monkeypatch: pytest.MonkeyPatch
    ):
        def refuse(*_args: object) -> None:
            raise PermissionError("operation not permitted")

        monkeypatch.setattr("os.link", refuse)
        write(upload, FILM[:KIB])
        write(upload, FILM[KIB:], offset=KIB)

        assert content_of(Courseware.objects.get()) == FILM
        assert stored(upload) == []

    def test_file_that_lost_its_end_is_not_filled_up(self, upload: Upload):
        write(upload, FILM[: 2 * KIB])
        Path(default_storage.path(f"uploads/{upload.code}/data")).write_bytes(FILM[:KIB])

        with pytest.raises(OSError, match="shorter"):
            write(upload, FILM[2 * KIB :], offset=2 * KIB)

        assert Courseware.objects.count() == 0

    def test_what_a_killed_writer_left_behind_is_written_over(self, upload: Upload):
        write(upload, FILM[:KIB])
        data = Path(default_storage.path(f"uploads/{upload.code}/data"))
        data.write_bytes(FILM[:KIB] + bytes(5 * KIB))

        write(upload, FILM[KIB : 2 * KIB], offset=KIB)
        size = data.stat().st_size
        write(upload, FILM[2 * KIB :], offset=2 * KIB)

        assert size == 2 * KIB
        assert content_of(Courseware.objects.get()) == FILM


class TestCleaningUp:
    def test_expired_uploads_go_with_their_parts(self, upload: Upload, teacher: User):
        other = begin(teacher)
        for each in (upload, other):
            write(each, FILM[:KIB])
        at = timezone.now()
        Upload.objects.filter(pk=upload.pk).update(expires_at=at)

        removed = remove_expired_uploads(at)

        assert removed == 1
        assert list(Upload.objects.all()) == [other]
        assert (stored(upload), len(stored(other))) == ([], 1)

    def test_one_that_cannot_go_keeps_no_other(
        self, upload: Upload, teacher: User, monkeypatch: Any
    ):
        begin(teacher)
        original = parts.delete_folder

        def refuse(code: str) -> None:
            if code == upload.code:
                raise PermissionError(code)
            original(code)

        monkeypatch.setattr(uploads, "delete_folder", refuse)
        at = timezone.now()
        Upload.objects.update(expires_at=at)

        removed = remove_expired_uploads(at)

        assert (removed, list(Upload.objects.all())) == (1, [upload])

    def test_upload_is_done_though_its_parts_cannot_be_deleted(
        self, upload: Upload, monkeypatch: Any
    ):
        def refuse(_code: str) -> None:
            raise PermissionError

        monkeypatch.setattr(uploads, "delete_folder", refuse)

        write(upload, FILM)

        assert content_of(Courseware.objects.get()) == FILM

    def test_what_is_being_written_stays(self, upload: Upload):
        at = timezone.now()
        Upload.objects.update(expires_at=at, lease_token="writer", leased_until=at + LEASE)

        assert remove_expired_uploads(at) == 0
        assert Upload.objects.count() == 1

    def test_courseware_stays_when_its_upload_goes(self, upload: Upload):
        write(upload, FILM)
        at = timezone.now()
        Upload.objects.update(expires_at=at)

        removed = remove_expired_uploads(at)

        assert (removed, Upload.objects.count()) == (1, 0)
        assert content_of(Courseware.objects.get()) == FILM

    def test_what_no_row_knows_of_goes(self, upload: Upload):
        """A process was killed while it stored a part, or while it removed an upload."""
        write(upload, FILM[:KIB])
        default_storage.save(f"uploads/{upload.code}/0-torn", ContentFile(b"x"))
        default_storage.save("uploads/gone/0-left", ContentFile(b"x"))

        remove_expired_uploads(timezone.now())

        assert not default_storage.exists("uploads/gone")
        assert len(stored(upload)) == 2
        write(upload, FILM[KIB:], offset=KIB)
        assert stored(upload) == []


def test_folder_that_cannot_be_deleted_keeps_none_behind_it(
    storage: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    for code in "abc":
        folder = storage / "uploads" / code
        folder.mkdir(parents=True)
        (folder / "data").write_bytes(b"x")
    delete = parts.delete_folder

    def delete_all_but_the_first(code: str) -> None:
        if code == "a":
            raise PermissionError(code)
        delete(code)

    monkeypatch.setattr(uploads, "delete_folder", delete_all_but_the_first)

    remove_expired_uploads(timezone.now())

    assert [each.name for each in (storage / "uploads").iterdir()] == ["a"]
    assert "ERROR" in [each.levelname for each in caplog.records]
