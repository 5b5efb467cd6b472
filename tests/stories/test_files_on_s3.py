"""Files on an S3-compatible server that checks signatures, instead of the disk."""

from __future__ import annotations

import datetime as dt
import functools
import io
import secrets
import tracemalloc
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage, storages
from django.test import Client
from django.utils import timezone

from accounts.models import User
from courseware.enums import CoursewareState
from courseware.models import Courseware, Upload, UploadPart
from courseware.services.creating import create_courseware
from courseware.services.deletion import delete, finish_deletions
from courseware.services.fetch_urls import fetch_address
from courseware.services.uploads import LIFETIME, remove_expired_uploads, write
from deploy.services import nanio
from deploy.services.nanio import Nanio
from edu_platform import env
from tests.cast import SignedIn
from tests.localcloud import coursefiles
from tests.support.backups import refused, remove_people
from tests.support.commands import run
from tests.support.courseware import content_of
from tests.support.tus import Tus

KEY, SECRET, BUCKET = "testkey", "test/secret+key", "courseware"
MIB = 1024 * 1024
# Larger than what the client of an S3 sends in one go.
FILM = b"\x00\x00\x00\x01" + secrets.token_bytes(10 * MIB)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nanio]:
    """A server with an empty bucket."""
    program = nanio.find()
    if program is None:
        pytest.skip("did not run: there is no nanio on this machine, and no Python 3.13 to run it")
    running = Nanio(program, tmp_path_factory.mktemp("objects"), key=KEY, secret=SECRET)
    try:
        _client(running).create_bucket(Bucket=BUCKET)
        yield running
    finally:
        running.stop()


@functools.cache
def _client(server: Nanio) -> Any:
    """Made once: it reads long descriptions of the protocol."""
    import boto3
    from botocore.config import Config

    return boto3.client(
        "s3",
        endpoint_url=f"http://{server.host}",
        aws_access_key_id=KEY,
        aws_secret_access_key=SECRET,
        region_name="us-east-1",
        config=Config(s3={"addressing_style": "path"}),
    )


def settings_of(
    server: Nanio, monkeypatch: pytest.MonkeyPatch, secret: str = SECRET
) -> dict[str, Any]:
    address = f"s3://{KEY}:{quote(secret, safe='')}@{server.host}/{BUCKET}?region=us-east-1&tls=0"
    monkeypatch.setenv("STORAGE_URL", address)
    return env.storage("STORAGE_URL")


@pytest.fixture
def s3(server: Nanio, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Nanio]:
    """The platform keeps its files there; nothing of an earlier test is left."""
    settings.STORAGES = settings.STORAGES | {"default": settings_of(server, monkeypatch)}
    client = _client(server)
    for key in keys(server):
        client.delete_object(Bucket=BUCKET, Key=key)
    yield server
    server.start_again()


def keys(server: Nanio) -> set[str]:
    listed = _client(server).list_objects_v2(Bucket=BUCKET)
    return {each["Key"] for each in listed.get("Contents", ())}


def left_of_uploads(server: Nanio) -> set[str]:
    return {key for key in keys(server) if key.startswith("uploads/")}


def stored(owner: User, content: bytes, filename: str = "第一课.pdf") -> Courseware:
    return create_courseware(
        owner=owner, filename=filename, file=ContentFile(content), at=timezone.now()
    )


@pytest.mark.django_db
class TestS3:
    def test_file_is_stored_and_read_back(self, s3: Nanio, teacher: User):
        content = coursefiles.pdf()

        courseware = create_courseware(
            owner=teacher,
            filename="第一课.pdf",
            file=ContentFile(content, name="a"),
            at=timezone.now(),
        )

        assert courseware.file.name in keys(s3)
        with Courseware.objects.get().file.open() as file:
            assert file.read() == content

    def test_cloud_fetches_the_whole_or_a_part(self, s3: Nanio, teacher: User):
        content = coursefiles.pdf()
        courseware = create_courseware(
            owner=teacher, filename="a.pdf", file=ContentFile(content), at=timezone.now()
        )
        Courseware.objects.update(state=CoursewareState.TRANSCODING, call_number=1)
        path = urlsplit(fetch_address(courseware, number=1)).path

        whole, part = Client().get(path), Client().get(path, headers={"Range": "bytes=100-199"})

        assert (whole.status_code, whole.getvalue()) == (200, content)
        assert (part.status_code, part.getvalue()) == (206, content[100:200])

    def test_only_what_is_read_is_fetched(self, s3: Nanio):
        content = secrets.token_bytes(1024) * 1024
        name = default_storage.save("large.bin", ContentFile(content))

        with default_storage.open(name) as file:
            file.seek(-24, io.SEEK_END)
            last = file.read()
            file.seek(1000)
            read = file.read(100)

        assert (read, last) == (content[1000:1100], content[-24:])

    def test_large_file_takes_little_memory(self, s3: Nanio, tmp_path: Path):
        path = tmp_path / "large.bin"
        path.write_bytes(bytes(48 * MIB))
        tracemalloc.start()

        with path.open("rb") as file:
            default_storage.save("large.bin", File(file))

        taken = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert default_storage.size("large.bin") == 48 * MIB
        assert taken < 32 * MIB

    def test_all_threads_share_one_client(self, s3: Nanio):
        # One storage: `default_storage` itself may be made by several threads that come first.
        storage: Any = storages["default"]
        with ThreadPoolExecutor(4) as pool:
            made = list(pool.map(lambda _number: storage.connection.meta.client, range(8)))

        assert {id(each) for each in made} == {id(storage.connection.meta.client)}

    def test_missing_file_is_not_found(self, s3: Nanio):
        with pytest.raises(FileNotFoundError):
            default_storage.open("nonesuch")

    def test_deleted_file_is_gone_there(self, s3: Nanio, teacher: User):
        courseware = create_courseware(
            owner=teacher, filename="a.pdf", file=ContentFile(coursefiles.pdf()), at=timezone.now()
        )
        name = courseware.file.name
        delete(courseware, at=timezone.now())

        assert finish_deletions(timezone.now()) == 1
        assert name not in keys(s3)

    def test_server_checks_who_signs(
        self, server: Nanio, settings: Any, monkeypatch: pytest.MonkeyPatch
    ):
        wrong = settings_of(server, monkeypatch, secret="another")
        settings.STORAGES = settings.STORAGES | {"default": wrong}

        with pytest.raises(OSError, match="the storage failed") as refused:
            default_storage.save("a.bin", ContentFile(b"content"))

        cause: Any = refused.value.__cause__
        assert cause.response["ResponseMetadata"]["HTTPStatusCode"] == 403
        assert "a.bin" not in keys(server)

    def test_name_may_be_chinese(self, s3: Nanio):
        name = default_storage.save("课件/第一课 (终稿)+%.txt", ContentFile("春眠".encode()))

        assert keys(s3) == {name}
        assert default_storage.listdir("课件") == ([], ["第一课 (终稿)+%.txt"])
        with default_storage.open(name) as file:
            assert file.read().decode() == "春眠"
        default_storage.delete(name)
        assert default_storage.exists(name) is False

    def test_person_downloads_the_whole_or_a_part(
        self, s3: Nanio, teacher: User, signed_in: SignedIn
    ):
        content = coursefiles.pdf()
        path = f"/courseware/{stored(teacher, content).code}/file/"
        client = signed_in(teacher)

        whole: Any = client.get(path)
        part: Any = client.get(path, headers={"Range": "bytes=-10"})

        assert (whole.status_code, whole.getvalue()) == (200, content)
        assert (part.status_code, part.getvalue()) == (206, content[-10:])
        assert whole["Content-Disposition"].endswith(f"''{quote('第一课.pdf')}")


class Torn(io.BytesIO):
    """The body of a request whose connection breaks when all that it holds was read."""

    def read(self, size: int | None = -1, /) -> bytes:
        if piece := super().read(size):
            return piece
        raise ConnectionResetError


@pytest.mark.django_db
class TestUploads:
    @pytest.fixture
    def tus(self, s3: Nanio, teacher: User) -> Tus:
        return Tus(teacher)

    def test_parts_become_one_file_and_are_gone(self, s3: Nanio, tus: Tus):
        path = tus.begun("语文.h264", len(FILM))

        first = tus.send(path, 0, FILM[: 4 * MIB])
        second = tus.send(path, 4 * MIB, FILM[4 * MIB : 4 * MIB + 1])
        parts = left_of_uploads(s3)
        last = tus.send(path, 4 * MIB + 1, FILM[4 * MIB + 1 :])

        courseware = Courseware.objects.get()
        assert [each.status_code for each in (first, second, last)] == [204, 204, 204]
        assert len(parts) == 2
        assert (courseware.name, courseware.size_bytes) == ("语文.h264", len(FILM))
        assert content_of(courseware) == FILM
        assert keys(s3) == {courseware.file.name}

    def test_what_came_before_the_connection_broke_is_kept(self, s3: Nanio, tus: Tus):
        path = tus.begun("语文.h264", len(FILM))
        write(
            Upload.objects.get(),
            offset_bytes=0,
            body=Torn(FILM[:MIB]),
            size_bytes=3 * MIB,
            at=timezone.now(),
        )
        offset = tus.offset(path)

        tus.send(path, offset, FILM[offset:])

        assert offset == MIB
        assert content_of(Courseware.objects.get()) == FILM
        assert left_of_uploads(s3) == set()

    def test_part_at_another_offset_leaves_nothing(self, s3: Nanio, tus: Tus):
        path = tus.begun("语文.h264", len(FILM))

        refused = tus.send(path, 5, FILM[5:10])

        assert (refused.status_code, tus.offset(path)) == (409, 0)
        assert keys(s3) == set()

    def test_refused_content_leaves_nothing(self, s3: Nanio, tus: Tus):
        path = tus.begun("a.pdf", 12)
        tus.send(path, 0, b"<html>")

        refused = tus.send(path, 6, b"<body>")

        assert refused.status_code == 415
        assert keys(s3) == set()
        assert Upload.objects.count() == Courseware.objects.count() == 0

    def test_discarded_upload_leaves_nothing(self, s3: Nanio, tus: Tus):
        path = tus.begun("语文.h264", len(FILM))
        tus.send(path, 0, FILM[:10])
        tus.send(path, 10, FILM[10:20])

        answer = tus.ask("DELETE", path)

        assert answer.status_code == 204
        assert keys(s3) == set()
        assert Upload.objects.count() == 0

    def test_expired_upload_leaves_nothing(self, s3: Nanio, tus: Tus):
        path = tus.begun("语文.h264", len(FILM))
        tus.send(path, 0, FILM[:10])

        kept = remove_expired_uploads(timezone.now() + LIFETIME - dt.timedelta(minutes=5))
        before = len(keys(s3))
        removed = remove_expired_uploads(timezone.now() + LIFETIME + dt.timedelta(minutes=5))

        assert (kept, before, removed) == (0, 1, 1)
        assert keys(s3) == set()
        assert UploadPart.objects.count() == 0


@pytest.mark.django_db
class TestAway:
    """The server of the files is down, and comes back."""

    def test_cloud_and_people_are_told(self, s3: Nanio, teacher: User, signed_in: SignedIn):
        content = coursefiles.pdf()
        courseware = stored(teacher, content)
        Courseware.objects.update(state=CoursewareState.TRANSCODING, call_number=1)
        fetched = urlsplit(fetch_address(courseware, number=1)).path
        downloaded = f"/courseware/{courseware.code}/file/"
        client = signed_in(teacher)

        s3.kill()
        away = [client.get(path) for path in (fetched, downloaded)]
        s3.start_again()
        back: list[Any] = [client.get(path) for path in (fetched, downloaded)]

        assert [(each.status_code, each["Retry-After"]) for each in away] == [(503, "30")] * 2
        assert [each.getvalue() for each in back] == [content] * 2

    @pytest.mark.parametrize("last_bytes", [0, 5])
    def test_part_is_sent_again_when_it_is_back(self, s3: Nanio, teacher: User, last_bytes: int):
        content, tus = coursefiles.text(), Tus(teacher)
        path = tus.begun("第一课.docx", len(content))
        tus.send(path, 0, content[:1000])
        end = len(content) - last_bytes

        s3.kill()
        away = tus.send(path, 1000, content[1000:end])
        offset = tus.offset(path)
        s3.start_again()
        tus.send(path, 1000, content[1000:end])
        if last_bytes:
            tus.send(path, end, content[end:])

        assert (away.status_code, offset) == (503, 1000)
        assert content_of(Courseware.objects.get()) == content
        assert left_of_uploads(s3) == set()


@pytest.mark.django_db(transaction=True)
class TestBackup:
    def test_files_are_backed_up_and_brought_back(self, s3: Nanio, teacher: User, tmp_path: Path):
        kept, lost = stored(teacher, coursefiles.pdf()), stored(teacher, FILM, "第二课.h264")
        gone = stored(teacher, coursefiles.slides(), "第三课.pptx")
        content = {str(each.file.name): content_of(each) for each in (kept, lost)}
        default_storage.delete(str(gone.file.name))

        backed_up = run("backup", tmp_path)
        remove_people()
        default_storage.delete(str(lost.file.name))
        restored = run("restore", tmp_path)

        assert [str(gone.file.name) in each.stderr for each in (backed_up, restored)] == [True] * 2
        assert keys(s3) == content.keys()
        assert {name: default_storage.open(name).read() for name in content} == content

    def test_nothing_is_left_of_a_backup_while_it_is_away(
        self, s3: Nanio, teacher: User, tmp_path: Path
    ):
        stored(teacher, coursefiles.pdf())
        s3.kill()

        sentence = refused("backup", tmp_path)

        assert SECRET not in sentence
        assert [path.name for path in tmp_path.iterdir() if path.is_dir()] == []
