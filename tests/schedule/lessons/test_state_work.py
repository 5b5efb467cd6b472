"""Many lessons that a worker publishes, cancels, restores, or opens other rooms for."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from edu_platform.lib.long_work import WorkState
from schedule.enums import CloudStatus, LessonState, RoomReason
from schedule.lessons import several_views, state_work
from schedule.lessons.cancel import cancel_lessons
from schedule.lessons.change import change_lesson, lessons_as_they_are, publish_lesson
from schedule.lessons.delete import delete_lessons
from schedule.lessons.plan import plan_of
from schedule.lessons.trying_again import TRIES
from schedule.models import Lesson, PlanningAction, Room, Work
from tests.cast import SignedIn
from tests.factories.schedule import LessonFactory, school_time
from tests.support.long_work import address_of, done_by_worker, page_of_work, refusal_on, way_of
from tests.support.pages import Element, main

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("all_is_long")]

LIST = "/schedule/lessons/"


@pytest.fixture
def client(signed_in: SignedIn, planner: User) -> Client:
    return signed_in(planner, "en")


@pytest.fixture
def two(teacher: User) -> list[Lesson]:
    """A lesson in two days, and one in three."""
    return [
        LessonFactory.create(teacher=teacher, starts_at=school_time(days, 8)) for days in (2, 3)
    ]


def act(client: Client, action: str, lessons: list[Lesson], **data: str) -> Any:
    """Press the button of the page that asks, as a program does: taken at its word."""
    codes = [lesson.code for lesson in lessons]
    return client.post(f"{LIST}{action}/", {"code": codes, "confirmed": "1", **data})


def asked(client: Client, action: str, lessons: list[Lesson]) -> Element:
    return main(client.post(f"{LIST}{action}/", {"code": [lesson.code for lesson in lessons]}))


def hidden_in(page: Element) -> dict[str, str]:
    fields = page.one("form").all("input", type="hidden")
    return {field.attrs["name"]: field.attrs["value"] for field in fields}


def states() -> set[str]:
    return set(Lesson.objects.values_list("state", flat=True))


class TestPublish:
    @pytest.fixture
    def drafts(self, teacher: User) -> list[Lesson]:
        drafts: list[Lesson] = LessonFactory.create_batch(2, teacher=teacher, is_draft=True)
        return drafts

    def test_request_publishes_nothing_and_leads_to_the_work(
        self, client: Client, drafts: list[Lesson]
    ):
        answer = act(client, "publish", drafts)

        work = Work.objects.get()
        assert (answer.status_code, answer["Location"]) == (303, address_of(work))
        assert (work.state, work.row_count) == (WorkState.WAITING, 2)
        assert page_of_work(client, work).one("h1").text == "Publish 2 lessons"
        assert states() == {LessonState.DRAFT}

    def test_worker_publishes_all_by_one_action(
        self, client: Client, drafts: list[Lesson], planner: User
    ):
        act(client, "publish", drafts)

        page = page_of_work(client, done_by_worker())

        assert "Published." in page.text
        assert way_of(page) == LIST
        assert states() == {LessonState.PUBLISHED}
        assert PlanningAction.objects.get(by=planner).changes.count() == 2

    def test_those_that_are_published_or_gone_by_then_are_no_hindrance(
        self, client: Client, drafts: list[Lesson]
    ):
        act(client, "publish", [*drafts, LessonFactory.create(is_draft=True)])
        publish_lesson(drafts[0])
        delete_lessons([Lesson.objects.latest("pk")], at=timezone.now())

        assert done_by_worker().state == WorkState.DONE
        assert states() == {LessonState.PUBLISHED}


class TestCancel:
    def test_page_lists_the_first_and_sends_all_in_one_field(
        self, client: Client, two: list[Lesson], monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setattr(several_views, "LESSONS_LISTED", 1)

        page = asked(client, "cancel", two)

        assert "and 1 other lesson" in page.text
        assert not page.all("input", name="code")
        assert hidden_in(page)["codes"].split(".") == [lesson.code for lesson in two]

    def test_worker_cancels_just_those_that_were_shown(
        self, client: Client, two: list[Lesson], planner: User
    ):
        shown = hidden_in(asked(client, "cancel", two))
        later = LessonFactory.create()

        answer = client.post(f"{LIST}cancel/", {**shown, "reason": "台风"})
        assert answer.status_code == 303
        page = page_of_work(client, done_by_worker())

        assert page.one("h1").text == "Cancel 2 lessons"
        assert "Lessons that could be cancelled have been." in page.text
        cancelled = Lesson.objects.filter(state=LessonState.CANCELLED, cancel_reason="台风")
        assert {lesson.pk for lesson in cancelled} == {lesson.pk for lesson in two}
        assert Lesson.objects.get(pk=later.pk).is_published
        assert PlanningAction.objects.get(by=planner).reason == "台风"

    @pytest.mark.parametrize("what", ["changed", "deleted"])
    def test_those_that_have_changed_since_are_shown_and_asked_about_again(
        self, client: Client, two: list[Lesson], what: str
    ):
        client.post(f"{LIST}cancel/", hidden_in(asked(client, "cancel", two)))
        if what == "changed":
            change_lesson(two[0], replace(plan_of(two[0]), title="新题"))
        else:
            delete_lessons(two[:1], at=timezone.now())

        page = page_of_work(client, done_by_worker())
        assert refusal_on(page).startswith("Nothing was done: since you opened the page")
        assert states() == {LessonState.PUBLISHED}
        again = main(client.get(way_of(page)))

        assert (
            again.one("h1").text
            == f"Cancel {2 if what == 'changed' else 1} lesson{'s' if what == 'changed' else ''}?"
        )
        client.post(f"{LIST}cancel/", hidden_in(again))
        done_by_worker()
        assert states() == {LessonState.CANCELLED}

    def test_what_the_release_before_left_to_a_worker_is_done(
        self, client: Client, two: list[Lesson]
    ):
        act(client, "cancel", two, reason="台风")
        keys = json.dumps([lesson.pk for lesson in two]).encode()
        Work.objects.update(content=keys)

        assert done_by_worker().state == WorkState.DONE
        assert states() == {LessonState.CANCELLED}

    def test_those_that_cannot_be_cancelled_are_named(self, client: Client, two: list[Lesson]):
        over = LessonFactory.create(starts_at=school_time(-2, 8))
        draft = LessonFactory.create(is_draft=True)
        act(client, "cancel", [*two, over, draft], reason="")

        page = page_of_work(client, done_by_worker())

        assert f"{over}: it is over" in page.text
        assert f"{draft}: it is a draft, which can be deleted" in page.text
        assert Lesson.objects.filter(state=LessonState.CANCELLED).count() == 2

    def test_of_many_that_cannot_be_cancelled_some_are_counted(
        self, client: Client, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setattr(state_work, "LESSONS_LISTED", 1)
        act(client, "cancel", LessonFactory.create_batch(3, is_draft=True))

        page = page_of_work(client, done_by_worker())

        assert page.text.count("it is a draft, which can be deleted") == 1
        assert "and 2 other lessons" in page.text

    @pytest.fixture
    def deleted_as_they_are_read(self, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
        """Have somebody delete one of these lessons after each time that all of them were read."""

        def set_up(*lessons: Lesson) -> None:
            left = list(lessons)

            def read(lesson_ids: list[int]) -> list[Lesson]:
                lessons_read = lessons_as_they_are(lesson_ids)
                if left:
                    delete_lessons([left.pop()], at=timezone.now())
                return lessons_read

            monkeypatch.setattr(state_work, "lessons_as_they_are", read)

        return set_up

    def test_it_is_looked_again_where_somebody_changes_them_meanwhile(
        self,
        client: Client,
        two: list[Lesson],
        deleted_as_they_are_read: Callable[..., None],
    ):
        deleted_as_they_are_read(two[0])
        act(client, "cancel", two, reason="")

        assert done_by_worker().state == WorkState.DONE
        assert states() == {LessonState.CANCELLED}
        assert PlanningAction.objects.filter(changes__lesson=two[1], by__isnull=False).count() == 1

    def test_where_that_never_ends_nothing_is_done(
        self,
        client: Client,
        two: list[Lesson],
        deleted_as_they_are_read: Callable[..., None],
    ):
        others = LessonFactory.create_batch(TRIES)
        deleted_as_they_are_read(*others)
        act(client, "cancel", [*two, *others], reason="")

        page = page_of_work(client, done_by_worker())

        assert refusal_on(page).startswith("Nothing was done: since you opened the page")
        assert set(Lesson.objects.all()) == set(two)
        assert states() == {LessonState.PUBLISHED}

    @pytest.mark.parametrize("code", ["nonesuch", "", "a\0"])
    def test_unknown_code_is_missing_at_once(self, client: Client, two: list[Lesson], code: str):
        codes = ".".join([two[0].code, code])

        answer = client.post(f"{LIST}cancel/", {"codes": codes, "confirmed": "1"})

        assert answer.status_code == 404
        assert not Work.objects.exists()

    def test_page_that_is_shown_again_still_sends_all(self, client: Client, two: list[Lesson]):
        shown = hidden_in(asked(client, "cancel", two))

        page = main(client.post(f"{LIST}cancel/", {**shown, "reason": "长" * 201}))

        assert hidden_in(page)["codes"] == shown["codes"]
        assert hidden_in(page)["known"] == shown["known"]
        days = [f"{timezone.localtime(lesson.starts_at):%Y-%m-%d}" for lesson in two]
        assert all(day in page.text for day in days)


class TestRestore:
    def test_those_are_restored_whose_people_are_free(
        self, client: Client, two: list[Lesson], teacher: User
    ):
        cancel_lessons(two, reason="", at=timezone.now())
        taking = LessonFactory.create(
            teacher=teacher, starts_at=two[0].starts_at, ends_at=two[0].ends_at
        )
        act(client, "restore", two)

        page = page_of_work(client, done_by_worker())

        assert page.one("h1").text == "Undo the cancellation of 2 lessons"
        assert "Cancellations that could be undone have been." in page.text
        assert f"{two[0]}: 李老师 is in the lesson {taking} at that time." in page.text
        assert set(Lesson.objects.filter(state=LessonState.PUBLISHED)) == {taking, two[1]}

    def test_of_two_at_the_same_time_one_is_restored(
        self, client: Client, two: list[Lesson], teacher: User
    ):
        cancel_lessons(two, reason="", at=timezone.now())
        Lesson.objects.update(starts_at=two[0].starts_at, ends_at=two[0].ends_at)
        act(client, "restore", two)

        page = page_of_work(client, done_by_worker())

        restored = Lesson.objects.get(state=LessonState.PUBLISHED)
        left = Lesson.objects.get(state=LessonState.CANCELLED)
        assert f"{left}: 李老师 is in the lesson {restored} at that time." in page.text

    def test_what_is_not_cancelled_is_left_alone(self, client: Client, two: list[Lesson]):
        act(client, "restore", two)

        assert done_by_worker().state == WorkState.DONE
        assert not PlanningAction.objects.filter(changes__lesson__in=two, by__isnull=False).exists()


class TestOpenRooms:
    def test_closed_classes_get_other_rooms(self, client: Client, two: list[Lesson]):
        for number, lesson in enumerate(two):
            status = (CloudStatus.ENDED, CloudStatus.NOT_STARTED)[number]
            Room.objects.create(
                lesson=lesson, room_id=number + 1, sdk_app_id=1, cloud_status=status
            )
        act(client, "open-rooms", two)

        page = page_of_work(client, done_by_worker())

        assert page.one("h1").text == "Open other rooms for 2 lessons"
        assert f"{two[1]}: its class has not begun and can be entered" in page.text
        assert Room.objects.current().get(lesson=two[0]).reason == RoomReason.REOPENED
        assert Room.objects.filter(lesson=two[1]).count() == 1
