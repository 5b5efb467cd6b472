"""The file itself: whole and in parts, and for whom."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import FileSystemStorage
from django.test import Client

from accounts.models import User
from courseware.enums import CoursewareState, Release
from courseware.models import Courseware
from courseware.serving import PIECE_BYTES, Pieces
from schedule.models import Lesson
from tests.courseware.conftest import SignedIn
from tests.factories.courseware import BindingFactory, CoursewareFactory
from tests.support.pages import Element, read

pytestmark = pytest.mark.django_db

CONTENT = bytes(range(256)) * 800
EVERYBODY = ["student", "teacher", "assistant", "supervisor", "planner"]
OUTSIDERS = ["outsider", "other_teacher"]


@pytest.fixture
def song(teacher: User, lesson: Lesson, storage: Path) -> Courseware:
    """A file on the storage, in the cast's lesson, for its students too."""
    made = CoursewareFactory.create(
        owner=CoursewareFactory.create().owner,
        name="歌.mp3",
        suffix="mp3",
        state=CoursewareState.QUEUED,
        content=CONTENT,
    )
    BindingFactory.create(courseware=made, lesson=lesson, release=Release.BEFORE)
    return made


def preview_of(client: Client, courseware: Courseware) -> Element:
    return read(client.get(f"/courseware/{courseware.code}/preview/").content).one("main")


def content_of(answer: Any) -> bytes:
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


class TestFile:
    @pytest.mark.parametrize("what", ["file", "media"])
    def test_is_an_attachment_of_its_type(self, office: Client, song: Courseware, what: str):
        answer = office.get(f"/courseware/{song.code}/{what}/")

        assert content_of(answer) == CONTENT
        assert answer.status_code == 200
        assert answer["Content-Type"] == "audio/mpeg"
        assert answer["Content-Length"] == str(len(CONTENT))
        assert answer["Content-Disposition"] == ("attachment; filename*=utf-8''%E6%AD%8C.mp3")
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Accept-Ranges"] == "bytes"
        assert answer["Cache-Control"] == "private, no-cache"

    def test_head_has_no_body(self, office: Client, song: Courseware):
        answer = office.head(f"/courseware/{song.code}/file/")

        assert answer.content == b""
        assert answer["Content-Length"] == str(len(CONTENT))

    @pytest.mark.parametrize(
        ("asked", "status", "start", "end"),
        [
            ("bytes=0-0", 206, 0, 1),
            ("bytes=5-9", 206, 5, 10),
            ("bytes=70000-", 206, 70_000, 204_800),
            ("bytes=-10", 206, 204_790, 204_800),
            ("bytes=-999999", 206, 0, 204_800),
            ("bytes=0-999999", 206, 0, 204_800),
            ("bytes=5-4", 200, 0, 204_800),
            ("bytes=0-1,4-5", 200, 0, 204_800),
            ("bytes=-", 200, 0, 204_800),
            ("bytes=x", 200, 0, 204_800),
            ("lines=0-1", 200, 0, 204_800),
            ("bytes=" + "9" * 300 + "-", 200, 0, 204_800),
        ],
    )
    def test_part_of_it(
        self, office: Client, song: Courseware, asked: str, status: int, start: int, end: int
    ):
        answer = office.get(f"/courseware/{song.code}/file/", headers={"range": asked})

        expected = f"bytes {start}-{end - 1}/{len(CONTENT)}" if status == 206 else ""
        assert answer.status_code == status
        assert content_of(answer) == CONTENT[start:end]
        assert answer["Content-Length"] == str(end - start)
        assert answer.get("Content-Range", "") == expected

    @pytest.mark.parametrize("asked", ["bytes=204800-", "bytes=999999-", "bytes=-0"])
    def test_part_beyond_the_end(self, office: Client, song: Courseware, asked: str):
        answer = office.get(f"/courseware/{song.code}/file/", headers={"range": asked})

        assert answer.status_code == 416
        assert answer["Content-Range"] == f"bytes */{len(CONTENT)}"

    @pytest.mark.parametrize(("of_this_file", "status"), [(True, 206), (False, 200)])
    def test_part_of_what_it_was_before(
        self, office: Client, song: Courseware, of_this_file: bool, status: int
    ):
        etag = f'"{song.sha256}"' if of_this_file else '"another"'

        answer = office.get(
            f"/courseware/{song.code}/file/", headers={"range": "bytes=0-9", "if-range": etag}
        )
        answer.close()

        assert answer.status_code == status

    def test_whoever_breaks_off_leaves_no_file_open(self, song: Courseware):
        file = song.file.storage.open(str(song.file.name))
        pieces = Pieces(file, 2 * PIECE_BYTES)
        first = next(pieces)

        pieces.close()

        assert first == CONTENT[:PIECE_BYTES]
        assert file.closed
        assert list(pieces) == []

    def test_file_that_the_storage_lost_is_missing(self, office: Client, song: Courseware):
        song.file.storage.delete(str(song.file.name))

        assert office.get(f"/courseware/{song.code}/file/").status_code == 404

    @pytest.mark.parametrize("what", ["file", "media"])
    def test_storage_that_is_away_is_told(
        self, office: Client, song: Courseware, monkeypatch: pytest.MonkeyPatch, what: str
    ):
        def fail(*_args: object) -> None:
            raise OSError("the storage is away")

        monkeypatch.setattr(FileSystemStorage, "_open", fail)

        answer = office.get(f"/courseware/{song.code}/{what}/", headers={"Accept-Language": "en"})

        main = read(answer.content).one("main")
        assert answer.status_code == 503
        assert answer["Retry-After"] == "30"
        assert main.one("h1").text == "The file cannot be had right now"

    def test_file_that_became_shorter_breaks_the_connection(
        self, office: Client, song: Courseware, storage: Path
    ):
        (storage / str(song.file.name)).write_bytes(CONTENT[:1000])

        answer: Any = office.get(f"/courseware/{song.code}/file/")

        with pytest.raises(OSError, match="is shorter than it was"):
            answer.getvalue()
        answer.close()

    def test_documents_are_no_media(self, office: Client, courseware: Courseware):
        assert office.get(f"/courseware/{courseware.code}/media/").status_code == 404


class TestWho:
    @pytest.mark.parametrize("who", EVERYBODY)
    def test_those_it_concerns_look_at_it(
        self, request: pytest.FixtureRequest, signed_in: SignedIn, song: Courseware, who: str
    ):
        client = signed_in(request.getfixturevalue(who))

        page = preview_of(client, song)

        assert content_of(client.get(page.one("audio").attrs["src"])) == CONTENT

    @pytest.mark.parametrize(
        ("who", "status"), [(who, 404 if who == "supervisor" else 200) for who in EVERYBODY]
    )
    def test_supervisors_look_and_do_not_take(
        self,
        request: pytest.FixtureRequest,
        signed_in: SignedIn,
        song: Courseware,
        who: str,
        status: int,
    ):
        client = signed_in(request.getfixturevalue(who))

        path = f"/courseware/{song.code}/file/"
        offered = preview_of(client, song).all("a", href=path)
        answer = client.get(path)
        answer.close()
        assert answer.status_code == status
        assert len(offered) == (status == 200)

    @pytest.mark.parametrize("who", OUTSIDERS)
    @pytest.mark.parametrize("what", ["preview", "media", "file"])
    def test_others_find_nothing(
        self,
        request: pytest.FixtureRequest,
        signed_in: SignedIn,
        song: Courseware,
        who: str,
        what: str,
    ):
        client = signed_in(request.getfixturevalue(who))

        assert client.get(f"/courseware/{song.code}/{what}/").status_code == 404

    @pytest.mark.parametrize("what", ["preview", "media", "file"])
    def test_visitors_sign_in_first(self, client: Client, song: Courseware, what: str):
        path = f"/courseware/{song.code}/{what}/"

        assert client.get(path)["Location"] == f"/accounts/login/?next={path}"

    @pytest.mark.parametrize("what", ["preview", "media", "file"])
    def test_nothing_else_than_looking(self, office: Client, song: Courseware, what: str):
        assert office.post(f"/courseware/{song.code}/{what}/").status_code == 405
