"""The page after class: the lesson of the last entry, and what comes next."""

from __future__ import annotations

import datetime as dt
import threading
from typing import Any

import pytest
from django.db import DatabaseError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from schedule.door import left_classes
from schedule.door.people import note_entry
from schedule.enums import CloudStatus
from schedule.lessons.cancel import cancel_lesson
from schedule.models import LastEntry, Lesson, Membership, Room, RoomPolling
from tests.cast import SignedIn
from tests.factories.schedule import LessonFactory
from tests.schedule.conftest import LessonAt
from tests.support.cloud import LocalCloud
from tests.support.pages import Element, read

pytestmark = pytest.mark.django_db

PATH = "/schedule/after-class/"


def page_of(client: Client) -> Element:
    response = client.get(PATH)
    assert response.status_code == 200, response
    return read(response.content).one("main")


def entered(user: User, lesson: Lesson) -> None:
    note_entry(user, lesson, at=timezone.now())


@pytest.fixture
def held(lesson_from_now: LessonAt) -> Lesson:
    """A lesson whose class has just ended, before its planned end."""
    lesson = lesson_from_now(-40, 5)
    Room.objects.create(lesson=lesson, room_id=5, sdk_app_id=1, cloud_status=CloudStatus.ENDED)
    return lesson


def again(lesson: Lesson, *, later_min: int = 0, **fields: Any) -> Lesson:
    """Another lesson of the same course and class group, so many minutes later."""
    later = dt.timedelta(minutes=later_min)
    return LessonFactory.create(
        course=lesson.course,
        teacher=lesson.teacher,
        class_groups=list(lesson.class_groups.all()),
        starts_at=lesson.starts_at + later,
        ends_at=lesson.ends_at + later,
        **fields,
    )


class TestEntry:
    def test_page_leads_to_the_class_that_was_entered_last(
        self, signed_in: SignedIn, student: User, lesson_from_now: LessonAt, local_cloud: LocalCloud
    ) -> None:
        client = signed_in(student)
        first = lesson_from_now(-40, 5)
        second = again(first, later_min=46, title="第二讲")

        for lesson in (first, second, first):
            assert client.post(f"/schedule/lessons/{lesson.code}/enter/").status_code == 303
            assert page_of(client).one("h1").text == lesson.title

        assert page_of(client).link(first.title) == f"/schedule/lessons/{first.code}/"
        assert LastEntry.objects.get().user == student

    def test_refused_entry_is_none(
        self, signed_in: SignedIn, student: User, lesson: Lesson, local_cloud: LocalCloud
    ) -> None:
        client = signed_in(student)

        assert client.post(f"/schedule/lessons/{lesson.code}/enter/").status_code == 409
        assert client.get(PATH)["Location"] == "/schedule/"

    def test_busy_database_keeps_nobody_out(
        self, student: User, lesson: Lesson, monkeypatch: pytest.MonkeyPatch, caplog: Any
    ) -> None:
        def be_busy(*_arguments: Any, **_options: Any) -> None:
            raise DatabaseError("database is locked")

        monkeypatch.setattr(type(LastEntry.objects), "bulk_create", be_busy)

        entered(student, lesson)

        assert "was not noted" in caplog.text

    @pytest.mark.both_databases("each says in its own words what to do with a row that is there")
    def test_entry_costs_one_statement(self, student: User, lesson: Lesson) -> None:
        entered(student, lesson)

        with CaptureQueriesContext(connection) as asked:
            entered(student, lesson)

        assert [each["sql"].split()[0] for each in asked if "SAVEPOINT" not in each["sql"]] == [
            "INSERT"
        ]


class TestFollowing:
    @pytest.fixture
    def left(self, student: User, lesson_from_now: LessonAt) -> Lesson:
        """A lesson that the student has just left, of whose end nobody knows yet."""
        lesson = lesson_from_now(-5, 40)
        Room.objects.create(
            lesson=lesson, room_id=5, sdk_app_id=1, cloud_status=CloudStatus.RUNNING
        )
        entered(student, lesson)
        return lesson

    def live_of(self, client: Client) -> Element:
        return page_of(client).one("div", id="live")

    @pytest.mark.both_databases("facts of many rows as one text")
    def test_nothing_new_costs_two_queries_and_no_page(
        self,
        signed_in: SignedIn,
        student: User,
        left: Lesson,
        django_assert_num_queries: Any,
    ) -> None:
        client = signed_in(student)
        known = self.live_of(client).attrs["data-version"]

        with django_assert_num_queries(4):  # with session and person
            assert client.get(PATH, headers={"X-Page-Version": known}).status_code == 204

    def test_asks_soon_until_the_end_is_known_which_is_shown(
        self, signed_in: SignedIn, student: User, left: Lesson
    ) -> None:
        client = signed_in(student)
        live = self.live_of(client)
        assert live.attrs["data-every-s"] == "5"
        Room.objects.update(cloud_status=CloudStatus.ENDED)

        answer = client.get(PATH, headers={"X-Page-Version": live.attrs["data-version"]})

        parts = read(answer.content)
        assert parts.all("nav") == []
        assert "这节课已结束。" in parts.text
        assert self.live_of(client).attrs["data-every-s"] == "60"

    def test_who_may_not_see_it_any_more_hears_nothing(
        self, signed_in: SignedIn, student: User, left: Lesson
    ) -> None:
        client = signed_in(student)
        known = self.live_of(client).attrs["data-version"]
        Membership.objects.all().delete()

        assert client.get(PATH, headers={"X-Page-Version": known}).status_code == 404


class TestLooking:
    """The cloud tells of an end later than browsers come back, or not at all."""

    @pytest.fixture
    def left(
        self, signed_in: SignedIn, teacher: User, lesson_from_now: LessonAt, local_cloud: LocalCloud
    ) -> Lesson:
        """A lesson whose class the teacher has left; as far as we know it runs."""
        lesson = lesson_from_now(-5, 40)
        assert signed_in(teacher).post(f"/schedule/lessons/{lesson.code}/enter/").status_code == 303
        self.note_running(since=dt.timedelta(seconds=2))
        return lesson

    def note_running(self, *, since: dt.timedelta) -> None:
        Room.objects.update(cloud_status=CloudStatus.RUNNING, asked_at=timezone.now() - since)

    def end(self, cloud: LocalCloud) -> None:
        room_id = Room.objects.get().number
        cloud.change_room(room_id, "start")
        cloud.change_room(room_id, "end")

    def test_page_says_at_once_that_the_class_has_ended(
        self, signed_in: SignedIn, teacher: User, left: Lesson, local_cloud: LocalCloud
    ) -> None:
        self.end(local_cloud)

        assert "✓ 已结束" in page_of(signed_in(teacher)).text

    @pytest.mark.parametrize("path", ["/schedule/lessons/{code}/", "/schedule/{day}/", PATH])
    def test_page_that_is_shown_again_says_so_too(
        self, signed_in: SignedIn, teacher: User, left: Lesson, local_cloud: LocalCloud, path: str
    ) -> None:
        client, headers = signed_in(teacher), {"X-Page-Version": "0"}
        # Begun just before midnight, it may lie in the week before.
        address = path.format(code=left.code, day=timezone.localdate(left.starts_at))
        self.end(local_cloud)

        before = client.get(address, headers=headers)
        after = client.get(address, headers={**headers, "X-Page-Returned": "1"})

        assert "● 进行中" in read(before.content).text
        assert "✓ 已结束" in read(after.content).text

    def test_day_of_the_school_says_so_too(
        self,
        signed_in: SignedIn,
        planner: User,
        left: Lesson,
        local_cloud: LocalCloud,
    ) -> None:
        entered(planner, left)
        client, headers = signed_in(planner), {"X-Page-Version": "0"}
        address = f"/schedule/today/?day={timezone.localdate(left.starts_at)}"
        self.end(local_cloud)

        before = client.get(address, headers=headers)
        after = client.get(address, headers={**headers, "X-Page-Returned": "1"})

        assert "● 进行中" in read(before.content).text
        assert "✓ 已结束" in read(after.content).text

    def test_class_that_goes_on_is_no_ended_one(
        self, signed_in: SignedIn, teacher: User, left: Lesson, local_cloud: LocalCloud
    ) -> None:
        local_cloud.change_room(Room.objects.get().number, "start")

        assert "● 进行中" in page_of(signed_in(teacher)).text
        assert Room.objects.get().cloud_status == CloudStatus.RUNNING

    @pytest.mark.parametrize("reason", ["looked at", "over", "silent", "full", "another's"])
    def test_cloud_is_not_asked_when(
        self,
        signed_in: SignedIn,
        teacher: User,
        student: User,
        left: Lesson,
        local_cloud: LocalCloud,
        monkeypatch: pytest.MonkeyPatch,
        reason: str,
    ) -> None:
        room, user = Room.objects.get(), teacher
        if reason == "looked at":
            self.note_running(since=dt.timedelta())
        elif reason == "over":
            Room.objects.update(cloud_status=CloudStatus.ENDED)
        elif reason == "silent":
            RoomPolling.objects.create(room=room, unreachable_since=timezone.now())
        elif reason == "full":
            monkeypatch.setattr(left_classes, "_places", threading.BoundedSemaphore(1))
            left_classes._places.acquire()
        else:
            user = student
        before = len(local_cloud.calls())

        signed_in(user).get(PATH)

        assert len(local_cloud.calls()) == before

    def test_cloud_that_does_not_answer_keeps_nobody_from_the_page(
        self, signed_in: SignedIn, teacher: User, left: Lesson, local_cloud: LocalCloud
    ) -> None:
        local_cloud.switch("DescribeRoom", "fail", code="InternalError")

        assert "● 进行中" in page_of(signed_in(teacher)).text


class TestPage:
    def test_who_entered_nothing_or_may_not_see_it_any_more_is_led_to_the_timetable(
        self, signed_in: SignedIn, student: User, held: Lesson
    ) -> None:
        client = signed_in(student)
        assert client.get(PATH)["Location"] == "/schedule/"

        entered(student, held)
        Membership.objects.all().delete()

        assert client.get(PATH)["Location"] == "/schedule/"

    def test_who_is_not_signed_in_comes_back_after_it(self, client: Client) -> None:
        assert client.get(PATH)["Location"] == f"/accounts/login/?next={PATH}"

    def test_says_what_became_of_the_class_and_its_replay_and_that_nothing_follows(
        self, signed_in: SignedIn, student: User, held: Lesson
    ) -> None:
        entered(student, held)

        page = page_of(signed_in(student))

        assert "✓ 已结束" in page.text
        assert "这节课已结束。" in page.text
        assert "回放" in [heading.text for heading in page.all("h2")]
        assert page.forms_to(f"/schedule/lessons/{held.code}/enter/") == []
        assert "您没有其他待上的课。" in page.text
        assert page.link("回到课程表") == "/schedule/"
        page = page_of(signed_in(student, "en"))
        assert "You have no other lesson to come." in page.text
        assert "This class is over." in page.text

    def test_teacher_who_ended_by_mistake_can_open_another_room(
        self, signed_in: SignedIn, teacher: User, student: User, held: Lesson
    ) -> None:
        for user in (teacher, student):
            entered(user, held)
        reopen = f"/schedule/lessons/{held.code}/reopen/"

        assert len(page_of(signed_in(teacher)).forms_to(reopen)) == 1
        assert page_of(signed_in(student)).forms_to(reopen) == []

    def test_who_left_early_can_enter_again(
        self, signed_in: SignedIn, student: User, lesson_from_now: LessonAt
    ) -> None:
        lesson = lesson_from_now(-5, 40)
        entered(student, lesson)

        page = page_of(signed_in(student))

        assert "您已离开课堂。课堂仍在进行时，可以再次进入。" in page.text
        assert len(page.forms_to(f"/schedule/lessons/{lesson.code}/enter/")) == 1

    def test_shows_the_next_lesson_and_not_the_one_just_left(
        self, signed_in: SignedIn, student: User, lesson_from_now: LessonAt
    ) -> None:
        left = lesson_from_now(-5, 40)
        cancel_lesson(again(left, later_min=50), reason="", at=timezone.now())
        following = again(left, later_min=65)
        again(left, later_min=24 * 60)
        entered(student, left)

        upcoming = page_of(signed_in(student)).one("section", "next-lesson")

        assert upcoming.one("a").attrs["href"] == f"/schedule/lessons/{following.code}/"
