"""Nothing can be downloaded inside WeChat: every page that offers a download tells the way out of it."""

from __future__ import annotations

import re

import pytest

from accounts.models import User
from courseware.enums import Release
from courseware.models import Courseware
from replays.models import Replay
from schedule.door.people import note_entry
from schedule.models import Lesson
from tests.cast import SignedIn
from tests.factories.courseware import BindingFactory
from tests.factories.replays import ReplayFactory, ReplayFileFactory
from tests.support.pages import Element, read

pytestmark = pytest.mark.django_db

DOWNLOAD = re.compile(r"/(file|download|export)/|\.xlsx(\?|$)")


@pytest.fixture
def given(lesson: Lesson) -> Courseware:
    """Release courseware that students of the lesson have now."""
    binding = BindingFactory.create(lesson=lesson, release=Release.BEFORE)
    return binding.courseware


@pytest.fixture
def replay(lesson: Lesson) -> Replay:
    """A replay of two files, which students may download; the one that is shown is no single file."""
    Lesson.objects.update(students_may_download=True)
    replay = ReplayFactory.create(lesson=lesson)
    ReplayFileFactory.create(replay=replay, number=1, file_format="m3u8")
    ReplayFileFactory.create(replay=replay, number=2)
    return replay


def page_at(signed_in: SignedIn, user: User, path: str) -> Element:
    response = signed_in(user).get(path)
    assert response.status_code == 200
    return read(response.content)


@pytest.mark.parametrize(
    ("who", "path"),
    [
        ("student", "/schedule/lessons/{lesson.code}/"),
        ("student", "/schedule/after-class/"),
        ("student", "/courseware/"),
        ("student", "/courseware/{given.code}/"),
        ("student", "/courseware/{given.code}/preview/"),
        ("student", "/replays/{replay.code}/?file=1"),
        ("teacher", "/schedule/lessons/{lesson.code}/"),
        ("teacher", "/replays/{replay.code}/"),
        ("planner", "/replays/?q=课"),
        ("planner", "/imports/lessons/"),
        ("planner", "/imports/people/"),
        ("planner", "/schedule/hours/?month={month}"),
        ("planner", "/schedule/matrix/{day}/"),
        ("planner", "/replays/usage/?period={month}"),
    ],
)
def test_way_out_stands_where_something_can_be_downloaded(
    request: pytest.FixtureRequest,
    signed_in: SignedIn,
    lesson: Lesson,
    given: Courseware,
    replay: Replay,
    who: str,
    path: str,
):
    user = request.getfixturevalue(who)
    note_entry(user, lesson, at=lesson.starts_at)
    day = lesson.starts_at.date()
    path = path.format(lesson=lesson, given=given, replay=replay, day=day, month=f"{day:%Y-%m}")

    page = page_at(signed_in, user, path)

    assert any(DOWNLOAD.search(link.attrs["href"]) for link in page.one("main").all("a"))
    way_out = page.one("div", id="in-wechat")
    assert "在浏览器中打开" in way_out.text
    # Hidden elsewhere, and copied by a button.
    assert "hidden" in way_out.attrs
    assert way_out.one("button").attrs["data-copies"] == way_out.one("input").attrs["id"]
    address = way_out.one("input").attrs["value"]
    assert address.startswith(f"http://testserver{path.partition('?')[0]}")
    scripts = {each.attrs["src"] for each in page.all("script") if "src" in each.attrs}
    assert {"/static/js/wechat.js", "/static/js/copy.js"} <= scripts


@pytest.mark.parametrize("path", ["/replays/", "/courseware/"])
def test_nobody_is_bothered_where_nothing_can_be_downloaded(
    signed_in: SignedIn, teacher: User, replay: Replay, path: str
):
    page = page_at(signed_in, teacher, path)

    assert page.all("div", id="in-wechat") == []
