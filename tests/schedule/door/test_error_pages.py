"""The pages of a closed door: each says what happened, and what to do next."""

from __future__ import annotations

import datetime as dt
import logging
from typing import Any

import pytest
from django.utils import timezone

from schedule.door import queue
from schedule.door.entry import LOOK_HOLDS
from schedule.enums import CloudStatus, RoomReason
from schedule.lessons.cancel import cancel_lesson
from schedule.models import Lesson, Room
from tests.cast import SignedIn
from tests.schedule.conftest import LessonAt
from tests.support.cloud import LocalCloud
from tests.support.cloudcalls import make_quick
from tests.support.pages import Element, read
from tests.support.peers import refusing_port

pytestmark = pytest.mark.django_db

MINUTE = dt.timedelta(minutes=1)


def click(client, lesson: Lesson, status: int) -> Element:
    answer = client.post(f"/schedule/lessons/{lesson.code}/enter/")
    assert answer.status_code == status
    assert "no-cache" in answer["Cache-Control"]
    return read(answer.content)


def move(lesson: Lesson, starts_at: dt.datetime) -> None:
    ends_at = starts_at + 45 * MINUTE
    Lesson.objects.filter(pk=lesson.pk).update(starts_at=starts_at, ends_at=ends_at)


@pytest.fixture
def unreachable(settings: Any, local_cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody listens where the cloud should be."""
    make_quick(monkeypatch)
    settings.LCIC_ENDPOINT = f"http://127.0.0.1:{refusing_port()}"


@pytest.mark.parametrize(
    ("language", "title"),
    [("zh-hans", "您不在这节课的名单上"), ("en", "You are not on this class's roster")],
)
def test_not_on_the_roster(
    signed_in: SignedIn,
    outsider,
    other_teacher,
    planner,
    administrator,
    lesson,
    local_cloud: LocalCloud,
    language: str,
    title: str,
) -> None:
    clients = {
        who: signed_in(who, language) for who in (outsider, other_teacher, planner, administrator)
    }
    for starts_at in (lesson.starts_at, timezone.now() - 5 * MINUTE):
        move(lesson, starts_at)
        for who, client in clients.items():
            page = click(client, lesson, 403)

            assert page.one("h1").text == title, (who, starts_at)
            assert page.one("title").text.startswith(title)
            # Not even its name, and no way to it.
            assert lesson.title not in page.text, (who, starts_at)
            assert page.all("a", href=f"/schedule/lessons/{lesson.code}/") == []
            assert page.one("main").all("a", href="/schedule/")
    assert local_cloud.calls() == []


def test_too_early_says_when_and_lets_try_again(signed_in: SignedIn, student, lesson) -> None:
    opens = timezone.localtime(lesson.starts_at) - dt.timedelta(minutes=10)

    page = click(signed_in(student), lesson, 409)

    assert page.one("h1").text == "还没到进入时间"
    assert f"{opens:%Y-%m-%d %H:%M} 起可以进入。" in page.text
    (form,) = page.forms_to(f"/schedule/lessons/{lesson.code}/enter/")
    assert form.one("button").text == "重试"
    assert page.link("查看这节课") == f"/schedule/lessons/{lesson.code}/"
    assert page.link("回到课程表") == "/schedule/"


def test_cancelled(signed_in: SignedIn, student, lesson) -> None:
    cancel_lesson(lesson, reason="老师生病", at=timezone.now())
    for starts_at in (lesson.starts_at, timezone.now() - 5 * MINUTE):
        move(lesson, starts_at)

        page = click(signed_in(student), lesson, 409)

        assert page.one("h1").text == "这节课已取消", starts_at
        assert page.one("main").all("form") == []


def test_time_has_passed(
    signed_in: SignedIn, student, lesson_from_now: LessonAt, local_cloud: LocalCloud
) -> None:
    page = click(signed_in(student), lesson_from_now(-65, -20), 409)

    assert page.one("h1").text == "这节课的时间已过"
    assert page.one("main").all("form") == []
    assert local_cloud.rooms() == []


@pytest.mark.parametrize(("who", "may"), [("teacher", True), ("student", False)])
def test_ended_early_offers_another_room_to_those_who_may(
    request,
    signed_in: SignedIn,
    lesson_from_now: LessonAt,
    local_cloud: LocalCloud,
    who: str,
    may: bool,
) -> None:
    lesson = lesson_from_now(-20, 25)
    client = signed_in(request.getfixturevalue(who))
    assert client.post(f"/schedule/lessons/{lesson.code}/enter/").status_code == 303
    room = Room.objects.get(lesson=lesson)
    assert room.room_id is not None
    local_cloud.change_room(room.room_id, "start")
    local_cloud.change_room(room.room_id, "end")
    Room.objects.update(asked_at=timezone.now() - LOOK_HOLDS)

    page = click(client, lesson, 409)

    assert page.one("h1").text == "这节课已结束"
    assert bool(page.forms_to(f"/schedule/lessons/{lesson.code}/reopen/")) is may
    if may:
        client.post(f"/schedule/lessons/{lesson.code}/reopen/")
        current = Room.objects.current().get(lesson=lesson)
        assert current.reason == RoomReason.REOPENED
        assert current.cloud_status == CloudStatus.NOT_STARTED


@pytest.mark.parametrize(
    ("language", "title", "button"),
    [
        ("zh-hans", "暂时无法进入课堂", "重试"),
        ("en", "The classroom cannot be reached right now", "Try again"),
    ],
)
@pytest.mark.usefixtures("unreachable")
def test_cloud_unreachable_gives_a_number_and_a_button(
    signed_in: SignedIn,
    student,
    lesson_from_now: LessonAt,
    caplog: pytest.LogCaptureFixture,
    language: str,
    title: str,
    button: str,
) -> None:
    lesson = lesson_from_now(-5, 40)
    client = signed_in(student, language)

    with caplog.at_level(logging.WARNING, "schedule.door.clicks"):
        answer = client.post(f"/schedule/lessons/{lesson.code}/enter/")

    page = read(answer.content)
    assert answer.status_code == 503
    assert int(answer["Retry-After"]) > 0
    assert page.one("h1").text == title
    reference = page.one("span", "reference").text
    assert len(reference) == 8
    assert reference in caplog.text
    (form,) = page.forms_to(f"/schedule/lessons/{lesson.code}/enter/")
    assert form.one("button").text == button


def test_asking_for_the_address_enters_nothing(signed_in: SignedIn, student, lesson) -> None:
    answer = signed_in(student).get(f"/schedule/lessons/{lesson.code}/enter/")

    assert (answer.status_code, answer["Allow"]) == (405, "POST")
    assert read(answer.content).link("继续") == f"/schedule/lessons/{lesson.code}/"


def test_language_switch_leads_to_a_page(signed_in: SignedIn, student, outsider, lesson) -> None:
    for who, target in ((student, f"/schedule/lessons/{lesson.code}/"), (outsider, "/schedule/")):
        answer = signed_in(who).post(f"/schedule/lessons/{lesson.code}/enter/")

        form = read(answer.content).one("form", action="/language/")
        assert form.one("input", name="next").attrs["value"] == target


def test_draft_and_unknown_code_are_not_found(
    signed_in: SignedIn, teacher, lesson_from_now: LessonAt
) -> None:
    draft = lesson_from_now(-5, 40, is_draft=True)
    client = signed_in(teacher)

    assert client.post(f"/schedule/lessons/{draft.code}/enter/").status_code == 404
    assert client.post("/schedule/lessons/unknown/enter/").status_code == 404


def test_waiting_page_says_when_it_goes_in_by_itself(
    signed_in: SignedIn, student, lesson, monkeypatch: pytest.MonkeyPatch
) -> None:
    def is_busy(*_: Any, **__: Any) -> None:
        raise queue.DoorBusy(5, queue.Place(1, 12, 0))

    monkeypatch.setattr("schedule.door.clicks.enter_lesson", is_busy)

    page = click(signed_in(student), lesson, 503)

    assert page.one("h1").text == "现在进入课堂的人很多"
    assert [each.text for each in page.one("div", role="status").all("p")] == [
        "正在排队：前面约有 12 人，还要约 5 秒。",
        "到时会自动进入课堂，请不要关闭本页。",
    ]
