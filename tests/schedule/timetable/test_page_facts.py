"""Pages of the timetable that follow what they show: what their script hears, and when it asks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from courseware.enums import CoursewareState
from courseware.models import Courseware
from replays.enums import ReplayReason, ReplayState
from replays.models import Replay
from schedule.enums import CloudStatus, CourseColour, LessonState, RecordMode
from schedule.lessons.change import change_lesson
from schedule.lessons.plan import plan_of
from schedule.models import ClassGroup, Course, Lesson, Room, RoomPolling
from tests.cast import SignedIn
from tests.factories.courseware import BindingFactory, CoursewareFactory
from tests.factories.schedule import ClassGroupFactory, CourseFactory, LessonFactory
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


@pytest.fixture
def lesson_path(planned: Lesson) -> str:
    return f"/schedule/lessons/{planned.code}/"


@pytest.fixture
def paths(lesson_path: str) -> list[str]:
    return ["/schedule/", "/schedule/2026-09-02/", lesson_path]


def live_of(client: Client, path: str) -> Element:
    return read(client.get(path).content).one("div", id="live")


def ask(client: Client, path: str, known: str) -> Any:
    return client.get(path, headers={"X-Page-Version": known})


def version_of(client: Client, path: str) -> str:
    answer = client.get(path)
    version = read(answer.content).one("div", id="live").attrs["data-version"]
    assert answer["X-Page-Version"] == version
    return version


def versions_of(client: Client, paths: list[str]) -> dict[str, str]:
    return {path: version_of(client, path) for path in paths}


def queries_of(client: Client, path: str, known: str) -> tuple[int, int]:
    """Return what a question is answered, and by how many statements."""
    with CaptureQueriesContext(connection) as captured:
        answer = ask(client, path, known)
    return answer.status_code, len(captured)


@pytest.mark.both_databases("facts of many rows as one text")
class TestUnchanged:
    def test_nothing_is_sent_after_session_person_and_two_queries(
        self,
        signed_in: SignedIn,
        student: User,
        teacher: User,
        assistant: User,
        planned: Lesson,
        paths: list[str],
        django_assert_num_queries: Any,
    ):
        for person in (student, teacher, assistant):
            client = signed_in(person)
            for path, known in versions_of(client, paths).items():
                with django_assert_num_queries(4, info=f"{person} {path}"):
                    answer = ask(client, path, known)

                assert (answer.status_code, answer.content) == (204, b""), (person, path)
                assert answer["Cache-Control"] == "private, no-store", (person, path)

    def test_weeks_of_others_cost_no_more(
        self, signed_in: SignedIn, planner: User, planned: Lesson
    ):
        client = signed_in(planner)
        who = ("?teacher=teacher", "?class_group=三年级1班")
        both = f"{who[0]}&{who[1].removeprefix('?')}"
        known = versions_of(client, [f"/schedule/{query}" for query in (*who, both)])

        answers = {path: queries_of(client, path, version) for path, version in known.items()}

        assert answers == dict.fromkeys(known, (204, 4))

    def test_many_lessons_replays_and_files_cost_no_more(
        self, signed_in: SignedIn, teacher: User, planned: Lesson
    ):
        client = signed_in(teacher)
        for number in range(4):
            made = LessonFactory.create(
                teacher=teacher, starts_at=STARTS + (number + 1) * 60 * MINUTE
            )
            Room.objects.create(lesson=made, room_id=6 + number, sdk_app_id=1, asked_at=NOW)
            BindingFactory.create(lesson=made)
            if number in (0, 3):
                known = version_of(client, "/schedule/")
                assert queries_of(client, "/schedule/", known) == (204, 4), number

    def test_news_of_many_cost_as_many_queries_as_of_one(
        self,
        signed_in: SignedIn,
        teacher: User,
        student: User,
        planner: User,
        class_group: ClassGroup,
        planned: Lesson,
        lesson_path: str,
    ):
        expected = {
            (signed_in(student), "/schedule/"): 6,
            (signed_in(planner), "/schedule/?teacher=teacher"): 6,
            (signed_in(student), lesson_path): 11,
        }
        for number in range(4):
            LessonFactory.create(
                teacher=teacher,
                class_groups=[class_group],
                starts_at=STARTS + (number + 1) * 60 * MINUTE,
            )
            BindingFactory.create(lesson=planned)
            if number in (0, 3):
                for (client, path), queries in expected.items():
                    assert queries_of(client, path, "x") == (200, queries), (path, number)

    def test_cloud_that_says_the_same_again_is_no_news(
        self, signed_in: SignedIn, student: User, paths: list[str]
    ):
        client = signed_in(student)
        known = versions_of(client, paths)
        Room.objects.update(asked_at=NOW + MINUTE / 2)

        answers = {path: ask(client, path, version).status_code for path, version in known.items()}

        assert answers == dict.fromkeys(paths, 204)


# What happens to the lesson, one after another.
HAPPENING: dict[str, Callable[[Lesson], object]] = {
    "cloud falls silent": lambda lesson: RoomPolling.objects.create(
        room=lesson.rooms.get(), unreachable_since=NOW
    ),
    "cloud is heard again": lambda _lesson: RoomPolling.objects.all().delete(),
    "class begins": lambda _lesson: Room.objects.update(cloud_status=CloudStatus.RUNNING),
    "replay becomes ready": lambda lesson: Replay.objects.filter(lesson=lesson).update(
        state=ReplayState.READY, reason=ReplayReason.FOUND
    ),
    "courseware becomes ready": lambda _lesson: Courseware.objects.update(
        state=CoursewareState.READY
    ),
    "start": lambda _lesson: Lesson.objects.update(starts_at=STARTS + MINUTE),
    "title": lambda _lesson: Lesson.objects.update(title="第二讲"),
    "moved": lambda _lesson: Lesson.objects.update(moved_from=STARTS - MINUTE, moved_at=NOW),
    "teacher": lambda _lesson: Lesson.objects.update(teacher_changed_at=NOW),
    "class group comes": lambda lesson: lesson.class_groups.add(ClassGroupFactory.create()),
    "class group goes": lambda lesson: lesson.class_groups.remove(lesson.class_groups.latest("pk")),
    "class group has another name": lambda lesson: lesson.class_groups.update(name="四年级1班"),
    "assistant has another name": lambda lesson: lesson.assistants.update(display_name="新助教"),
    "course has another colour": lambda _lesson: Course.objects.update(colour=CourseColour.PINK),
    "cancelled": lambda _lesson: Lesson.objects.update(
        state=LessonState.CANCELLED, cancel_reason="停电"
    ),
}


class TestNews:
    @pytest.fixture
    def watcher(self, signed_in: SignedIn, teacher: User) -> Client:
        return signed_in(teacher)

    def assert_is_news(self, client: Client, path: str, known: str, what: str = "") -> str:
        """Return the version that is known now."""
        answer = ask(client, path, known)
        assert answer.status_code == 200, (path, what)
        assert answer["X-Page-Version"] != known, (path, what)
        return str(answer["X-Page-Version"])

    def test_whatever_happens_to_the_lesson(
        self, watcher: Client, planned: Lesson, paths: list[str]
    ):
        courseware = CoursewareFactory.create(state=CoursewareState.TRANSCODING)
        BindingFactory.create(courseware=courseware, lesson=planned)
        known = versions_of(watcher, paths)

        for what, happen in HAPPENING.items():
            happen(planned)

            known = {
                path: self.assert_is_news(watcher, path, version, what)
                for path, version in known.items()
            }

    def test_history_goes_on(self, watcher: Client, planned: Lesson, lesson_path: str):
        known = version_of(watcher, lesson_path)
        plan = replace(plan_of(planned), record_mode=RecordMode.NONE)
        change_lesson(planned, plan)

        self.assert_is_news(watcher, lesson_path, known)

    def test_next_lesson_of_another_week(self, watcher: Client, planned: Lesson):
        path = "/schedule/2026-10-01/"
        known = version_of(watcher, path)
        Room.objects.update(cloud_status=CloudStatus.RUNNING)

        self.assert_is_news(watcher, path, known)

    def test_version_of_nobody(self, watcher: Client, paths: list[str]):
        for known in ("", "x", "0" * 32, f"{'0' * 32}.999999999999", "١.٢"):
            for path in paths:
                self.assert_is_news(watcher, path, known, known)

    def test_script_gets_the_parts_alone(self, watcher: Client, paths: list[str]):
        for path in paths:
            self.assert_are_the_parts_alone(watcher, path)

    def assert_are_the_parts_alone(self, watcher: Client, path: str) -> None:
        page, parts = read(watcher.get(path).content), read(ask(watcher, path, "x").content)

        assert parts.all("html") == parts.all("input", name="day") == [], path
        followed = [part.attrs["data-live"] for part in page.all() if "data-live" in part.attrs]
        sent = [part.attrs["data-live"] for part in parts.all() if "data-live" in part.attrs]
        assert followed == sent != [], path
        for part in followed:
            shown, now = (each.one("div", **{"data-live": part}).text for each in (page, parts))
            assert shown == now, (path, part)
        assert parts.one("div", id="live").attrs == page.one("div", id="live").attrs, path


class TestMoments:
    """Pages ask when they know that they change, and their version holds until then."""

    def test_next_one(self, signed_in: SignedIn, student: User, teacher: User, paths: list[str]):
        students, teachers = signed_in(student), signed_in(teacher)
        for client, at, next_at in (
            (students, NOW, -10),
            (teachers, NOW - 15 * MINUTE, -30),
            (students, STARTS - 10 * MINUTE, 0),
            (students, STARTS + 40 * MINUTE, 45),
            # Until when the class may run on.
            (students, STARTS + 65 * MINUTE, 75),
        ):
            for path in paths:
                self.assert_next_is(STARTS + next_at * MINUTE, client, path, at)

    def assert_next_is(
        self, moment: dt.datetime, client: Client, path: str, at: dt.datetime
    ) -> None:
        with time_machine.travel(at, tick=False):
            live = live_of(client, path)

        assert live.attrs["data-in-s"] == str(int((moment - at).total_seconds())), (path, at)
        assert live.attrs["data-every-s"] == "60", (path, at)
        for seconds, status in ((-1, 204), (0, 200)):
            with time_machine.travel(moment + dt.timedelta(seconds=seconds), tick=False):
                answer = ask(client, path, live.attrs["data-version"])
            assert answer.status_code == status, (path, at, seconds)

    def test_entry_opens(self, signed_in: SignedIn, student: User, paths: list[str]):
        client = signed_in(student)
        for path in paths:
            assert read(client.get(path).content).all("button", "button-primary") == [], path

        with time_machine.travel(STARTS - 10 * MINUTE, tick=False):
            known = versions_of(client, paths)
            parts = {path: read(ask(client, path, known[path] + "x").content) for path in paths}

        buttons = {path: each.one("button", "button-primary").text for path, each in parts.items()}
        assert buttons == dict.fromkeys(paths, "进入课堂")

    def test_what_no_fact_tells_is_followed_within_a_quarter_and_midnight_is_one(
        self, signed_in: SignedIn, student: User, paths: list[str]
    ):
        client = signed_in(student)
        running = STARTS + 5 * MINUTE
        late = dt.datetime(2026, 9, 2, 15, 55, tzinfo=dt.UTC)

        for at, seconds in ((running, "900"), (late, "300")):
            with time_machine.travel(at, tick=False):
                asked = {path: live_of(client, path).attrs["data-in-s"] for path in paths}
            assert asked == dict.fromkeys(paths, seconds), at

    def test_monday_is_another_page(self, signed_in: SignedIn, student: User, planned: Lesson):
        client = signed_in(student)
        shown = live_of(client, "/schedule/").attrs["data-page"]

        with time_machine.travel(NOW + dt.timedelta(days=5), tick=False):
            later = read(ask(client, "/schedule/", "x").content).one("div", id="live")

        assert (shown, later.attrs["data-page"]) == ("2026-08-31", "2026-09-07")


class TestWithoutScripts:
    def test_page_says_as_of_when_it_is(self, signed_in: SignedIn, student: User, paths: list[str]):
        for language, words in (
            ("zh-hans", "本页是 2026-09-02 07:40:00 的情况。 刷新"),
            ("en", "This page is as of 2026-09-02 07:40:00. Load it again"),
        ):
            client = signed_in(student, language)
            for path in paths:
                live = live_of(client, path)

                assert live.one("noscript").text == words, path
                assert live.one("a").attrs["href"] == path, language


class TestForeignOnes:
    def test_lesson_is_not_there(
        self,
        signed_in: SignedIn,
        student: User,
        outsider: User,
        other_teacher: User,
        lesson_path: str,
    ):
        known = version_of(signed_in(student), lesson_path)

        for person in (outsider, other_teacher):
            client = signed_in(person)
            for version in (known, "x"):
                assert ask(client, lesson_path, version).status_code == 404, person
            assert "语文课" not in ask(client, "/schedule/", "x").text, person

    def test_draft_is_not_there(self, signed_in: SignedIn, planner: User, student: User):
        draft = LessonFactory.create(is_draft=True, starts_at=STARTS)
        path = f"/schedule/lessons/{draft.code}/"
        known = version_of(signed_in(planner), path)

        assert ask(signed_in(student), path, known).status_code == 404

    def test_unknown_one_is_not_there(self, signed_in: SignedIn, student: User):
        assert ask(signed_in(student), "/schedule/lessons/nosuch/", "x").status_code == 404

    def test_visitors_sign_in_first(self, client: Client, paths: list[str]):
        answers = {path: ask(client, path, "x")["Location"] for path in paths}

        assert answers == {path: f"/accounts/login/?next={path}" for path in paths}

    def test_weeks_of_others_are_not_there(
        self, signed_in: SignedIn, planner: User, student: User, planned: Lesson
    ):
        asking = signed_in(student)
        paths = ["/schedule/?teacher=teacher", "/schedule/?class_group=三年级1班"]

        for path, known in versions_of(signed_in(planner), paths).items():
            assert ask(asking, path, known).status_code == 404, path
