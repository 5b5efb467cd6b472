"""Many lessons that a worker deletes, and the page that asks before."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from edu_platform.lib.long_work import WorkState
from schedule.enums import ActionOrigin, CloudStatus
from schedule.lessons import deletion_work, several_views
from schedule.lessons.cancel import cancel_lesson
from schedule.lessons.change import lessons_as_they_are, publish_lesson
from schedule.lessons.delete import delete_lessons
from schedule.models import DeletedLesson, Lesson, PlanningAction, Room, Work
from tests.cast import SignedIn
from tests.factories.schedule import LessonFactory, school_time
from tests.support.long_work import address_of, done_by_worker, page_of_work, refusal_on, way_of
from tests.support.pages import Element, main

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("all_is_long")]

LIST = "/schedule/lessons/"
PATH = f"{LIST}delete/"


@pytest.fixture
def client(signed_in: SignedIn, planner: User) -> Client:
    return signed_in(planner, "en")


@pytest.fixture
def two(teacher: User) -> list[Lesson]:
    """A lesson in two days, and one in three."""
    return [
        LessonFactory.create(teacher=teacher, starts_at=school_time(days, 8)) for days in (2, 3)
    ]


def asked(client: Client, lessons: list[Lesson]) -> Element:
    return main(client.post(PATH, {"code": [lesson.code for lesson in lessons]}))


def sent(page: Element, **data: str) -> dict[str, str]:
    """The form of the page that asks, filled in."""
    hidden = {name: page.one("input", name=name).attrs["value"] for name in ("codes", "known")}
    return {**hidden, "confirmed": "1", **data}


def press(client: Client, lessons: list[Lesson], **data: str) -> Any:
    return client.post(PATH, sent(asked(client, lessons), **data))


def test_page_lists_the_first_and_sends_all_in_one_field(
    client: Client, two: list[Lesson], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(several_views, "LESSONS_LISTED", 1)

    page = asked(client, two)

    assert page.one("h1").text == "Delete 2 lessons?"
    assert len(page.one("ul", "panel-lines").all("li")) == 1
    assert "and 1 other lesson" in page.text
    assert not page.all("input", name="code")
    assert page.one("input", name="codes").attrs["value"] == f"{two[0].code}.{two[1].code}"


def test_request_deletes_nothing_and_leads_to_the_work(client: Client, two: list[Lesson]):
    answer = press(client, two)

    work = Work.objects.get()
    assert (answer.status_code, answer["Location"]) == (303, address_of(work))
    assert (work.state, work.row_count) == (WorkState.WAITING, 2)
    assert page_of_work(client, work).one("h1").text == "Delete 2 lessons"
    assert Lesson.objects.count() == 2


def test_worker_deletes_all_by_one_action(client: Client, two: list[Lesson], planner: User):
    press(client, two, reason="放假", untold="on")

    work = done_by_worker()
    page = page_of_work(client, work)

    assert "2 lessons were deleted." in page.text
    assert way_of(page) == LIST
    assert not Lesson.objects.exists()
    assert DeletedLesson.objects.count() == 2
    action = PlanningAction.objects.get(by=planner, reason="放假")
    assert (action.origin, action.is_told) == (ActionOrigin.PAGE, False)
    assert work.content is None


def test_fields_of_a_program_are_read_too(client: Client, two: list[Lesson]):
    client.post(PATH, {"code": [lesson.code for lesson in two], "confirmed": "1"})
    done_by_worker()

    assert not Lesson.objects.exists()


def test_others_are_no_part_of_it(client: Client, two: list[Lesson]):
    press(client, two)
    press(client, two[:1])

    assert Work.objects.count() == 2


@pytest.mark.parametrize("foreign", ["nonesuch", "a\0", ""])
def test_unknown_code_is_missing_at_once(client: Client, two: list[Lesson], foreign: str):
    codes = ".".join([*(lesson.code for lesson in two), foreign])

    assert client.post(PATH, {"codes": codes, "confirmed": "1"}).status_code == 404
    assert not Work.objects.exists()


def test_nobody_else_leaves_it_to_a_worker(signed_in: SignedIn, teacher: User, two: list[Lesson]):
    sent = {"code": [lesson.code for lesson in two], "confirmed": "1"}

    assert signed_in(teacher).post(PATH, sent).status_code == 404
    assert not Work.objects.exists()


def test_those_that_have_changed_since_are_shown_and_asked_about_again(
    client: Client, teacher: User
):
    drafts = LessonFactory.create_batch(2, teacher=teacher, is_draft=True)
    press(client, drafts)
    publish_lesson(Lesson.objects.get(pk=drafts[1].pk))

    page = page_of_work(client, done_by_worker())
    assert refusal_on(page).startswith("Nothing was deleted: since you opened the page")
    assert Lesson.objects.count() == 2
    again = main(client.get(way_of(page)))

    assert len(again.all("li", "change")) == 1
    assert "Delete 2 lessons?" in again.text
    client.post(PATH, sent(again))
    done_by_worker()
    assert not Lesson.objects.exists()


def test_those_that_were_deleted_since_are_left_out_when_asked_again(
    client: Client, two: list[Lesson]
):
    press(client, two)
    delete_lessons(two[:1], at=timezone.now())

    page = page_of_work(client, done_by_worker())

    assert "Delete 1 lesson?" in main(client.get(way_of(page))).text


def test_nobody_else_is_asked_again(
    signed_in: SignedIn, client: Client, planner: User, two: list[Lesson], teacher: User
):
    press(client, two)
    delete_lessons(two[:1], at=timezone.now())
    way = way_of(page_of_work(client, done_by_worker()))

    assert signed_in(teacher).get(way).status_code == 404
    assert signed_in(planner).get(f"{PATH}?work=nothing").status_code == 404


def test_nothing_is_asked_where_none_is_left(client: Client, two: list[Lesson]):
    press(client, two)
    delete_lessons(two, at=timezone.now())

    answer = client.get(way_of(page_of_work(client, done_by_worker())))

    assert (answer.status_code, answer["Location"]) == (303, LIST)
    assert "nothing is left to do" in client.get("/accounts/notices/").content.decode()


def test_one_that_has_begun_since_is_named(client: Client, two: list[Lesson]):
    client.post(PATH, {"code": [lesson.code for lesson in two], "confirmed": "1"})
    Lesson.objects.filter(pk=two[1].pk).update(starts_at=timezone.now())
    begun = Lesson.objects.get(pk=two[1].pk)

    page = page_of_work(client, done_by_worker())

    assert refusal_on(page) == f"{begun} has begun, so nothing was deleted."
    assert way_of(page) == f"/schedule/lessons/{begun.code}/"
    assert Lesson.objects.count() == 2


def test_those_that_change_while_they_are_looked_at_are_asked_about_again(
    client: Client, two: list[Lesson], monkeypatch: pytest.MonkeyPatch
):
    def cancelled_as_they_are_read(lesson_ids: Iterable[int]) -> list[Lesson]:
        lessons = lessons_as_they_are(lesson_ids)
        cancel_lesson(two[0], reason="", at=timezone.now())
        return lessons

    monkeypatch.setattr(deletion_work, "lessons_as_they_are", cancelled_as_they_are_read)
    press(client, two)

    page = page_of_work(client, done_by_worker())

    assert refusal_on(page).startswith("Nothing was deleted: since you opened the page")
    assert Lesson.objects.count() == 2


def test_one_that_begins_while_they_are_looked_at_is_named(
    client: Client, two: list[Lesson], monkeypatch: pytest.MonkeyPatch
):
    def begun_as_they_are_read(lesson_ids: Iterable[int]) -> list[Lesson]:
        lessons = lessons_as_they_are(lesson_ids)
        Room.objects.get_or_create(
            lesson=two[1], room_id=7, sdk_app_id=1, cloud_status=CloudStatus.RUNNING
        )
        return lessons

    monkeypatch.setattr(deletion_work, "lessons_as_they_are", begun_as_they_are_read)
    client.post(PATH, {"code": [lesson.code for lesson in two], "confirmed": "1"})

    page = page_of_work(client, done_by_worker())

    assert refusal_on(page) == f"{two[1]} has begun, so nothing was deleted."
    assert Lesson.objects.count() == 2


def test_work_of_another_kind_asks_about_no_lessons(client: Client, two: list[Lesson]):
    codes = [lesson.code for lesson in two]
    client.post(f"{LIST}publish/", {"code": codes, "confirmed": "1"})

    assert client.get(f"{PATH}?work={done_by_worker().code}").status_code == 404
