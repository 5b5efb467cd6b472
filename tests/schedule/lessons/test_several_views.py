"""The pages that ask before something is done to several lessons at once, and do it."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from schedule.enums import CloudStatus, LessonState, RoomReason
from schedule.lessons.as_read import AsRead
from schedule.lessons.cancel import cancel_lesson, cancel_lessons
from schedule.lessons.change import change_lesson
from schedule.lessons.delete import delete_lessons
from schedule.lessons.plan import plan_of
from schedule.lessons.trying_again import ChangedMeanwhile
from schedule.models import Lesson, PlanningAction, Room
from tests.cast import SignedIn
from tests.factories.schedule import LessonFactory
from tests.support.pages import Element, main

pytestmark = pytest.mark.django_db

LIST = "/schedule/lessons/"
STEPS = ("publish", "cancel", "restore", "delete", "open-rooms")


@pytest.fixture
def client(signed_in: SignedIn, planner: User) -> Client:
    return signed_in(planner, "en")


def sent(*lessons: Lesson, **more: str) -> dict[str, Any]:
    return {"code": [lesson.code for lesson in lessons], **more}


def press(client: Client, step: str, *lessons: Lesson, **more: str) -> Any:
    answer = client.post(f"{LIST}{step}/", sent(*lessons, confirmed="1", **more))
    return client.get(answer["Location"])


def shown_by(page: Element) -> dict[str, Any]:
    """The fields of the page that asks, with what it showed of the lessons."""
    codes = [field.attrs["value"] for field in page.all("input", name="code")]
    known = page.one("input", name="known").attrs["value"]
    return {"code": codes, "known": known, "confirmed": "1"}


def asked(client: Client, step: str, *lessons: Lesson) -> Element:
    return main(client.post(f"{LIST}{step}/", sent(*lessons)))


def test_drafts_are_published(client: Client):
    drafts = LessonFactory.create_batch(2, is_draft=True)

    page = press(client, "publish", *drafts)

    assert "Published." in page.content.decode()
    assert {lesson.state for lesson in Lesson.objects.all()} == {LessonState.PUBLISHED}


def test_cancelling_asks_for_a_reason_first(client: Client, lesson: Lesson):
    page = asked(client, "cancel", lesson)
    assert Lesson.objects.get().is_published
    assert f"{lesson.course} · {lesson.class_groups.get()}" in page.text
    assert page.all("input", name="reason")
    assert "Concerns 陈助教、李老师" in page.text

    press(client, "cancel", lesson, reason="台风", untold="on")

    lesson.refresh_from_db()
    assert (lesson.state, lesson.cancel_reason) == (LessonState.CANCELLED, "台风")
    action = lesson.changes.latest("pk").action
    assert (action.reason, action.is_told) == ("台风", False)


def test_what_cannot_be_done_is_said_before_and_after(client: Client, lesson: Lesson):
    with time_machine.travel(lesson.ends_at + dt.timedelta(hours=1)):
        page = asked(client, "cancel", lesson)
        answer = press(client, "cancel", lesson)

    assert f"{lesson}: it is over" in page.text
    assert not page.all("button")
    assert "it is over" in answer.content.decode()
    lesson.refresh_from_db()
    assert lesson.is_published


def test_drafts_are_not_cancelled(client: Client, lesson: Lesson):
    draft = LessonFactory.create(is_draft=True)

    page = asked(client, "cancel", draft, lesson)
    press(client, "cancel", draft, lesson)

    assert "it is a draft, which can be deleted" in page.text
    assert Lesson.objects.get(pk=draft.pk).is_draft
    assert Lesson.objects.get(pk=lesson.pk).is_cancelled


def test_those_that_are_so_already_are_counted(client: Client, lesson: Lesson):
    page = asked(client, "publish", lesson, LessonFactory.create(is_draft=True))

    assert "1 of them is so already" in page.text
    assert asked(client, "publish", lesson).all("button") == []


def test_cancellation_is_taken_back_unless_somebody_is_taken(client: Client, lesson: Lesson):
    cancel_lesson(lesson, reason="", at=timezone.now())
    other = LessonFactory.create(
        teacher=lesson.teacher, starts_at=lesson.starts_at, ends_at=lesson.ends_at
    )

    refused = press(client, "restore", lesson)
    lesson.refresh_from_db()
    assert lesson.is_cancelled
    assert f"李老师 is in the lesson {other} at that time." in refused.content.decode()

    cancel_lesson(other, reason="", at=timezone.now())
    press(client, "restore", lesson)
    lesson.refresh_from_db()
    assert lesson.is_published


def test_several_are_deleted(client: Client, lesson: Lesson):
    page = asked(client, "delete", lesson, LessonFactory.create(is_draft=True))
    assert Lesson.objects.count() == 2

    answer = client.post(f"{LIST}delete/", {**shown_by(page), "next": f"{LIST}?state=draft"})

    assert (answer.status_code, answer["Location"]) == (303, f"{LIST}?state=draft")
    assert not Lesson.objects.exists()


@pytest.mark.parametrize("address", ["https://elsewhere.example/", "//elsewhere.example", "x"])
def test_nobody_is_led_elsewhere(client: Client, lesson: Lesson, address: str):
    answer = client.post(f"{LIST}cancel/", sent(lesson, confirmed="1", next=address))

    assert answer["Location"] == LIST


@pytest.mark.parametrize(
    ("status", "reason"),
    [(CloudStatus.ENDED, RoomReason.REOPENED), (CloudStatus.RUNNING, RoomReason.FROZEN)],
)
def test_another_room_is_opened(
    client: Client, lesson: Lesson, status: CloudStatus, reason: RoomReason
):
    Room.objects.create(lesson=lesson, room_id=7, sdk_app_id=1, cloud_status=status)

    page = asked(client, "open-rooms", lesson)
    press(client, "open-rooms", lesson)

    assert not page.all("input", name="reason")
    assert Room.objects.current().get(lesson=lesson).reason == reason


def test_open_room_stays(client: Client, lesson: Lesson):
    room = Room.objects.create(lesson=lesson, room_id=7, sdk_app_id=1)

    assert "its class has not begun" in press(client, "open-rooms", lesson).content.decode()
    assert Room.objects.get() == room


@pytest.mark.parametrize("step", ["publish", "cancel", "restore"])
def test_as_many_queries_for_one_as_for_many_and_one_action(
    client: Client, planner: User, teacher: User, step: str
):
    def queries(count: int) -> int:
        lessons = LessonFactory.create_batch(count, teacher=teacher, is_draft=step == "publish")
        if step == "restore":
            cancel_lessons(lessons, reason="", at=timezone.now())
        before = PlanningAction.objects.filter(by=planner).count()
        page = shown_by(asked(client, step, *lessons))
        with CaptureQueriesContext(connection) as statements:
            client.post(f"{LIST}{step}/", sent(*lessons))
            client.post(f"{LIST}{step}/", page)
        assert PlanningAction.objects.filter(by=planner).count() == before + 1
        return len(statements)

    queries(1)  # what a process asks once
    assert queries(8) == queries(2)


class TestMeanwhile:
    @pytest.mark.parametrize("step", ["cancel", "delete"])
    def test_lesson_that_has_changed_is_shown_as_it_is_now(
        self, client: Client, lesson: Lesson, step: str
    ):
        page = asked(client, step, lesson)
        change_lesson(lesson, replace(plan_of(lesson), title="新题"))

        answer = client.post(f"{LIST}{step}/", shown_by(page))

        again = main(answer)
        assert answer.status_code == 409
        assert "Nothing was done. They are shown below as they are now." in again.text
        assert "新题" in again.text
        assert Lesson.objects.get().is_published
        assert client.post(f"{LIST}{step}/", shown_by(again)).status_code == 303

    @pytest.mark.parametrize("step", ["cancel", "delete"])
    def test_lesson_that_was_deleted_is_left_out(self, client: Client, lesson: Lesson, step: str):
        other = LessonFactory.create()
        page = asked(client, step, lesson, other)
        delete_lessons([other], at=timezone.now())

        answer = client.post(f"{LIST}{step}/", shown_by(page))

        assert answer.status_code == 409
        assert [field.attrs["value"] for field in main(answer).all("input", name="code")] == [
            lesson.code
        ]

    def test_nothing_is_done_while_others_change_the_lessons(
        self, client: Client, lesson: Lesson, monkeypatch: pytest.MonkeyPatch
    ):
        def changed_before(read: AsRead, **_how: bool) -> None:
            raise ChangedMeanwhile

        monkeypatch.setattr(AsRead, "lock", changed_before)

        answer = press(client, "cancel", lesson)

        assert "Nothing was done: others change these lessons" in answer.content.decode()
        lesson.refresh_from_db()
        assert lesson.is_published


class TestRefusals:
    @pytest.mark.parametrize("step", STEPS)
    def test_others_hear_that_there_is_no_such_page(
        self, signed_in: SignedIn, lesson: Lesson, teacher: User, supervisor: User, step: str
    ):
        for user in (teacher, supervisor):
            for more in ({}, {"confirmed": "1"}):
                answer = signed_in(user).post(f"{LIST}{step}/", sent(lesson, **more))
                assert answer.status_code == 404
        assert Lesson.objects.get().is_published

    @pytest.mark.parametrize("step", STEPS)
    @pytest.mark.parametrize("code", ["nonesuch", "a\0", ""])
    def test_unknown_lesson_is_missing(self, client: Client, lesson: Lesson, step: str, code: str):
        data = {"code": [lesson.code, code], "confirmed": "1"}

        assert client.post(f"{LIST}{step}/", data).status_code == 404
        assert Lesson.objects.get().is_published

    @pytest.mark.parametrize("step", STEPS)
    def test_address_alone_leads_to_the_list(self, client: Client, step: str):
        answer = client.get(f"{LIST}{step}/")

        assert answer.status_code == 405
        assert main(answer).all("a", href=LIST)

    def test_reason_that_is_too_long_is_shown_with_what_was_sent(
        self, client: Client, lesson: Lesson
    ):
        answer = client.post(f"{LIST}cancel/", sent(lesson, confirmed="1", reason="长" * 201))

        assert answer.status_code == 422
        assert Lesson.objects.get().is_published
