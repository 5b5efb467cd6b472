"""Resumable uploads as a client of tus 1.0.0 sees them."""

from __future__ import annotations

import base64
import datetime as dt
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core.files.storage import default_storage
from django.test.client import FakePayload
from django.utils import timezone
from django.utils.http import parse_http_date

from accounts.models import SchoolSettings, User
from courseware.models import Courseware, Upload
from courseware.services.deletion import delete
from courseware.services.uploads import LIFETIME
from courseware.uploads import bounded_body, parts
from tests.factories.courseware import CoursewareFactory
from tests.support.courseware import content_of
from tests.support.tus import UPLOADS, Tus, metadata
from tests.support.versions import newer_version

pytestmark = pytest.mark.django_db

MIB = 1024 * 1024
FILM = b"\x00\x00\x00\x01" + bytes(range(6))


@pytest.fixture
def tus(teacher: User) -> Tus:
    return Tus(teacher)


def sentence_of(response: Any) -> str:
    """The one sentence of a refusal."""
    assert response["Content-Type"] == "text/plain; charset=utf-8"
    assert response["Tus-Resumable"] == "1.0.0"
    text: str = response.content.decode()
    assert text
    assert "\n" not in text
    return text


def files_of(path: str) -> list[str]:
    folder = f"uploads/{path.split('/')[-2]}"
    return default_storage.listdir(folder)[1] if default_storage.exists(folder) else []


class TestOptions:
    @pytest.mark.parametrize("version", ["1.0.0", None])
    def test_server_says_what_it_can(self, tus: Tus, version: str | None):
        answer = tus.ask("OPTIONS", UPLOADS, Tus_Resumable=version)

        assert answer.status_code == 204
        assert answer["Tus-Resumable"] == answer["Tus-Version"] == "1.0.0"
        assert answer["Tus-Extension"] == "creation,expiration,termination"
        assert answer["Tus-Max-Size"] == str(500 * MIB)


class TestBeginning:
    def test_upload_begins_empty(self, tus: Tus, teacher: User):
        answer = tus.begin("第一课.PPTX", 12)

        upload = Upload.objects.get()
        assert answer.status_code == 201
        assert answer["Location"] == f"http://testserver{UPLOADS}{upload.code}/"
        assert (upload.owner, upload.filename) == (teacher, "第一课.pptx")
        assert (upload.suffix, upload.length_bytes, upload.offset_bytes) == ("pptx", 12, 0)

    def test_answer_says_until_when_it_can_go_on(self, tus: Tus):
        answer = tus.begin()

        until = dt.datetime.fromtimestamp(parse_http_date(answer["Upload-Expires"]), dt.UTC)
        assert abs(until - timezone.now() - LIFETIME) < dt.timedelta(minutes=1)

    def test_name_and_length_are_needed(self, tus: Tus):
        incomplete: list[dict[str, Any]] = [
            {"Upload_Length": None},
            {"Upload_Length": "ten"},
            {"Upload_Length": "-1"},
            {"Upload_Length": "9" * 40},
            {"Upload_Length": None, "Upload_Defer_Length": "1"},
            {"Upload_Length": "0"},
            {"Upload_Metadata": None},
            {"Upload_Metadata": "filetype YQ=="},
            {"Upload_Metadata": "filename"},
            {"Upload_Metadata": "filename ICA="},
            {"Upload_Metadata": "filename not*base64"},
            {"Upload_Metadata": f"filename {base64.b64encode(bytes([255, 254])).decode()}"},
        ]
        for said in incomplete:
            answer = tus.begin(**said)

            assert (answer.status_code, Upload.objects.count()) == (400, 0), said
            sentence_of(answer)

    @pytest.mark.parametrize(
        ("filename", "kept"),
        [
            ("../../etc/课件.pdf", "课件.pdf"),
            ("C:\\课件\\a.pdf", "a.pdf"),
            ("a\x00b\u202efdp.pdf", "abfdp.pdf"),
            ("长" * 300 + ".pdf", "长" * 196 + ".pdf"),
        ],
    )
    def test_hostile_name_becomes_a_plain_one(self, tus: Tus, filename: str, kept: str):
        answer = tus.begin(filename)

        assert answer.status_code == 201
        assert Upload.objects.get().filename == kept

    def test_other_endings_are_not_taken(self, tus: Tus):
        for filename in ("a.exe", "a.html", "a.svg", "a.zip", "a", "pdf", ".pdf"):
            answer = tus.begin(filename)

            assert (answer.status_code, Upload.objects.count()) == (415, 0), filename
            sentence_of(answer)

    @pytest.mark.parametrize(
        ("filename", "limit_mib"), [("a.png", 100), ("a.pdf", 100), ("a.mp4", 500), ("a.mp3", 50)]
    )
    def test_size_is_checked_before_anything_is_sent(self, tus: Tus, filename: str, limit_mib: int):
        largest = tus.begin(filename, limit_mib * MIB)
        larger = tus.begin(filename, limit_mib * MIB + 1)

        assert (largest.status_code, larger.status_code) == (201, 413)
        assert Upload.objects.count() == 1
        sentence_of(larger)

    def test_open_uploads_count_against_the_quota(self, tus: Tus):
        SchoolSettings.objects.create(pk=1, courseware_quota_person_mib=10)

        answers = [tus.begin("a.pdf", 6 * MIB), tus.begin("b.pdf", 5 * MIB)]

        assert [answer.status_code for answer in answers] == [201, 413]
        sentence_of(answers[1])

    def test_three_may_be_open_at_once(self, tus: Tus, other_teacher: User):
        paths = [tus.begun() for _ in range(3)]
        fourth = tus.begin()
        others = Tus(other_teacher).begin()
        tus.ask("DELETE", paths[0])
        after = tus.begin()

        assert (fourth.status_code, others.status_code, after.status_code) == (429, 201, 201)
        sentence_of(fourth)


class TestSending:
    def test_file_comes_in_parts(self, tus: Tus, teacher: User):
        path = tus.begun("语文.h264", 10)

        first = tus.send(path, 0, FILM[:4])
        last = tus.send(path, 4, FILM[4:])

        courseware = Courseware.objects.get()
        assert (first.status_code, first["Upload-Offset"]) == (204, "4")
        assert "Content-Location" not in first
        assert (last.status_code, last["Upload-Offset"]) == (204, "10")
        assert last["Content-Location"] == f"/courseware/{courseware.code}/"
        assert (courseware.owner, courseware.name) == (teacher, "语文.h264")
        assert content_of(courseware) == FILM
        assert files_of(path) == []

    def test_offset_can_be_asked_at_any_time(self, tus: Tus):
        path = tus.begun()
        tus.send(path, 0, FILM[:4])

        answer = tus.ask("HEAD", path)

        assert answer.status_code == 200
        assert (answer["Upload-Offset"], answer["Upload-Length"]) == ("4", "10")
        assert answer["Cache-Control"] == "no-store"
        assert parse_http_date(answer["Upload-Expires"])
        assert answer.content == b""

    def test_each_part_moves_the_expiry(self, tus: Tus):
        path = tus.begun()
        soon = timezone.now() + dt.timedelta(minutes=1)
        Upload.objects.update(expires_at=soon)

        tus.send(path, 0, FILM[:4])

        assert Upload.objects.get().expires_at > soon + dt.timedelta(days=2)

    def test_methods_may_be_said_in_a_header(self, tus: Tus):
        path = tus.begun()

        sent = tus.send(path, 0, FILM[:4])
        overridden = tus.ask(
            "POST",
            path,
            FILM[4:6],
            content_type="application/offset+octet-stream",
            Upload_Offset="4",
            X_HTTP_Method_Override="PATCH",
        )
        looked = tus.ask("POST", path, X_HTTP_Method_Override="HEAD")
        removed = tus.ask("POST", path, X_HTTP_Method_Override="DELETE")

        codes = [each.status_code for each in (sent, overridden, looked, removed)]
        assert codes == [204, 204, 200, 204]
        assert (looked["Upload-Offset"], looked.content) == ("6", b"")
        assert Upload.objects.count() == 0

    def test_last_part_may_be_repeated(self, tus: Tus):
        """Its answer was lost: the client looks again, or sends nothing more at the end."""
        path = tus.begun()
        answers = [tus.send(path, 0, FILM), tus.ask("HEAD", path), tus.send(path, 10, b"")]
        repeated = tus.send(path, 0, FILM)

        courseware = Courseware.objects.get()
        for answer in answers:
            assert answer["Upload-Offset"] == "10"
            assert answer["Content-Location"] == f"/courseware/{courseware.code}/"
        assert repeated.status_code == 409

    def test_same_content_is_pointed_out(self, tus: Tus):
        first = tus.send(tus.begun(), 0, FILM)
        second = tus.send(tus.begun(), 0, FILM)

        assert "Upload-Same-As" not in first
        assert second["Upload-Same-As"] == first["Content-Location"]

    def test_part_must_begin_where_the_last_one_ended(self, tus: Tus):
        path = tus.begun()
        tus.send(path, 0, FILM[:4])

        for offset in (0, 3, 5, 10, 11):
            answer = tus.send(path, offset, b"xx")

            assert (answer.status_code, tus.offset(path)) == (409, 4), offset
            sentence_of(answer)

    def test_malformed_part_is_refused(self, tus: Tus):
        path = tus.begun()
        malformed: list[tuple[dict[str, Any], int]] = [
            ({"Upload_Offset": None}, 400),
            ({"Upload_Offset": "-1"}, 400),
            ({"Upload_Offset": "four"}, 400),
            ({"content_type": "application/octet-stream"}, 415),
            ({"content_type": "multipart/form-data; boundary=x"}, 415),
            ({"Tus_Resumable": None}, 412),
            ({"Tus_Resumable": "0.2.2"}, 412),
        ]
        for said, status in malformed:
            answer = tus.send(path, 0, FILM[:4], **said)

            assert (answer.status_code, tus.offset(path)) == (status, 0), said
            sentence_of(answer)

    def test_more_than_the_file_has_is_refused(self, tus: Tus):
        path = tus.begun(length=10)

        answer = tus.send(path, 0, FILM + b"x")

        assert (answer.status_code, tus.offset(path), files_of(path)) == (413, 0, [])
        sentence_of(answer)

    def test_part_has_at_most_16_mib(self, tus: Tus):
        path = tus.begun(length=17 * MIB)

        too_much = tus.send(path, 0, bytes(16 * MIB + 1))
        just_right = tus.send(path, 0, bytes(16 * MIB))

        assert (too_much.status_code, just_right.status_code) == (413, 204)
        assert just_right["Upload-Offset"] == str(16 * MIB)

    def test_content_is_refused_when_all_has_come(self, tus: Tus):
        path = tus.begun("第一课.pdf", 20)
        tus.send(path, 0, b"<html>")

        answer = tus.send(path, 6, b"<script></script>"[:14])
        after = tus.ask("HEAD", path)

        assert (answer.status_code, after.status_code) == (415, 404)
        assert (Courseware.objects.count(), Upload.objects.count()) == (0, 0)
        assert files_of(path) == []
        assert ".pdf" in sentence_of(answer)


class TestWriters:
    def test_second_writer_waits(self, tus: Tus):
        path = tus.begun()
        Upload.objects.update(
            lease_token="other", leased_until=timezone.now() + dt.timedelta(seconds=20)
        )

        answers = [tus.send(path, 0, FILM), tus.ask("DELETE", path)]

        assert [answer.status_code for answer in answers] == [423, 423]
        assert Upload.objects.get().lease_token == "other"
        sentence_of(answers[0])

    def test_dead_writer_makes_room(self, tus: Tus):
        path = tus.begun()
        Upload.objects.update(lease_token="dead", leased_until=timezone.now())

        answer = tus.send(path, 0, FILM[:4])

        assert (answer.status_code, Upload.objects.get().lease_token) == (204, "")

    def test_sender_too_many_is_asked_to_come_again(self, tus: Tus, monkeypatch: Any):
        path = tus.begun()
        monkeypatch.setattr(bounded_body, "SENDERS_AT_MOST", 0)

        answer = tus.send(path, 0, FILM)

        assert (answer.status_code, answer["Retry-After"], tus.offset(path)) == (503, "10", 0)
        sentence_of(answer)

    @pytest.mark.parametrize("fails", ["add", "__enter__"])
    def test_storage_that_fails_is_told_and_costs_nothing(
        self, tus: Tus, monkeypatch: Any, fails: str
    ):
        path = tus.begun()

        def full(*_args: object) -> None:
            raise OSError("no space left on device")

        with monkeypatch.context() as patch:
            patch.setattr(parts._OnDisk, fails, full)
            answer = tus.send(path, 0, FILM)
        after = tus.send(path, 0, FILM)

        assert (answer.status_code, answer["Retry-After"], after.status_code) == (503, "60", 204)
        sentence_of(answer)


class TestDiscarding:
    def test_upload_and_what_has_come_go(self, tus: Tus):
        path = tus.begun()
        tus.send(path, 0, FILM[:4])
        files = files_of(path)

        answer = tus.ask("DELETE", path)

        assert len(files) == 1
        assert (answer.status_code, Upload.objects.count(), files_of(path)) == (204, 0, [])

    def test_what_is_courseware_already_stays(self, tus: Tus):
        path = tus.begun()
        tus.send(path, 0, FILM)

        answer = tus.ask("DELETE", path)

        assert (answer.status_code, Courseware.objects.count()) == (410, 1)
        sentence_of(answer)


def ask_everything(tus: Tus, path: str, **said: Any) -> list[int]:
    """The answers to every verb of one upload."""
    return [
        tus.ask("HEAD", path, **said).status_code,
        tus.send(path, 0, FILM, **said).status_code,
        tus.ask("DELETE", path, **said).status_code,
    ]


class TestWhoMayUpload:
    def test_upload_is_its_owners_alone(self, tus: Tus, other_teacher: User, planner: User):
        path = tus.begun()

        assert ask_everything(Tus(other_teacher), path) == [404, 404, 404]
        assert ask_everything(Tus(planner), path) == [404, 404, 404]
        assert ask_everything(tus, f"{UPLOADS}nosuchupload/") == [404, 404, 404]
        assert tus.offset(path) == 0

    def test_teachers_and_staff_may_begin(
        self, teacher: User, planner: User, administrator: User, superuser: User
    ):
        everybody = (teacher, planner, administrator, superuser)

        codes = [Tus(person).begin().status_code for person in everybody]

        assert codes == [201, 201, 201, 201]

    def test_others_may_not(self, tus: Tus, student: User, supervisor: User):
        path = tus.begun()

        for person in (student, supervisor, None):
            stranger = Tus(person)
            assert stranger.begin().status_code == 403
            assert stranger.ask("OPTIONS", UPLOADS).status_code == 403
            assert ask_everything(stranger, path) == [403, 403, 403]
            sentence_of(stranger.begin())

    def test_forged_requests_do_nothing(self, tus: Tus):
        path = tus.begun()

        begun = tus.begin(X_CSRFToken=None)
        codes = ask_everything(tus, path, X_CSRFToken=None)
        overridden = tus.ask("GET", path, X_CSRFToken=None, X_HTTP_Method_Override="DELETE")

        assert (begun.status_code, codes) == (403, [200, 403, 403])
        assert overridden.status_code == 403
        assert Upload.objects.count() == 1
        sentence_of(begun)

    @pytest.mark.parametrize("token", [None, "b" * 32])
    def test_nothing_of_a_forged_request_is_read(
        self, tus: Tus, token: str | None, monkeypatch: pytest.MonkeyPatch
    ):
        """Django itself would look for the token in the form, and read all of that."""
        body = (
            b'--b\r\nContent-Disposition: form-data; name="x"; filename="x"\r\n\r\n'
            + b"x" * 100_000
            + b"\r\n--b--\r\n"
        )
        read: list[int] = []

        def note(_body: FakePayload, *_size: int) -> bytes:
            read.append(1)
            return b""

        monkeypatch.setattr(FakePayload, "read", note)

        answers = [
            tus.ask(
                "POST", UPLOADS, body, content_type=kind, X_CSRFToken=token, Upload_Length="5"
            ).status_code
            for kind in ("multipart/form-data; boundary=b", "application/x-www-form-urlencoded")
        ]

        assert (answers, read) == ([403, 403], [])

    def test_unknown_methods_are_refused(self, tus: Tus):
        path = tus.begun()

        answers = [tus.ask("GET", UPLOADS), tus.ask("PUT", path), tus.ask("PATCH", UPLOADS)]

        assert [answer.status_code for answer in answers] == [405, 405, 405]
        assert answers[0]["Allow"] == "OPTIONS, POST"
        assert answers[1]["Allow"] == "DELETE, HEAD, OPTIONS, PATCH"


def test_expired_upload_is_over(tus: Tus):
    path = tus.begun()
    Upload.objects.update(expires_at=timezone.now())

    assert ask_everything(tus, path) == [410, 410, 410]


def test_metadata_may_hold_more(tus: Tus):
    answer = tus.begin(Upload_Metadata=f"is_public,{metadata('课 件.h264')}, filetype dmlkZW8=")

    assert answer.status_code == 201
    assert urlsplit(answer["Location"]).path == f"{UPLOADS}{Upload.objects.get().code}/"
    assert Upload.objects.get().filename == "课 件.h264"


class TestReplacing:
    """An upload that names courseware of which it is to be a newer version."""

    @pytest.fixture
    def film(self, teacher: User) -> Courseware:
        return CoursewareFactory.create(owner=teacher, suffix="mp4", name="语文.mp4")

    def begin(self, tus: Tus, code: str, filename: str = "新.h264") -> Any:
        about = metadata(filename, replaces=code)
        return tus.begin(length=len(FILM), Upload_Metadata=about)

    def test_it_becomes_a_newer_version_and_leads_to_the_page(self, tus: Tus, film: Courseware):
        path = urlsplit(self.begin(tus, film.code)["Location"]).path

        answers = [tus.send(path, 0, FILM), tus.ask("HEAD", path)]

        film.refresh_from_db()
        assert film.coming is not None
        assert content_of(film.coming) == FILM
        for answer in answers:
            assert answer["Content-Location"] == f"/courseware/{film.code}/"
        assert Courseware.objects.kept().count() == 1

    @pytest.mark.parametrize("code", ["", "none", "x" * 40, "\x00", "课件"])
    def test_unknown_courseware_is_not_found(self, tus: Tus, film: Courseware, code: str):
        answer = self.begin(tus, code)

        assert answer.status_code == 404
        assert sentence_of(answer) == "There is no such courseware that you may replace."
        assert Upload.objects.count() == 0

    def test_foreign_courseware_is_not_found(self, other_teacher: User, film: Courseware):
        Courseware.objects.update(is_public=True)

        assert self.begin(Tus(other_teacher), film.code).status_code == 404

    def test_a_version_is_no_courseware_to_replace(self, tus: Tus, film: Courseware):
        assert self.begin(tus, newer_version(film).code).status_code == 404

    def test_a_code_that_cannot_be_read_is_refused(self, tus: Tus, film: Courseware):
        about = f"{metadata('a.h264')},replaces not*base64"

        answer = tus.begin(Upload_Metadata=about)

        assert answer.status_code == 400
        assert sentence_of(answer) == "The code in Upload-Metadata cannot be read."

    def test_another_type_is_refused_before_anything_is_sent(self, tus: Tus, film: Courseware):
        answer = self.begin(tus, film.code, "新.pdf")

        assert answer.status_code == 415
        assert sentence_of(answer).startswith("A video or audio file can be replaced by")

    def test_the_owner_needs_the_place_whoever_uploads(self, planner: User, film: Courseware):
        SchoolSettings.objects.create(pk=1, courseware_quota_person_mib=1)

        answer = self.begin(Tus(planner), film.code)

        assert answer.status_code == 413

    def test_what_was_deleted_meanwhile_takes_no_more(self, tus: Tus, film: Courseware):
        path = urlsplit(self.begin(tus, film.code)["Location"]).path
        delete(film, at=timezone.now())

        answer = tus.send(path, 0, FILM)

        assert answer.status_code == 404
        assert Courseware.objects.count() == 1

    def test_who_may_no_longer_replace_it_sends_no_more(
        self, other_teacher: User, film: Courseware
    ):
        Courseware.objects.update(owner=other_teacher)
        tus = Tus(other_teacher)
        path = urlsplit(self.begin(tus, film.code)["Location"]).path
        Courseware.objects.update(owner=None)

        assert tus.send(path, 0, FILM).status_code == 404
