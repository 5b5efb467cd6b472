"""The addresses that the cloud is given open one file, for as long as it needs that, and nothing else."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

import pytest
import time_machine
from django.core import signing
from django.core.files.storage import FileSystemStorage
from django.test import Client
from django.utils import timezone

from courseware.enums import CoursewareState, Failure
from courseware.models import Courseware
from courseware.services.fetch_urls import SALT, fetch_address
from tests.factories.courseware import CoursewareFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("storage")]

CONTENT = bytes(range(256)) * 40
SIZE = len(CONTENT)


@pytest.fixture
def document() -> Courseware:
    """A PDF that the cloud is transcoding, handed in by its third try."""
    return CoursewareFactory.create(
        content=CONTENT, state=CoursewareState.TRANSCODING, call_number=3
    )


@pytest.fixture
def image() -> Courseware:
    return CoursewareFactory.create(content=CONTENT, suffix="png")


def path_of(courseware: Courseware, number: int = 3) -> str:
    return fetch_address(courseware, number=number).removeprefix("http://127.0.0.1:8000")


def get(path: str, **headers: str) -> Any:
    """The answer, read to its end: until then its file is open."""
    response: Any = Client(enforce_csrf_checks=True).get(path, headers=headers)
    response.body = response.getvalue()
    return response


def body(response: Any) -> bytes:
    content: bytes = response.body
    return content


def statuses(
    path: str, standings: Iterable[tuple[CoursewareState, str]]
) -> dict[tuple[CoursewareState, str], int]:
    """Return what the address answers while the file stands so."""
    found = {}
    for state, failure in standings:
        Courseware.objects.update(state=state, failure=failure)
        found[state, failure] = get(path).status_code
    return found


class TestWhole:
    def test_file_is_sent_to_whoever_has_the_address(self, document: Courseware):
        response = get(path_of(document))

        assert (response.status_code, body(response)) == (200, CONTENT)
        assert response["Content-Type"] == "application/pdf"
        assert response["Content-Length"] == str(SIZE)
        assert response["Content-Disposition"].startswith("attachment")
        assert response["X-Content-Type-Options"] == "nosniff"
        assert response["Accept-Ranges"] == "bytes"
        assert response["Cache-Control"] == "no-store"
        assert response.cookies == {}

    def test_head_tells_the_size(self, document: Courseware):
        response = Client().head(path_of(document))

        assert (response.status_code, response["Content-Length"]) == (200, str(SIZE))
        assert response.content == b""

    def test_nothing_else_is_answered(self, document: Courseware):
        path, methods = path_of(document), ["post", "put", "delete", "options"]

        codes = {method: getattr(Client(), method)(path).status_code for method in methods}

        assert codes == dict.fromkeys(methods, 405)

    def test_image_may_be_drawn_by_the_class(self, image: Courseware, document: Courseware):
        assert get(path_of(image))["Access-Control-Allow-Origin"] == "*"
        assert get(path_of(image))["Content-Type"] == "image/png"
        assert "Access-Control-Allow-Origin" not in get(path_of(document))


def test_part_is_sent(document: Courseware):
    for asked, status, first, last in (
        ("bytes=0-0", 206, 0, 0),
        ("bytes=0-", 206, 0, SIZE - 1),
        ("bytes=5-9", 206, 5, 9),
        ("bytes=100-999999", 206, 100, SIZE - 1),
        ("bytes=-10", 206, SIZE - 10, SIZE - 1),
        ("bytes=-999999", 206, 0, SIZE - 1),
        ("bytes=9-5", 200, 0, SIZE - 1),
        ("bytes=0-1,4-5", 200, 0, SIZE - 1),
        ("bytes=-", 200, 0, SIZE - 1),
        ("lines=0-1", 200, 0, SIZE - 1),
        ("bytes=a-b", 200, 0, SIZE - 1),
    ):
        response = get(path_of(document), Range=asked)

        assert response.status_code == status, asked
        assert body(response) == CONTENT[first : last + 1], asked
        assert response["Content-Length"] == str(last - first + 1), asked
        wanted = f"bytes {first}-{last}/{SIZE}" if status == 206 else None
        assert response.get("Content-Range") == wanted, asked


def test_part_beyond_the_end_is_refused(document: Courseware):
    for asked in (f"bytes={SIZE}-", "bytes=999999-9999999", "bytes=-0"):
        response = get(path_of(document), Range=asked)

        refused = (response.status_code, response["Content-Range"])
        assert refused == (416, f"bytes */{SIZE}"), asked


def test_part_of_another_version_is_the_whole(document: Courseware):
    path = path_of(document)
    mark = Client().head(path)["ETag"]

    same = get(path, Range="bytes=0-0", **{"If-Range": mark})
    other = get(path, Range="bytes=0-0", **{"If-Range": '"other"'})

    assert (same.status_code, other.status_code) == (206, 200)
    assert (body(same), body(other)) == (CONTENT[:1], CONTENT)


class TestSigned:
    def test_addresses_of_two_tries_differ_and_only_the_last_one_opens(self, document: Courseware):
        statuses = {number: get(path_of(document, number)).status_code for number in (2, 3, 4)}

        assert statuses == {2: 404, 3: 200, 4: 404}

    def test_it_opens_for_a_day(self, document: Courseware):
        path, now = path_of(document), timezone.now()

        with time_machine.travel(now + dt.timedelta(hours=23, minutes=59)):
            assert get(path).status_code == 200
        with time_machine.travel(now + dt.timedelta(hours=24, minutes=1)):
            assert get(path).status_code == 404

    def test_it_opens_until_the_cloud_is_done(self, document: Courseware):
        expected = {
            (CoursewareState.QUEUED, ""): 200,
            (CoursewareState.TRANSCODING, ""): 200,
            (CoursewareState.FAILED, Failure.STUCK): 200,
            (CoursewareState.READY, ""): 404,
            (CoursewareState.FAILED, Failure.CLOUD): 404,
            (CoursewareState.FAILED, Failure.REFUSED): 404,
            (CoursewareState.FAILED, Failure.GONE): 404,
        }

        assert statuses(path_of(document), expected) == expected

    def test_deleted_file_is_not_there(self, document: Courseware):
        Courseware.objects.update(deleted_at=timezone.now())

        assert get(path_of(document)).status_code == 404

    def test_altered_or_foreign_signature_opens_nothing(self, document: Courseware):
        token = path_of(document).split("/")[3]
        other = CoursewareFactory.create(content=b"other", state=CoursewareState.TRANSCODING)
        tokens = [
            token[:-1] + ("A" if token[-1] != "A" else "B"),
            signing.dumps([document.code, 3], salt="another purpose"),
            signing.dumps([other.code, 3], salt=SALT),
            signing.dumps("text", salt=SALT),
            signing.dumps([document.code], salt=SALT),
            "a:b:c",
            document.fetch_token,
            document.code,
        ]

        assert [get(f"/courseware/fetch/{each}/a.pdf").status_code for each in tokens] == [404] * 8


class TestDurable:
    def test_image_opens_as_long_as_it_is_kept(self, image: Courseware):
        path = path_of(image)

        with time_machine.travel(timezone.now() + dt.timedelta(days=3650)):
            assert body(get(path)) == CONTENT
            Courseware.objects.update(deleted_at=timezone.now())
            assert get(path).status_code == 404

    def test_it_opens_while_the_cloud_has_it_or_may_take_it(self, image: Courseware):
        expected = {
            (CoursewareState.UPLOADING, ""): 404,
            (CoursewareState.QUEUED, ""): 200,
            (CoursewareState.TRANSCODING, ""): 200,
            (CoursewareState.READY, ""): 200,
            (CoursewareState.FAILED, Failure.STUCK): 200,
            (CoursewareState.FAILED, Failure.CLOUD): 404,
            (CoursewareState.FAILED, Failure.REFUSED): 404,
            (CoursewareState.FAILED, Failure.GONE): 404,
        }

        assert statuses(path_of(image), expected) == expected

    def test_what_cannot_be_a_token_opens_nothing(self, image: Courseware):
        tokens = ["%00", "a%00" * 8, "A" * 32 + "%00", "x" * 5000, "课" * 22, "%FF" * 22, "-", " "]
        tokens += [f"{token}:{token}" for token in tokens]

        codes = {each: get(f"/courseware/fetch/{each}/a.png").status_code for each in tokens}

        assert codes == dict.fromkeys(tokens, 404)

    def test_storage_that_is_away_is_told(self, image: Courseware, monkeypatch):
        def fail(*_args: object) -> None:
            raise OSError("the storage is away")

        monkeypatch.setattr(FileSystemStorage, "_open", fail)

        answer = Client().get(path_of(image))

        sentence = "暂时无法读取文件，请稍后再取。".encode()
        assert (answer.status_code, answer.content) == (503, sentence)
        assert (answer["Retry-After"], answer["Content-Type"]) == (
            "30",
            "text/plain; charset=utf-8",
        )

    def test_token_cannot_be_guessed(self):
        tokens = {
            CoursewareFactory.build(owner=None, suffix="png").fetch_token for _number in range(20)
        }

        assert len(tokens) == 20
        assert min(len(token) for token in tokens) * 6 >= 128  # bits

    def test_code_of_the_image_is_no_token(self, image: Courseware):
        assert get(f"/courseware/fetch/{image.code}/a.png").status_code == 404

    def test_two_tries_have_two_addresses(self, image: Courseware):
        assert path_of(image, 1) != path_of(image, 2)
        assert get(path_of(image, 1)).status_code == get(path_of(image, 2)).status_code == 200


def test_code_has_no_letters_that_a_database_refuses():
    paths = ["a%00b/", "a%00b/preview/", "uploads/a%00b/", "lessons/a%00b/"]

    codes = {path: get(f"/courseware/{path}").status_code for path in paths}

    assert codes == dict.fromkeys(paths, 404)


def test_address_has_nothing_that_a_program_could_trip_over():
    courseware = CoursewareFactory.create(name="第一课 (终稿)%.pdf")

    address = fetch_address(courseware, number=1)

    assert address.isascii()
    assert address.endswith(f"/{courseware.code}-1.pdf")
    assert "%" not in address
