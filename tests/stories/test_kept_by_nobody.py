"""A browser may keep nothing of a person's pages, so that the next one at it sees none."""

from __future__ import annotations

import io

import pytest
from django.test import Client
from PIL import Image

from accounts.models import User
from accounts.services import avatars, people
from courseware.enums import CoursewareState
from schedule.models import Lesson
from tests.factories.courseware import CoursewareFactory
from tests.factories.replays import ReplayFileFactory

pytestmark = pytest.mark.django_db

PAGES = (
    "/",
    "/schedule/",
    "/schedule/2026-09-07/",
    "/replays/",
    "/courseware/",
    "/accounts/profile/",
    "/accounts/notices/",
    "/accounts/logout/",
    "/nowhere/",
)


@pytest.fixture
def teachers(teacher: User) -> Client:
    client = Client()
    client.force_login(teacher)
    return client


def kept(client: Client, path: str, **extra: str) -> str | None:
    answer = client.get(path, headers=extra)
    if answer.streaming:  # read to the end it is closed
        answer.getvalue()
    found: str | None = answer.get("Cache-Control")
    return found


@pytest.mark.parametrize("path", PAGES)
def test_page_of_a_person_is_not_kept(teachers: Client, path: str):
    said = kept(teachers, path) or ""

    assert {"private", "no-store"} <= set(said.replace(" ", "").split(","))


def test_page_about_something_is_not_kept(teachers: Client, lesson: Lesson):
    replay = ReplayFileFactory.create(replay__lesson=lesson).replay

    pages = (f"/schedule/lessons/{lesson.code}/", f"/replays/{replay.code}/")

    assert [kept(teachers, page) for page in pages] == ["private, no-store"] * 2


def test_page_of_the_administration_is_not_kept(planner: User):
    client = Client()
    client.force_login(planner)

    for path in ("/admin/", "/admin/accounts/user/"):
        assert "no-store" in (kept(client, path) or "")


def test_refusal_is_not_kept(teachers: Client):
    answer = teachers.post("/accounts/profile/picture/")

    assert (answer.status_code, answer["Cache-Control"]) == (422, "private, no-store")


def test_person_who_must_change_their_password_is_led_on_unkept(teacher: User, teachers: Client):
    User.objects.filter(pk=teacher.pk).update(must_change_password=True)

    assert kept(teachers, "/schedule/") == "private, no-store"


def test_picture_says_itself_how_long_it_is_kept(teacher: User, teachers: Client):
    drawn = io.BytesIO()
    Image.new("RGB", (8, 8)).save(drawn, "PNG")
    people.set_picture(teacher, avatars.as_avatar(drawn), by=teacher)
    teacher.refresh_from_db()

    assert (kept(teachers, teacher.avatar.url) or "").startswith("public, max-age=")


def test_file_says_itself_that_it_is_asked_for_again(teacher: User, teachers: Client):
    song = CoursewareFactory.create(
        owner=teacher, suffix="mp3", content=b"0123456789", state=CoursewareState.READY
    )
    path = f"/courseware/{song.code}/media/"

    whole = teachers.head(path)
    said = [
        kept(teachers, path),
        kept(teachers, path, Range="bytes=2-5"),
        kept(teachers, path, **{"If-None-Match": whole["ETag"]}),
    ]

    assert said == ["private, no-cache"] * 3


def test_page_of_visitors_is_left_alone():
    assert kept(Client(), "/nowhere/") is None
