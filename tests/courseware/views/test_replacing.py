"""The page with which courseware is replaced, and what its own page says of a newer version."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from courseware.enums import CoursewareState, Failure, Release
from courseware.models import Courseware
from courseware.services.versions import take_over_ready
from schedule.models import Lesson
from tests.cast import SignedIn
from tests.courseware.conftest import forms_of, page_of
from tests.factories.courseware import BindingFactory, CoursewareFactory, UploadFactory
from tests.localcloud import coursefiles
from tests.support.courseware import PNG, content_of
from tests.support.pages import Element, read
from tests.support.versions import newer_version

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("storage")]


@pytest.fixture
def owner(signed_in: SignedIn, teacher: User) -> Client:
    return signed_in(teacher, "en")


def send(client: Client, courseware: Courseware, *files: tuple[str, bytes]) -> Any:
    sent = [SimpleUploadedFile(name, content) for name, content in files]
    return client.post(f"/courseware/{courseware.code}/replace/", {"file": sent})


def told(client: Client, courseware: Courseware) -> list[str]:
    return [each.text for each in page_of(client, courseware).one("ul", "messages").all("li")]


def newer_part(page: Element) -> Element:
    return page.one("div", **{"data-live": "newer"})


def versions_on(page: Element) -> list[str]:
    return [each.text for each in page.one("div", **{"data-live": "versions"}).all("li")]


class TestForm:
    def test_a_newer_version_is_taken_and_waits(self, owner: Client, courseware: Courseware):
        content = coursefiles.pdf()

        answer = send(owner, courseware, ("第一讲 修订.pdf", content))

        courseware.refresh_from_db()
        coming = courseware.coming
        assert coming is not None
        assert (answer.status_code, answer["Location"]) == (303, f"/courseware/{courseware.code}/")
        assert (content_of(coming), coming.filename) == (content, "第一讲 修订.pdf")
        assert told(owner, courseware) == [
            "The newer version is uploaded. It is used as soon as it is ready; until then this one."
        ]

    @pytest.mark.parametrize(
        ("files", "status", "sentence"),
        [
            ([], 422, "Choose one file, then upload it."),
            ([("a.pdf", coursefiles.pdf())] * 2, 422, "Choose one file, then upload it."),
            (
                [("a.exe", b"MZ")],
                415,
                ".exe files are not accepted: upload one of the listed formats.",
            ),
            (
                [("a.png", PNG)],
                415,
                "A document can be replaced by a document only: choose another file, or upload this one by itself.",
            ),
            (
                [("a.pdf", b"<html></html>")],
                415,
                "The file is called .pdf, but what is in it is a web page: open it and save it as a real .pdf file.",
            ),
        ],
    )
    def test_what_is_not_taken_is_said_and_changes_nothing(
        self,
        owner: Client,
        courseware: Courseware,
        files: list[tuple[str, bytes]],
        status: int,
        sentence: str,
    ):
        answer = send(owner, courseware, *files)

        page = read(answer.content)
        assert answer.status_code == status
        assert [each.text for each in page.one("ul", "errors").all("li")] == [sentence]
        assert page.one("form", id="upload-form").attrs["data-replaces"] == courseware.code
        assert "Some files" not in page.text
        assert Courseware.objects.count() == 1

    def test_the_page_offers_files_of_its_type_alone(self, owner: Client, teacher: User):
        song = CoursewareFactory.create(owner=teacher, suffix="mp3")

        page = read(owner.get(f"/courseware/{song.code}/replace/").content).one("main")

        kinds = [row.all("th")[0].text for row in page.one("table", "limits").all("tr")[1:]]
        accepted = page.one("input", id="id_file").attrs["accept"].split(",")
        assert kinds == ["Videos", "Audio"]
        assert {".mp4", ".mp3"} <= set(accepted)
        assert not {".pdf", ".png"} & set(accepted)
        assert page.one("h1").text == f"Newer version of {song.name}"

    def test_a_form_from_elsewhere_is_refused(self, teacher: User, courseware: Courseware):
        client = Client(enforce_csrf_checks=True)
        client.force_login(teacher)

        answer = send(client, courseware, ("a.pdf", coursefiles.pdf()))

        assert (answer.status_code, Courseware.objects.count()) == (403, 1)

    @pytest.mark.parametrize(
        ("who", "status"), [("planner", 303), ("other_teacher", 404), ("supervisor", 404)]
    )
    def test_who_may_rename_may_replace(
        self, signed_in: SignedIn, request: pytest.FixtureRequest, who: str, status: int
    ):
        courseware = CoursewareFactory.create(is_public=True)
        client = signed_in(request.getfixturevalue(who))

        answer = send(client, courseware, ("a.pdf", coursefiles.pdf()))

        assert answer.status_code == status
        assert Courseware.objects.filter(version_of=courseware).exists() is (status == 303)

    def test_begun_uploads_say_what_they_replace(self, owner: Client, courseware: Courseware):
        UploadFactory.create(owner=courseware.owner, replaces=courseware)

        page = read(owner.get("/courseware/upload/").content)

        (line,) = page.one("ul", "begun-rows").all("li")
        assert line.attrs["data-replaces"] == courseware.code
        assert line.one("a").text == "newer version of 第一讲.pdf"


class TestPage:
    def test_a_newer_version_on_its_way_is_followed(self, owner: Client, courseware: Courseware):
        newer_version(courseware, state=CoursewareState.TRANSCODING, percent=40)

        page = page_of(owner, courseware)
        parts = owner.get(f"/courseware/{courseware.code}/state/")

        for shown in (newer_part(page), newer_part(read(parts.content))):
            assert shown.one("span", "mark").text == "◌ Being transcoded 40%"
            assert forms_of(shown) == ["keep"]
        assert page.one("div", id="live").attrs["data-every-s"] == "4"
        assert page.one("section", id="situation").one("span", "mark").text == "✓ Ready"

    def test_one_that_failed_is_said_with_retry_and_keep(
        self, owner: Client, courseware: Courseware
    ):
        version = newer_version(
            courseware,
            state=CoursewareState.FAILED,
            failure=Failure.CLOUD,
            cloud_reason="FileBroken: x",
        )
        newer = newer_part(page_of(owner, courseware))

        assert "It is not ready. This version stays." in newer.text
        assert "The file is damaged, or is not what its ending says." in newer.text
        assert forms_of(newer) == ["retry", "keep"]
        answer = owner.post(newer.all("form")[0].attrs["action"])
        version.refresh_from_db()
        assert (answer.status_code, version.state) == (303, CoursewareState.QUEUED)

    def test_keeping_discards_the_newer_version(self, owner: Client, courseware: Courseware):
        newer_version(courseware, state=CoursewareState.FAILED)
        path = f"/courseware/{courseware.code}/replace/keep/"

        answers = [owner.post(path).status_code for _time in range(2)]

        courseware.refresh_from_db()
        assert (answers, courseware.coming) == ([303, 303], None)
        assert told(owner, courseware) == [
            "The newer version was discarded; this one stays.",
            "There is no newer version on its way.",
        ]

    def test_retry_without_a_newer_version_says_so(self, owner: Client, courseware: Courseware):
        owner.post(f"/courseware/{courseware.code}/replace/retry/")

        assert told(owner, courseware) == ["There is nothing to try again: it has not failed."]

    def test_history_names_who_when_and_what(
        self, owner: Client, courseware: Courseware, planner: User
    ):
        at = timezone.now().replace(microsecond=0)
        Courseware.objects.filter(pk=courseware.pk).update(filename="旧.pdf", uploaded_at=at)
        newer_version(courseware, filename="改.pdf", uploaded_by=planner, uploaded_at=at)
        take_over_ready(at)
        courseware.refresh_from_db()
        newer_version(courseware, filename="再改.pdf", state=CoursewareState.QUEUED, uploaded_at=at)

        moment = f"today {timezone.localtime(at):%H:%M}"
        assert versions_on(page_of(owner, courseware)) == [
            f"○ Waiting for transcoding 再改.pdf {moment} · 李老师 · 1.00M",
            f"✓ Ready 改.pdf {moment} · {planner.display_name} · 1.00M",
            f"↺ Replaced; some classes still have it 旧.pdf {moment} · 李老师 · 1.00M · used until {moment}",
        ]

    def test_without_versions_there_is_no_history(self, owner: Client, courseware: Courseware):
        assert versions_on(page_of(owner, courseware)) == []

    def test_students_read_nothing_of_versions(
        self, signed_in: SignedIn, student: User, lesson: Lesson, courseware: Courseware
    ):
        BindingFactory.create(courseware=courseware, lesson=lesson, release=Release.BEFORE)
        newer_version(courseware, state=CoursewareState.TRANSCODING)

        page = page_of(signed_in(student, "en"), courseware)

        assert page.all("div", **{"data-live": "newer"}) == []
        assert page.all("div", **{"data-live": "versions"}) == []

    def test_who_may_not_replace_sees_the_newer_version_and_no_button(
        self, signed_in: SignedIn, supervisor: User, courseware: Courseware
    ):
        newer_version(courseware, state=CoursewareState.FAILED)

        page = page_of(signed_in(supervisor, "en"), courseware)

        assert "It is not ready." in newer_part(page).text
        assert forms_of(page) == []

    def test_any_number_of_versions_takes_the_same_queries(
        self, owner: Client, courseware: Courseware
    ):
        counts = []
        for _round in range(2):
            for _version in range(3):
                newer_version(courseware)
                take_over_ready(timezone.now())
                courseware.refresh_from_db()
            newer_version(courseware, state=CoursewareState.QUEUED)
            with CaptureQueriesContext(connection) as queries:
                page_of(owner, courseware)
            counts.append(len(queries))

        assert counts[0] == counts[1]


class TestElsewhere:
    @pytest.mark.parametrize(
        ("fields", "text"),
        [
            ({"state": CoursewareState.QUEUED}, "a newer version is being prepared"),
            (
                {"state": CoursewareState.FAILED, "failure": Failure.CLOUD},
                "a newer version failed; this one stays",
            ),
            (
                {"state": CoursewareState.FAILED, "failure": Failure.STUCK},
                "a newer version is stuck; this one stays",
            ),
        ],
    )
    def test_list_and_lesson_say_how_it_stands(
        self,
        owner: Client,
        courseware: Courseware,
        lesson: Lesson,
        fields: dict[str, str],
        text: str,
    ):
        BindingFactory.create(courseware=courseware, lesson=lesson)
        newer_version(courseware, **fields)
        pages = (
            "/courseware/",
            f"/courseware/lessons/{lesson.code}/",
            f"/schedule/lessons/{lesson.code}/",
        )

        said = {page: owner.get(page).content.decode().count(text) for page in pages}

        assert said == dict.fromkeys(pages, 1)

    def test_any_number_of_newer_versions_takes_the_same_queries(
        self, owner: Client, teacher: User, lesson: Lesson
    ):
        pages = (
            "/courseware/",
            "/courseware/upload/",
            f"/courseware/lessons/{lesson.code}/",
            f"/schedule/lessons/{lesson.code}/",
        )
        counts: dict[str, list[int]] = {page: [] for page in pages}
        for added in (1, 2):
            for _courseware in range(added):
                courseware = CoursewareFactory.create(owner=teacher)
                BindingFactory.create(courseware=courseware, lesson=lesson)
                newer_version(courseware, state=CoursewareState.TRANSCODING)
                UploadFactory.create(owner=teacher, replaces=courseware)
            for page in pages:
                owner.get(page)
                with CaptureQueriesContext(connection) as queries:
                    owner.get(page)
                counts[page].append(len(queries))

        assert [page for page, (one, three) in counts.items() if one != three] == []

    def test_the_list_has_one_row_and_follows_it(self, owner: Client, courseware: Courseware):
        newer_version(courseware, state=CoursewareState.TRANSCODING)

        page = read(owner.get("/courseware/").content)
        known = page.one("div", id="live").attrs["data-version"]
        Courseware.objects.filter(version_of=courseware).update(percent=7)
        answer = owner.get("/courseware/", headers={"X-Page-Version": known})

        assert len(page.one("table", "courseware").all("tr")) == 2
        assert page.one("div", id="live").attrs["data-every-s"] == "10"
        assert answer.status_code == 200

    def test_a_version_has_no_page_of_its_own(self, owner: Client, courseware: Courseware):
        version = newer_version(courseware)

        assert owner.get(f"/courseware/{version.code}/").status_code == 404
