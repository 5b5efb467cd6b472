"""Pages of the timetable that follow what they show: what their script hears, and when it asks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import time_machine
from django.test import Client

from accounts.models import User
from courseware.enums import CoursewareState
from courseware.models import Courseware
from replays.enums import ReplayReason, ReplayState
from replays.models import Replay
from schedule.enums import CloudStatus, LessonState, RecordMode
from schedule.models import ClassGroup, Lesson, Room, RoomPolling
from schedule.services.lessons import change_lesson, plan_of
from tests.cast import SignedIn
from tests.factories.courseware import BindingFactory, CoursewareFactory
from tests.factories.schedule import CourseFactory, LessonFactory
from tests.support.pages import Element, read

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("in_china"),
]

MINUTE = dt.timedelta(minutes=1)
# A Wednesday, 08:00 in Shanghai.
STARTS = dt.datetime(2026, 9, 2, 0, 0, tzinfo=dt.UTC)
NOW = STARTS - 20 * MINUTE


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def planned(teacher: User, assistant: User, class_group: ClassGroup) -> Lesson:
    lesson = LessonFactory.create(
        course=CourseFactory.create(name="语文课"),
        teacher=teacher,
        assistants=[assistant],
        class_groups=[class_group],
        starts_at=STARTS,
        ends_at=STARTS + 45 * MINUTE,
    )
    Room.objects.create(lesson=lesson, room_id=5, sdk_app_id=1, asked_at=NOW)
    return lesson


@pytest.fixture(params=["/schedule/", "/schedule/2026-09-02/", "lesson"])
def path(request: pytest.FixtureRequest, planned: Lesson) -> str:
    if request.param == "lesson":
        return f"/schedule/lessons/{planned.code}/"
    return str(request.param)


def live_of(client: Client, path: str) -> Element:
    return read(client.get(path).content).one("div", id="live")


def ask(client: Client, path: str, known: str) -> Any:
    return client.get(path, headers={"X-Page-Version": known})


def version_of(client: Client, path: str) -> str:
    version = live_of(client, path).attrs["data-version"]
    assert client.get(path)["X-Page-Version"] == version
    return version


@pytest.mark.both_databases("facts of many rows as one text")
class TestUnchanged:
    @pytest.mark.parametrize("who", ["student", "teacher", "assistant"])
    def test_nothing_is_sent_after_session_person_and_two_queries(
        self,
        request: pytest.FixtureRequest,
        signed_in: SignedIn,
        path: str,
        django_assert_num_queries: Any,
        who: str,
    ):
        client = signed_in(request.getfixturevalue(who))
        known = version_of(client, path)

        with django_assert_num_queries(4):
            answer = ask(client, path, known)

        assert (answer.status_code, answer.content) == (204, b"")
        assert answer["Cache-Control"] == "private, no-store"

    @pytest.mark.parametrize(
        "query",
        ["?teacher=teacher", "?class_group=三年级1班", "?teacher=teacher&class_group=三年级1班"],
    )
    def test_weeks_of_others_cost_no_more(
        self,
        signed_in: SignedIn,
        planner: User,
        planned: Lesson,
        django_assert_num_queries: Any,
        query: str,
    ):
        client, path = signed_in(planner), f"/schedule/{query}"
        known = version_of(client, path)

        with django_assert_num_queries(4):
            assert ask(client, path, known).status_code == 204

    @pytest.mark.parametrize("count", [1, 8])
    def test_many_lessons_replays_and_files_cost_no_more(
        self,
        signed_in: SignedIn,
        teacher: User,
        planned: Lesson,
        django_assert_num_queries: Any,
        count: int,
    ):
        for number in range(count):
            made = LessonFactory.create(
                teacher=teacher, starts_at=STARTS + (number + 1) * 60 * MINUTE
            )
            Room.objects.create(lesson=made, room_id=6 + number, sdk_app_id=1, asked_at=NOW)
            BindingFactory.create(lesson=made)
        client = signed_in(teacher)
        known = version_of(client, "/schedule/")

        with django_assert_num_queries(4):
            assert ask(client, "/schedule/", known).status_code == 204

    @pytest.mark.parametrize("count", [1, 8])
    @pytest.mark.parametrize(
        ("who", "path", "queries"),
        [
            ("student", "/schedule/", 8),
            ("planner", "/schedule/?teacher=teacher", 9),
            ("student", "lesson", 14),
        ],
    )
    def test_news_of_many_cost_as_many_queries_as_of_one(
        self,
        request: pytest.FixtureRequest,
        signed_in: SignedIn,
        teacher: User,
        class_group: ClassGroup,
        planned: Lesson,
        django_assert_num_queries: Any,
        who: str,
        path: str,
        queries: int,
        count: int,
    ):
        for number in range(count):
            LessonFactory.create(
                teacher=teacher,
                class_groups=[class_group],
                starts_at=STARTS + (number + 1) * 60 * MINUTE,
            )
            BindingFactory.create(lesson=planned)
        client = signed_in(request.getfixturevalue(who))
        path = f"/schedule/lessons/{planned.code}/" if path == "lesson" else path

        with django_assert_num_queries(queries):
            assert ask(client, path, "x").status_code == 200

    def test_cloud_that_says_the_same_again_is_no_news(
        self, signed_in: SignedIn, student: User, path: str
    ):
        client = signed_in(student)
        known = version_of(client, path)
        Room.objects.update(asked_at=NOW + MINUTE / 2)

        assert ask(client, path, known).status_code == 204


class TestNews:
    @pytest.fixture
    def watcher(self, signed_in: SignedIn, teacher: User) -> Client:
        return signed_in(teacher)

    @pytest.fixture
    def bound(self, planned: Lesson) -> Courseware:
        courseware = CoursewareFactory.create(state=CoursewareState.TRANSCODING)
        BindingFactory.create(courseware=courseware, lesson=planned)
        return courseware

    def assert_is_news(self, client: Client, path: str, known: str) -> None:
        answer = ask(client, path, known)
        assert answer.status_code == 200
        assert answer["X-Page-Version"] != known

    def test_class_begins(self, watcher: Client, path: str):
        known = version_of(watcher, path)
        Room.objects.update(cloud_status=CloudStatus.RUNNING)

        self.assert_is_news(watcher, path, known)

    def test_cloud_falls_silent(self, watcher: Client, planned: Lesson, path: str):
        known = version_of(watcher, path)
        RoomPolling.objects.create(room=planned.rooms.get(), unreachable_since=NOW)

        self.assert_is_news(watcher, path, known)

    @pytest.mark.parametrize(
        "change",
        [
            {"state": LessonState.CANCELLED, "cancel_reason": "停电"},
            {"starts_at": STARTS + MINUTE},
            {"title": "第二讲"},
            {"moved_from": STARTS - MINUTE, "moved_at": NOW},
            {"teacher_changed_at": NOW},
        ],
    )
    def test_lesson_is_changed(self, watcher: Client, path: str, change: dict[str, Any]):
        known = version_of(watcher, path)
        Lesson.objects.update(**change)

        self.assert_is_news(watcher, path, known)

    def test_history_goes_on(self, watcher: Client, planned: Lesson):
        path = f"/schedule/lessons/{planned.code}/"
        known = version_of(watcher, path)
        plan = replace(plan_of(planned), record_mode=RecordMode.NONE)
        change_lesson(planned, plan)

        self.assert_is_news(watcher, path, known)

    def test_replay_becomes_ready(self, watcher: Client, planned: Lesson, path: str):
        known = version_of(watcher, path)
        Replay.objects.filter(lesson=planned).update(
            state=ReplayState.READY, reason=ReplayReason.FOUND
        )

        self.assert_is_news(watcher, path, known)

    def test_courseware_becomes_ready(self, watcher: Client, path: str, bound: Courseware):
        known = version_of(watcher, path)
        Courseware.objects.update(state=CoursewareState.READY)

        self.assert_is_news(watcher, path, known)

    def test_next_lesson_of_another_week(self, watcher: Client, planned: Lesson):
        path = "/schedule/2026-10-01/"
        known = version_of(watcher, path)
        Room.objects.update(cloud_status=CloudStatus.RUNNING)

        self.assert_is_news(watcher, path, known)

    @pytest.mark.parametrize("known", ["", "x", "0" * 32, f"{'0' * 32}.999999999999", "١.٢"])
    def test_version_of_nobody(self, watcher: Client, path: str, known: str):
        self.assert_is_news(watcher, path, known)

    def test_script_gets_the_parts_alone(self, watcher: Client, path: str):
        page, parts = read(watcher.get(path).content), read(ask(watcher, path, "x").content)

        assert parts.all("html") == parts.all("input", name="day") == []
        followed = [part.attrs["data-live"] for part in page.all() if "data-live" in part.attrs]
        sent = [part.attrs["data-live"] for part in parts.all() if "data-live" in part.attrs]
        assert followed == sent != []
        for part in followed:
            shown, now = (each.one("div", **{"data-live": part}).text for each in (page, parts))
            assert shown == now
        assert parts.one("div", id="live").attrs == page.one("div", id="live").attrs


class TestMoments:
    """Pages ask when they know that they change, and their version holds until then."""

    @pytest.mark.parametrize(
        ("who", "at", "next_at"),
        [
            ("student", NOW, -10),
            ("teacher", NOW - 15 * MINUTE, -30),
            ("student", STARTS - 10 * MINUTE, 0),
            ("student", STARTS + 40 * MINUTE, 45),
            # Until when the class may run on.
            ("student", STARTS + 65 * MINUTE, 75),
        ],
    )
    def test_next_one(
        self,
        request: pytest.FixtureRequest,
        signed_in: SignedIn,
        path: str,
        who: str,
        at: dt.datetime,
        next_at: int,
    ):
        client = signed_in(request.getfixturevalue(who))
        with time_machine.travel(at, tick=False):
            live = live_of(client, path)
        moment = STARTS + next_at * MINUTE

        assert live.attrs["data-in-s"] == str(int((moment - at).total_seconds()))
        assert live.attrs["data-every-s"] == "60"
        for seconds, status in ((-1, 204), (0, 200)):
            with time_machine.travel(moment + dt.timedelta(seconds=seconds), tick=False):
                assert ask(client, path, live.attrs["data-version"]).status_code == status

    def test_entry_opens(self, signed_in: SignedIn, student: User, path: str):
        client = signed_in(student)
        assert read(client.get(path).content).all("button", "button-primary") == []

        with time_machine.travel(STARTS - 10 * MINUTE, tick=False):
            parts = read(ask(client, path, version_of(client, path) + "x").content)

        assert parts.one("button", "button-primary").text == "进入课堂"

    def test_what_no_fact_tells_is_followed_within_a_quarter(
        self, signed_in: SignedIn, student: User, path: str
    ):
        with time_machine.travel(STARTS + 5 * MINUTE, tick=False):
            live = live_of(signed_in(student), path)

        assert live.attrs["data-in-s"] == "900"

    def test_midnight_is_one(self, signed_in: SignedIn, student: User, path: str):
        late = dt.datetime(2026, 9, 2, 15, 55, tzinfo=dt.UTC)

        with time_machine.travel(late, tick=False):
            assert live_of(signed_in(student), path).attrs["data-in-s"] == "300"

    def test_monday_is_another_page(self, signed_in: SignedIn, student: User, planned: Lesson):
        client = signed_in(student)
        shown = live_of(client, "/schedule/").attrs["data-page"]

        with time_machine.travel(NOW + dt.timedelta(days=5), tick=False):
            later = read(ask(client, "/schedule/", "x").content).one("div", id="live")

        assert (shown, later.attrs["data-page"]) == ("2026-08-31", "2026-09-07")


class TestWithoutScripts:
    @pytest.mark.parametrize(
        ("language", "words"),
        [
            ("zh-hans", "本页是 2026-09-02 07:40:00 的情况。 刷新"),
            ("en", "This page is as of 2026-09-02 07:40:00. Load it again"),
        ],
    )
    def test_page_says_as_of_when_it_is(
        self, signed_in: SignedIn, student: User, path: str, language: str, words: str
    ):
        live = live_of(signed_in(student, language), path)

        assert live.one("noscript").text == words
        assert live.one("a").attrs["href"] == path


class TestForeignOnes:
    @pytest.mark.parametrize("who", ["outsider", "other_teacher"])
    def test_lesson_is_not_there(
        self,
        request: pytest.FixtureRequest,
        signed_in: SignedIn,
        student: User,
        planned: Lesson,
        who: str,
    ):
        path = f"/schedule/lessons/{planned.code}/"
        known = version_of(signed_in(student), path)
        client = signed_in(request.getfixturevalue(who))

        for version in (known, "x"):
            assert ask(client, path, version).status_code == 404

    def test_draft_is_not_there(self, signed_in: SignedIn, planner: User, student: User):
        draft = LessonFactory.create(is_draft=True, starts_at=STARTS)
        path = f"/schedule/lessons/{draft.code}/"
        known = version_of(signed_in(planner), path)

        assert ask(signed_in(student), path, known).status_code == 404

    def test_unknown_one_is_not_there(self, signed_in: SignedIn, student: User):
        assert ask(signed_in(student), "/schedule/lessons/nosuch/", "x").status_code == 404

    def test_visitors_sign_in_first(self, client: Client, path: str):
        answer = ask(client, path, "x")

        assert answer["Location"] == f"/accounts/login/?next={path}"

    @pytest.mark.parametrize("query", ["?teacher=teacher", "?class_group=三年级1班"])
    def test_weeks_of_others_are_not_there(
        self, signed_in: SignedIn, planner: User, student: User, planned: Lesson, query: str
    ):
        path = f"/schedule/{query}"
        known = version_of(signed_in(planner), path)

        assert ask(signed_in(student), path, known).status_code == 404

    def test_outsiders_see_nothing_of_it(
        self, signed_in: SignedIn, outsider: User, planned: Lesson
    ):
        assert "语文课" not in ask(signed_in(outsider), "/schedule/", "x").text
