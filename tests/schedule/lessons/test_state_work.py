"""Many lessons of the administration's list that a worker publishes, cancels or restores."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from edu_platform.lib.long_work import WorkState
from schedule.enums import LessonState
from schedule.lessons import admin, state_work
from schedule.lessons.cancel import cancel_lessons
from schedule.lessons.change import lessons_as_they_are, publish_lesson
from schedule.lessons.delete import delete_lessons
from schedule.lessons.trying_again import TRIES
from schedule.models import Lesson, PlanningAction, Work
from tests.cast import SignedIn
from tests.factories.schedule import LessonFactory, school_time
from tests.support.long_work import address_of, done_by_worker, page_of_work, refusal_on, way_of
from tests.support.pages import Element, read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("all_is_long")]

LIST = "/admin/schedule/lesson/"


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
    selected = [lesson.pk for lesson in lessons]
    return client.post(LIST, {"action": action, "_selected_action": selected, **data})


def hidden_in(page: Element) -> dict[str, str]:
    fields = page.all("form")[-1].all("input", type="hidden")
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
        monkeypatch.setattr(admin, "LESSONS_LISTED", 1)

        page = read(act(client, "cancel", two).content)

        assert "and 1 other lesson" in page.text
        assert len(page.all("input", name="_selected_action")) == 1
        keys = hidden_in(page)["chosen"].split(".")
        assert sorted(map(int, keys)) == [lesson.pk for lesson in two]

    def test_worker_cancels_just_those_that_were_shown(
        self, client: Client, two: list[Lesson], planner: User
    ):
        shown = hidden_in(read(act(client, "cancel", two).content))
        later = LessonFactory.create()

        answer = client.post(LIST, {**shown, "reason": "台风"})
        assert answer.status_code == 303
        page = page_of_work(client, done_by_worker())

        assert page.one("h1").text == "Cancel 2 lessons"
        assert "Lessons that could be cancelled have been." in page.text
        cancelled = Lesson.objects.filter(state=LessonState.CANCELLED, cancel_reason="台风")
        assert {lesson.pk for lesson in cancelled} == {lesson.pk for lesson in two}
        assert Lesson.objects.get(pk=later.pk).is_published
        assert PlanningAction.objects.get(by=planner).reason == "台风"

    def test_those_that_cannot_be_cancelled_are_named(self, client: Client, two: list[Lesson]):
        over = LessonFactory.create(starts_at=school_time(-2, 8))
        draft = LessonFactory.create(is_draft=True)
        act(client, "cancel", [*two, over, draft], confirmed="yes", reason="")

        page = page_of_work(client, done_by_worker())

        assert f"{over}: it is over" in page.text
        assert f"{draft}: it is a draft, which can be deleted" in page.text
        assert Lesson.objects.filter(state=LessonState.CANCELLED).count() == 2

    def test_of_many_that_cannot_be_cancelled_some_are_counted(
        self, client: Client, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setattr(state_work, "LESSONS_LISTED", 1)
        act(client, "cancel", LessonFactory.create_batch(3, is_draft=True), confirmed="yes")

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
        act(client, "cancel", two, confirmed="yes", reason="")

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
        act(client, "cancel", [*two, *others], confirmed="yes", reason="")

        page = page_of_work(client, done_by_worker())

        assert refusal_on(page).startswith("Nothing was done: others change these lessons")
        assert set(Lesson.objects.all()) == set(two)
        assert states() == {LessonState.PUBLISHED}

    @pytest.mark.parametrize("key", ["x", "1e9", "9" * 30, "", "1\0"])
    def test_what_can_be_no_key_chooses_nothing(self, client: Client, two: list[Lesson], key: str):
        act(client, "cancel", two, confirmed="yes", reason="", chosen=f"{key}.{two[1].pk}.{key}")
        done_by_worker()

        assert Lesson.objects.get(state=LessonState.CANCELLED) == two[1]
        assert Lesson.objects.get(state=LessonState.PUBLISHED) == two[0]

    def test_page_that_is_shown_again_still_sends_all(self, client: Client, two: list[Lesson]):
        shown = hidden_in(read(act(client, "cancel", two).content))

        page = read(client.post(LIST, {**shown, "reason": "长" * 201}).content)

        assert hidden_in(page)["chosen"] == shown["chosen"]
        assert all(str(lesson) in page.text for lesson in two)


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
