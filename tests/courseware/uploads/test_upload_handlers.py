"""The page with which people upload, as a browser without scripts uses it."""

from __future__ import annotations

import datetime as dt
import json
import re
from pathlib import Path
from typing import Any, NoReturn

import pytest
from django.contrib.messages import get_messages
from django.core.files.uploadedfile import SimpleUploadedFile, TemporaryUploadedFile
from django.core.files.uploadhandler import SkipFile
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, FakePayload, encode_multipart
from django.utils import timezone

from accounts.models import SchoolSettings, User
from courseware.filetypes.formats import FORMATS
from courseware.models import Courseware, Upload
from courseware.services.uploads import open_upload
from courseware.uploads import bounded_body
from courseware.uploads.upload_handlers import FileReceiver
from edu_platform.lib.formatting import MIB
from tests.factories.courseware import CoursewareFactory
from tests.support.full_disk import full_database, full_disk
from tests.support.pages import read

pytestmark = pytest.mark.django_db

PAGE = "/courseware/upload/"
FILM = b"\x00\x00\x00\x01" + bytes(range(250))


@pytest.fixture
def browser_of_teacher(teacher: User) -> Client:
    client = Client()
    client.force_login(teacher)
    client.cookies["django_language"] = "en"
    return client


def send(client: Client, *files: tuple[str, bytes]) -> Any:
    uploads = [SimpleUploadedFile(name, content) for name, content in files]
    return client.post(PAGE, {"file": uploads})


def told(response: Any) -> list[str]:
    """The messages that the next page shows."""
    return [str(message) for message in get_messages(response.wsgi_request)]


def refusals(response: Any) -> list[str]:
    listed = re.search(r'<ul class="errors">(.*?)</ul>', response.content.decode(), re.DOTALL)
    assert listed is not None
    return re.findall(r"<li>(.*?)</li>", listed[1])


def was_read(response: Any) -> bool:
    """Tell whether anything was read of what the request brought."""
    return bool(response.wsgi_request.META["wsgi.input"].read_started)


def begin(owner: User, name: str = "长片.mp4") -> Upload:
    return open_upload(owner=owner, filename=name, length_bytes=1000, at=timezone.now())


class TestPage:
    def test_limits_are_told_before(self, browser_of_teacher: Client):
        page = browser_of_teacher.get(PAGE).content.decode()

        rows = re.findall(r'<tr>\s*<th scope="row">(.*?)</th>(.*?)</tr>', page, re.DOTALL)
        limits = {kind: re.findall(r"<td.*?>\s*(.*?)\s*</td>", cells) for kind, cells in rows}
        assert limits == {
            "Documents": ["doc docx docs ppt pptx pdf xls xlsx", "100 MB"],
            "Images": ["bmp jpg jpeg png gif", "100 MB"],
            "Videos": [
                "mp4 3gp mpg mpeg 3g2 avi flv wmv h264 m4v mj2 mov ogg ogv rm qt vob webm f4v rmvb",
                "500 MB",
            ],
            "Audio": ["mp3 wav wma aac flac m4a oga opus", "50 MB"],
        }

    def test_field_offers_what_is_taken(self, browser_of_teacher: Client):
        page = browser_of_teacher.get(PAGE).content.decode()

        accept = re.search(r'accept="(.*?)"', page)
        assert accept is not None
        assert set(accept[1].split(",")) == {f".{suffix}" for suffix in FORMATS}

    @pytest.mark.parametrize("language", ["en", "zh-hans"])
    def test_script_gets_its_texts_as_data(self, browser_of_teacher: Client, language: str):
        browser_of_teacher.cookies["django_language"] = language
        page = browser_of_teacher.get(PAGE).content.decode()

        block = re.search(r'<script id="upload-texts" type="application/json">(.*?)</script>', page)
        assert block is not None
        texts = json.loads(block[1])
        assert re.findall(r"\{(\w+)\}", texts["sending"]) == ["sent", "total", "speed", "left"]
        assert all(texts.values())
        assert texts["uploaded"] == {"en": "Uploaded", "zh-hans": "已上传"}[language]

    def test_place_is_told_before(self, browser_of_teacher: Client, teacher: User):
        SchoolSettings.objects.create(
            pk=1, courseware_quota_person_mib=10, courseware_quota_school_gib=1
        )
        CoursewareFactory.create(owner=teacher, size_bytes=1000 * MIB)

        card = read(browser_of_teacher.get(PAGE).content).all("section", "card")[-1]

        assert [each.text for each in card.all("p")[:3]] == [
            "You have used 1000 MB of your 10 MB for courseware, including current uploads.",
            "At most 3 uploads can be open at once; the others wait for their turn.",
            "The school's storage for courseware is 97% full: delete what you no longer need, and tell the platform's administrator.",
        ]

    def test_begun_uploads_are_shown_to_their_owner(
        self, browser_of_teacher: Client, teacher: User, other_teacher: User
    ):
        begin(teacher)
        begin(other_teacher, "别人的.mp4")
        begin(teacher, "过期.mp4")
        Upload.objects.filter(filename="过期.mp4").update(expires_at=timezone.now())

        page = browser_of_teacher.get(PAGE).content.decode()

        names = re.findall(r'<li data-upload="\w+">\s*<span class="upload-name">(.*?)<', page)
        assert names == ["长片.mp4"]

    @pytest.mark.parametrize("method", ["get", "post"])
    def test_only_who_may_upload_gets_it(
        self, student: User, supervisor: User, planner: User, method: str
    ):
        codes = []
        for person in (student, supervisor, planner):
            client = Client()
            client.force_login(person)
            codes.append(getattr(client, method)(PAGE).status_code)

        assert codes == [403, 403, 200 if method == "get" else 422]

    def test_nothing_is_read_of_others(self, student: User):
        stranger, client = Client(), Client()
        client.force_login(student)

        answers = [send(each, ("第一课.h264", FILM)) for each in (stranger, client)]

        assert [answer.status_code for answer in answers] == [302, 403]
        assert [was_read(answer) for answer in answers] == [False, False]


class TestSending:
    def test_several_files_become_courseware(self, browser_of_teacher: Client, teacher: User):
        answer = send(browser_of_teacher, ("第一课.h264", FILM), ("第二课.h264", FILM[:100]))

        kept = {each.name: each for each in Courseware.objects.all()}
        assert (answer.status_code, answer["Location"]) == (303, "/courseware/")
        assert set(kept) == {"第一课.h264", "第二课.h264"}
        assert {each.owner for each in kept.values()} == {teacher}
        assert kept["第一课.h264"].size_bytes == len(FILM)
        assert told(answer) == ["2 files were uploaded."]

    def test_same_content_is_pointed_out(self, browser_of_teacher: Client):
        send(browser_of_teacher, ("第一课.h264", FILM))

        answer = send(browser_of_teacher, ("又一次.h264", FILM))

        assert Courseware.objects.count() == 2
        assert told(answer)[-2:] == [
            "又一次.h264 has the same content as 第一课.h264, which was there before.",
            "1 file was uploaded.",
        ]

    def test_bad_file_does_not_keep_the_others_away(self, browser_of_teacher: Client):
        answer = send(
            browser_of_teacher,
            ("setup.exe", b"MZ"),
            ("第一课.h264", FILM),
            ("课件.pdf", b"<html></html>"),
            ("空.mp4", b""),
            ("last.exe", b"MZ"),
        )

        assert list(Courseware.objects.values_list("name", flat=True)) == ["第一课.h264"]
        assert [each.partition(":")[0] for each in refusals(answer)] == [
            "setup.exe",
            "last.exe",
            "课件.pdf",
            "空.mp4",
        ]
        assert "are not accepted" in refusals(answer)[0]

    @pytest.mark.parametrize(("field", "name"), [("file", "last.exe"), ("other", "b.h264")])
    def test_file_that_is_skipped_leaves_the_one_before_it_whole(
        self, browser_of_teacher: Client, field: str, name: str
    ):
        whole, skipped = SimpleUploadedFile("第一课.h264", FILM), SimpleUploadedFile(name, b"MZ")
        body = encode_multipart(BOUNDARY, {"file": whole})
        body = body.removesuffix(f"--{BOUNDARY}--\r\n".encode())
        body += encode_multipart(BOUNDARY, {field: skipped})

        browser_of_teacher.generic("POST", PAGE, body, content_type=MULTIPART_CONTENT)

        (kept,) = Courseware.objects.all()
        with kept.file.open() as file:
            assert (kept.name, file.read()) == ("第一课.h264", FILM)

    def test_files_that_were_taken_are_named_beside_those_that_were_not(
        self, browser_of_teacher: Client
    ):
        answer = send(
            browser_of_teacher, ("一.h264", FILM), ("setup.exe", b"MZ"), ("二.h264", FILM[:99])
        )

        alert = read(answer.content).one("div", role="alert")
        assert [each.text for each in alert.one("ul", "taken").all("li")] == ["一.h264", "二.h264"]

    def test_refusal_says_why(self, browser_of_teacher: Client):
        refused: list[tuple[list[tuple[str, bytes]], int]] = [
            ([("setup.exe", b"MZ")], 415),
            ([("课件.pdf", b"<html></html>")], 415),
            ([("大.png", bytes(100 * 1024 * 1024 + 1))], 413),
            ([("空.mp4", b"")], 400),
            ([], 422),
        ]
        for files, status in refused:
            answer = send(browser_of_teacher, *files)

            assert (answer.status_code, Courseware.objects.count()) == (status, 0), status
            assert len(refusals(answer)) == 1, status

    @pytest.mark.parametrize("header", [True, False])
    def test_own_form_is_taken(self, teacher: User, header: bool):
        client = Client(enforce_csrf_checks=True)
        client.force_login(teacher)
        client.get(PAGE)
        token = client.cookies["csrftoken"].value
        said = {"X-CSRFToken": token} if header else {}
        fields = {} if header else {"csrfmiddlewaretoken": token}
        film = SimpleUploadedFile("第一课.h264", FILM)

        answer = client.post(PAGE, fields | {"file": [film]}, headers=said)

        assert (answer.status_code, Courseware.objects.count()) == (303, 1)

    def test_more_than_fits_is_refused_before_it_is_read(self, browser_of_teacher: Client):
        film = SimpleUploadedFile("第一课.h264", FILM)

        answer = browser_of_teacher.post(
            PAGE, {"file": [film]}, headers={"Content-Length": str(501 * MIB + 1)}
        )

        assert (answer.status_code, Courseware.objects.count()) == (413, 0)
        assert refusals(answer) == [
            "Together these files are larger than the 500 MB that fit in one go:"
            " upload them one after the other."
        ]
        assert not was_read(answer)

    def test_file_whose_end_is_missing_is_not_taken(self, browser_of_teacher: Client):
        files = [SimpleUploadedFile(name, FILM) for name in ("第一课.h264", "第二课.h264")]
        body = encode_multipart(BOUNDARY, {"file": files})

        answer = browser_of_teacher.generic(
            "POST", PAGE, body[:-100], content_type=MULTIPART_CONTENT
        )

        assert list(Courseware.objects.values_list("name", flat=True)) == ["第一课.h264"]
        assert answer.status_code == 408
        assert [each.partition(":")[0] for each in refusals(answer)] == ["第二课.h264"]

    def test_connection_that_breaks_is_told(self, browser_of_teacher: Client, monkeypatch: Any):
        def fail(_self: object, _size: int = -1) -> bytes:
            raise TimeoutError

        monkeypatch.setattr(FakePayload, "read", fail)

        answer = send(browser_of_teacher, ("第一课.h264", FILM))

        assert (answer.status_code, len(refusals(answer))) == (408, 1)

    def test_sender_too_many_is_asked_to_come_again(
        self, browser_of_teacher: Client, monkeypatch: Any
    ):
        monkeypatch.setattr(bounded_body, "SENDERS_AT_MOST", 0)

        answer = send(browser_of_teacher, ("第一课.h264", FILM))

        assert (answer.status_code, answer["Retry-After"], was_read(answer)) == (503, "10", False)
        assert len(refusals(answer)) == 1

    def test_storage_that_fails_is_told(self, browser_of_teacher: Client, monkeypatch: Any):
        def full(*_args: object, **_options: object) -> str:
            raise OSError("no space left on device")

        monkeypatch.setattr("django.core.files.storage.FileSystemStorage.save", full)

        answer = send(browser_of_teacher, ("第一课.h264", FILM))

        assert (answer.status_code, len(refusals(answer))) == (503, 1)

    @pytest.mark.parametrize("fails", ["write", "seek", "__init__"])
    def test_disk_that_is_full_while_it_comes_is_told(
        self,
        browser_of_teacher: Client,
        monkeypatch: Any,
        tmp_path: Path,
        fails: str,
        settings: Any,
    ):
        settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path)

        monkeypatch.setattr(TemporaryUploadedFile, fails, full_disk)

        answer = send(browser_of_teacher, ("第一课.h264", FILM), ("第二课.h264", FILM))

        assert answer.status_code == 503
        assert [each.partition(":")[0] for each in refusals(answer)] == [
            "第一课.h264",
            "第二课.h264",
        ]
        assert list(tmp_path.iterdir()) == []
        assert not Courseware.objects.exists()

    def test_disk_that_is_full_when_it_is_stored_keeps_nothing(
        self, browser_of_teacher: Client, monkeypatch: Any, tmp_path: Path, settings: Any
    ):
        settings.MEDIA_ROOT = str(tmp_path)

        def half(_old: str, new: str, **_options: object) -> NoReturn:
            Path(new).write_bytes(b"half")
            full_disk()

        monkeypatch.setattr("django.core.files.storage.filesystem.file_move_safe", half)

        answer = send(browser_of_teacher, ("第一课.h264", FILM))

        assert (answer.status_code, len(refusals(answer))) == (503, 1)
        assert [path for path in tmp_path.rglob("*") if path.name != "courseware"] == []
        assert not Courseware.objects.exists()

    def test_database_on_a_full_disk_is_told(
        self, browser_of_teacher: Client, monkeypatch: Any, tmp_path: Path, settings: Any
    ):
        settings.MEDIA_ROOT = str(tmp_path)
        monkeypatch.setattr(Courseware, "save", full_database)

        answer = send(browser_of_teacher, ("第一课.h264", FILM))

        assert (answer.status_code, len(refusals(answer))) == (503, 1)
        assert [path for path in tmp_path.rglob("*") if path.is_file()] == []

    def test_quota_is_the_same_as_for_others(self, browser_of_teacher: Client, teacher: User):
        SchoolSettings.objects.create(pk=1, courseware_quota_person_mib=1)

        answer = send(browser_of_teacher, ("第一课.h264", FILM * 5000))

        assert (answer.status_code, Courseware.objects.count()) == (413, 0)

    def test_forged_form_does_nothing(self, teacher: User):
        client = Client(enforce_csrf_checks=True)
        client.force_login(teacher)

        answer = send(client, ("第一课.h264", FILM))

        assert (answer.status_code, Courseware.objects.count()) == (403, 0)


class TestReceiving:
    @pytest.fixture
    def receiver(self) -> FileReceiver:
        return FileReceiver()

    def test_unknown_kind_is_not_even_stored(self, receiver: FileReceiver):
        with pytest.raises(SkipFile):
            receiver.new_file("file", "setup.exe", "", None)

        assert [name for name, _refusal in receiver.refused] == ["setup.exe"]

    def test_file_ends_at_the_limit_of_its_kind(self, receiver: FileReceiver):
        receiver.new_file("file", "大.png", "image/png", None)
        receiver.receive_data_chunk(b"x", 100 * MIB - 1)

        with pytest.raises(SkipFile):
            receiver.receive_data_chunk(b"x", 100 * MIB)

        assert not hasattr(receiver, "file")  # nothing of it is kept
        ((name, refusal),) = receiver.refused
        assert (name, refusal.status) == ("大.png", 413)

    def test_files_of_other_fields_are_left_alone(self, receiver: FileReceiver):
        with pytest.raises(SkipFile):
            receiver.new_file("avatar", "a.png", "image/png", None)

        assert receiver.refused == []


class TestDiscarding:
    def test_place_becomes_free(self, browser_of_teacher: Client, teacher: User):
        upload = begin(teacher)

        answer = browser_of_teacher.post(PAGE, {"discard": upload.code})

        assert (answer.status_code, answer["Location"]) == (303, PAGE)
        assert Upload.objects.count() == 0
        assert told(answer) == ["长片.mp4 was discarded."]

    def test_of_others_stays(self, browser_of_teacher: Client, other_teacher: User):
        upload = begin(other_teacher)

        answer = browser_of_teacher.post(PAGE, {"discard": upload.code})

        assert (answer.status_code, Upload.objects.count()) == (404, 1)

    def test_what_is_no_code_is_unknown(self, browser_of_teacher: Client):
        codes = ["nosuchupload", "\0", "a\0", "课", "a" * 10_000, ""]

        answers = {code: browser_of_teacher.post(PAGE, {"discard": code}) for code in codes}

        assert {code: each.status_code for code, each in answers.items()} == dict.fromkeys(
            codes, 404
        )

    def test_what_is_being_sent_stays(self, browser_of_teacher: Client, teacher: User):
        upload = begin(teacher)
        later = timezone.now() + dt.timedelta(seconds=20)
        Upload.objects.update(lease_token="writer", leased_until=later)

        answer = browser_of_teacher.post(PAGE, {"discard": upload.code})

        assert (answer.status_code, Upload.objects.count()) == (303, 1)
        assert "being sent already" in told(answer)[0]
