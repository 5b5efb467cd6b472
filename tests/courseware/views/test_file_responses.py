"""The file itself: whole and in parts, and for whom."""

from __future__ import annotations

import gc
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core.files.storage import FileSystemStorage
from django.test import Client

from accounts.models import User
from courseware.enums import CoursewareState, Release
from courseware.models import Courseware
from courseware.services.fetch_urls import fetch_address
from courseware.views import file_responses
from courseware.views.file_responses import PIECE_BYTES, Pieces
from edu_platform.lib.slots import Slots
from schedule.models import Lesson
from tests.cast import SignedIn
from tests.factories.courseware import BindingFactory, CoursewareFactory
from tests.support.pages import Element, read

pytestmark = pytest.mark.django_db

CONTENT = bytes(range(256)) * 800
EVERYBODY = ["student", "teacher", "assistant", "supervisor", "planner"]
OUTSIDERS = ["outsider", "other_teacher"]
PAGES = ["preview", "media", "file"]


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
    def test_is_an_attachment_of_its_type(self, office: Client, song: Courseware):
        for what in ("file", "media"):
            answer = office.get(f"/courseware/{song.code}/{what}/")

            assert content_of(answer) == CONTENT, what
            assert answer.status_code == 200, what
            expected = {
                "Content-Type": "audio/mpeg",
                "Content-Length": str(len(CONTENT)),
                "Content-Disposition": "attachment; filename*=utf-8''%E6%AD%8C.mp3",
                "X-Content-Type-Options": "nosniff",
                "Accept-Ranges": "bytes",
                "Cache-Control": "private, no-cache",
            }
            assert {name: answer[name] for name in expected} == expected, what

    @pytest.mark.parametrize("more", [{}, {"range": "bytes=0-9"}])
    def test_who_has_it_already_is_not_sent_it_again(
        self, office: Client, song: Courseware, more: dict[str, str]
    ):
        for known, status in {
            '"{}"': 304,
            'W/"{}"': 304,
            '"other", "{}"': 304,
            "*": 304,
            '"other"': 200,
            "{}": 200,
            "": 200,
        }.items():
            headers = more | {"if-none-match": known.format(song.sha256)}

            answer = office.get(f"/courseware/{song.code}/file/", headers=headers)

            size = 0 if status == 304 else 10 if more else len(CONTENT)
            assert answer.status_code == (206 if more and status == 200 else status), known
            assert len(content_of(answer)) == size, known
            assert answer["ETag"] == f'"{song.sha256}"', known
            assert answer["Cache-Control"] == "private, no-cache", known

    def test_head_has_no_body(self, office: Client, song: Courseware):
        answer = office.head(f"/courseware/{song.code}/file/")

        assert answer.content == b""
        assert answer["Content-Length"] == str(len(CONTENT))

    def test_part_of_it(self, office: Client, song: Courseware):
        for asked, status, start, end in (
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
        ):
            answer = office.get(f"/courseware/{song.code}/file/", headers={"range": asked})

            expected = f"bytes {start}-{end - 1}/{len(CONTENT)}" if status == 206 else ""
            assert answer.status_code == status, asked
            assert content_of(answer) == CONTENT[start:end], asked
            assert answer["Content-Length"] == str(end - start), asked
            assert answer.get("Content-Range", "") == expected, asked

    def test_part_beyond_the_end(self, office: Client, song: Courseware):
        for asked in ("bytes=204800-", "bytes=999999-", "bytes=-0"):
            answer = office.get(f"/courseware/{song.code}/file/", headers={"range": asked})

            assert answer.status_code == 416, asked
            assert answer["Content-Range"] == f"bytes */{len(CONTENT)}", asked

    def test_part_of_what_it_was_before(self, office: Client, song: Courseware):
        for etag, status in ((f'"{song.sha256}"', 206), ('"another"', 200)):
            answer = office.get(
                f"/courseware/{song.code}/file/", headers={"range": "bytes=0-9", "if-range": etag}
            )

            assert answer.status_code == status, etag
            assert len(content_of(answer)) == (10 if status == 206 else len(CONTENT)), etag

    def test_who_breaks_off_leaves_no_file_open(self, song: Courseware):
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
        assert main.one("h1").text == "现在无法取得文件"

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
    def test_those_it_concerns_look_at_it_and_take_it_but_supervisors(
        self, request: pytest.FixtureRequest, signed_in: SignedIn, song: Courseware
    ):
        path = f"/courseware/{song.code}/file/"
        for who in EVERYBODY:
            client = signed_in(request.getfixturevalue(who))

            page = preview_of(client, song)
            answer = client.get(path)

            takes_it = who != "supervisor"
            assert content_of(client.get(page.one("audio").attrs["src"])) == CONTENT, who
            assert answer.status_code == (200 if takes_it else 404), who
            assert (content_of(answer) == CONTENT) is takes_it, who
            assert len(page.all("a", href=path)) == takes_it, who

    def test_others_find_nothing(
        self, request: pytest.FixtureRequest, signed_in: SignedIn, song: Courseware
    ):
        for who in OUTSIDERS:
            client = signed_in(request.getfixturevalue(who))

            codes = [client.get(f"/courseware/{song.code}/{what}/").status_code for what in PAGES]

            assert codes == [404] * len(PAGES), who

    def test_visitors_sign_in_first(self, client: Client, song: Courseware):
        paths = [f"/courseware/{song.code}/{what}/" for what in PAGES]

        led_to = [client.get(path)["Location"] for path in paths]

        assert led_to == [f"/accounts/login/?next={path}" for path in paths]

    def test_nothing_else_than_looking(self, office: Client, song: Courseware):
        codes = [office.post(f"/courseware/{song.code}/{what}/").status_code for what in PAGES]

        assert codes == [405] * len(PAGES)


class TestPlaces:
    @pytest.fixture(autouse=True)
    def _own_places(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(file_responses, "_people", Slots())
        monkeypatch.setattr(file_responses, "_cloud", Slots())

    def test_one_person_takes_only_so_many_files_at_once(
        self, office: Client, signed_in: SignedIn, teacher: User, song: Courseware
    ):
        office.cookies["django_language"] = "en"
        path = f"/courseware/{song.code}/file/"
        held: list[Any] = [office.get(path) for _ in range(file_responses.CLIENTS_A_PERSON)]

        refused = office.get(path)
        head = office.head(path)
        others = signed_in(teacher).get(path)
        for answer in held:
            content_of(answer)
        again = office.get(path)

        assert (refused.status_code, refused["Retry-After"]) == (503, "30")
        assert read(refused.content).one("h1").text == "Too many files at once"
        assert [each.status_code for each in (head, others, again)] == [200, 200, 200]
        assert [content_of(each) for each in (others, again)] == [CONTENT, CONTENT]

    def test_all_together_take_only_so_many(
        self,
        office: Client,
        signed_in: SignedIn,
        teacher: User,
        song: Courseware,
        monkeypatch: pytest.MonkeyPatch,
    ):
        monkeypatch.setattr(file_responses, "CLIENTS_AT_MOST", 2)
        path = f"/courseware/{song.code}/file/"
        held = [office.get(path), office.get(path)]

        refused = signed_in(teacher).get(path)

        assert [each.status_code for each in (*held, refused)] == [200, 200, 503]
        assert [content_of(each) for each in held] == [CONTENT, CONTENT]

    def test_cloud_has_a_share_of_its_own(
        self, office: Client, song: Courseware, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setattr(file_responses, "CLIENTS_AT_MOST", 1)
        monkeypatch.setattr(file_responses, "CLOUD_CLIENTS_AT_MOST", 1)
        Courseware.objects.update(state=CoursewareState.TRANSCODING, call_number=1)
        song.refresh_from_db()
        path = urlsplit(fetch_address(song, number=1)).path
        held = office.get(f"/courseware/{song.code}/file/")

        fetched = Client().get(path)
        refused = Client().get(path)

        assert [each.status_code for each in (held, fetched, refused)] == [200, 200, 503]
        assert refused["Retry-After"] == "30"
        assert [content_of(each) for each in (held, fetched)] == [CONTENT, CONTENT]

    def test_answer_that_nobody_closes_gives_its_place_back(self, song: Courseware):
        places, held = Slots(), ExitStack()
        places.take(1, at_most=1, each_at_most=1)
        held.callback(places.free, 1)
        pieces = Pieces(song.file.storage.open(str(song.file.name)), 10, held)

        del pieces
        gc.collect()

        assert places.take(1, at_most=1, each_at_most=1)

    def test_file_that_is_lost_keeps_no_place(
        self, office: Client, song: Courseware, storage: Path
    ):
        (storage / str(song.file.name)).unlink()
        path = f"/courseware/{song.code}/file/"

        codes = {office.get(path).status_code for _ in range(file_responses.CLIENTS_A_PERSON + 1)}

        assert codes == {404}
