"""A body is refused unread when it is more than its address takes from who sends it."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from edu_platform.lib.body_limits import FORM_LIMIT_BYTES, VISITOR_LIMIT_BYTES
from tests.cast import SignedIn
from tests.support.pages import read

pytestmark = pytest.mark.django_db

MIB = 1024 * 1024
LOGIN = "/accounts/login/"
PICTURE = "/accounts/profile/picture/"
IMPORT = "/imports/lessons/"


class Counted(io.RawIOBase):
    """A body that goes on for ever, and counts what is read of it."""

    bytes_read = 0

    def read(self, size: int = -1) -> bytes:
        assert size >= 0
        self.bytes_read += size
        return b"x" * size


def post(client: Client, path: str, length: int | None) -> tuple[Any, int]:
    """Post a form that says this length, or none; return the answer, and how much of it was read."""
    body = Counted()
    said = {"wsgi.input_terminated": True} if length is None else {"CONTENT_LENGTH": str(length)}
    environ: dict[str, Any] = {"wsgi.input": body, "REQUEST_METHOD": "POST", "PATH_INFO": path}
    answer = client.request(CONTENT_TYPE="application/x-www-form-urlencoded", **environ | said)
    return answer, body.bytes_read


@pytest.fixture
def visitor() -> Client:
    return Client(enforce_csrf_checks=True)


class TestVisitor:
    @pytest.mark.parametrize(
        ("path", "status"),
        [
            (LOGIN, 413),
            ("/language/", 413),
            ("/accounts/password/reset/", 413),
            (PICTURE, 413),
            (IMPORT, 413),
            ("/replays/shared/token/", 413),
            ("/nowhere/", 404),
            ("/courseware/upload/", 302),
            ("/courseware/uploads/", 403),
            ("/courseware/uploads/code/", 403),
        ],
    )
    @pytest.mark.parametrize("length", [VISITOR_LIMIT_BYTES + 1, 500 * MIB, 10**30])
    def test_is_refused_before_anything_is_read(
        self, visitor: Client, path: str, status: int, length: int
    ):
        answer, bytes_read = post(visitor, path, length)

        assert (answer.status_code, bytes_read) == (status, 0)

    @pytest.mark.parametrize("charset", ["raw_unicode_escape", "unicode_escape"])
    def test_charset_of_halves_of_characters_is_no_charset(self, charset: str):
        field = b'--B\r\nContent-Disposition: form-data; name="login"\r\n\r\n\\ud800\r\n--B--\r\n'
        kind = f"multipart/form-data; boundary=B; charset={charset}"

        answer = Client().generic("POST", LOGIN, field, content_type=kind)

        assert answer.status_code == 200
        assert read(answer.content).one("input", name="login").attrs["value"] == "\\ud800"

    @pytest.mark.parametrize("path", [LOGIN, "/replays/shared/token/", "/courseware/upload/"])
    def test_who_does_not_say_how_much_comes_sends_nothing(self, visitor: Client, path: str):
        answer, bytes_read = post(visitor, path, None)

        assert answer.status_code < 500
        assert bytes_read == 0

    def test_may_send_what_a_visitor_needs(self, visitor: Client):
        answer, _bytes_read = post(visitor, LOGIN, VISITOR_LIMIT_BYTES)

        assert answer.status_code == 403  # for want of a token

    @pytest.mark.parametrize(
        ("language", "path", "title", "hint"),
        [
            ("zh-hans", LOGIN, "内容太大，无法在此发送", "请重新输入"),
            ("en", LOGIN, "This is more than can be sent here", "type them again"),
            ("en", PICTURE, "This is more than can be sent here", "sign in, then send it again"),
        ],
    )
    def test_is_told_what_to_do(
        self, visitor: Client, language: str, path: str, title: str, hint: str
    ):
        visitor.cookies["django_language"] = language

        answer, _bytes_read = post(visitor, path, MIB)

        page = read(answer.content)
        assert page.one("h1").text == title
        assert hint in page.one("main").text
        assert page.one("main").all("a", href=LOGIN)


class TestSignedIn:
    @pytest.mark.parametrize(
        ("path", "limit_bytes", "told"),
        [
            (
                "/accounts/profile/notices-by-mail/",
                FORM_LIMIT_BYTES,
                "At most 2 MB are accepted here",
            ),
            (PICTURE, 6 * MIB, "A file here may have 5 MB at most"),
        ],
    )
    def test_may_send_so_much(
        self, signed_in: SignedIn, teacher: User, path: str, limit_bytes: int, told: str
    ):
        client = signed_in(teacher, "en")

        within, _bytes_read = post(client, path, limit_bytes)
        beyond, _bytes_read = post(client, path, limit_bytes + 1)

        assert within.status_code != 413
        assert beyond.status_code == 413
        assert told in read(beyond.content).one("main").text

    def test_hears_the_answer_after_sending_all(self, signed_in: SignedIn, teacher: User):
        _answer, bytes_read = post(signed_in(teacher), PICTURE, 12 * MIB)

        assert bytes_read == 12 * MIB

    def test_is_not_read_without_end(self, signed_in: SignedIn, teacher: User):
        _answer, bytes_read = post(signed_in(teacher), PICTURE, 500 * MIB)

        assert bytes_read == 64 * MIB

    def test_may_send_lists_to_the_administration(self, signed_in: SignedIn, planner: User):
        client = signed_in(planner)

        assert post(client, IMPORT, 21 * MIB)[0].status_code != 413
        assert post(client, IMPORT, 21 * MIB + 1)[0].status_code == 413

    def test_may_send_pictures_of_others(self, signed_in: SignedIn, planner: User, student: User):
        path = f"/people/{student.code}/picture/"
        client = signed_in(planner)

        assert post(client, path, 6 * MIB)[0].status_code != 413
        assert post(client, path, 6 * MIB + 1)[0].status_code == 413

    def test_without_business_there_may_not(self, signed_in: SignedIn, teacher: User):
        answer, _bytes_read = post(signed_in(teacher, "en"), "/admin/", 3 * MIB)

        assert answer.status_code == 413
        assert "At most 64 KB are accepted here" in read(answer.content).one("main").text
