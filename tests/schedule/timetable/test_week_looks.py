"""The looks of a week: where the present moment lies, what overlaps, and keys."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.test import Client

from accounts.models import User
from schedule.lessons.cancel import cancel_lesson
from schedule.models import ClassGroup, Lesson
from tests.cast import SignedIn
from tests.factories.schedule import CourseFactory, UnplannedLessonFactory
from tests.support.pages import Element, read, table_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_china")]

# A Wednesday.
WEEK = "/schedule/2026-09-02/"


def at(hour: int, minute: int = 0, day: int = 2) -> dt.datetime:
    """A moment of September, in Shanghai."""
    return dt.datetime(2026, 9, day, hour, minute, tzinfo=dt.timezone(dt.timedelta(hours=8)))


def plan(course: str, starts_at: dt.datetime, minutes: int = 45, **fields: Any) -> Lesson:
    length = dt.timedelta(minutes=minutes)
    fields = {"starts_at": starts_at, "ends_at": starts_at + length} | fields
    return UnplannedLessonFactory.create(course=CourseFactory.create(name=course), **fields)


def page_at(now: dt.datetime, client: Client, path: str = WEEK) -> Element:
    with time_machine.travel(now, tick=False):
        answer = client.get(path)
    assert answer.status_code == 200
    return read(answer.content).one("main")


def cells_of(page: Element, hour: int) -> list[Element]:
    """Those of the seven days."""
    rows = page.one("table").all("tr")
    (row,) = (each for each in rows if each.text.startswith(f"{hour:02}:00"))
    return row.all("td")


class TestPresentMoment:
    def test_line_stands_in_today_s_column_and_the_present_hour(
        self, signed_in: SignedIn, teacher: User
    ):
        client = signed_in(teacher)
        for minute, step in ((0, "at-00"), (7, "at-05"), (59, "at-55")):
            page = page_at(at(10, minute), client)

            line = page.one("span", "now-line")
            assert cells_of(page, 10)[2].one("span", "now-line") is line, minute
            assert step in line.classes, minute
            assert (line.attrs["aria-hidden"], line.text) == ("true", ""), minute
        # The page tells the school's time.
        live = page_at(at(10, 7), client).one("div", id="live")
        assert live.attrs["data-now"] == "2026-09-02T10:07:00+08:00"

    def test_none_in_other_weeks_and_outside_the_hours_shown(
        self, signed_in: SignedIn, teacher: User
    ):
        client = signed_in(teacher)
        for hour, path in ((10, "/schedule/2026-09-09/"), (6, WEEK), (22, WEEK)):
            assert page_at(at(hour), client, path).all("span", "now-line") == [], (hour, path)

    def test_list_of_today_says_what_is_still_to_come(self, signed_in: SignedIn, teacher: User):
        client = signed_in(teacher)
        for hour in (8, 9, 11):
            plan(f"课{hour}", at(hour), teacher=teacher)
        plan("数学课", at(8, day=3), teacher=teacher)

        for now, place in ((at(7), 0), (at(8), 1), (at(9, 50), 2), (at(11, 50), 3)):
            items = page_at(now, client).one("ol", "day-list").all("li")

            of_today = [each for each in items if not each.all("ol")]
            assert [each.text == "现在" for each in of_today].index(True) == place, now
            assert [each.text for each in of_today].count("现在") == 1, now

    def test_passing_minutes_make_no_other_version(self, signed_in: SignedIn, teacher: User):
        plan("语文课", at(10), teacher=teacher)
        client = signed_in(teacher)
        with time_machine.travel(at(10, 1), tick=False):
            version = client.get(WEEK)["X-Page-Version"]

        with time_machine.travel(at(10, 14), tick=False):
            answer = client.get(WEEK, headers={"X-Page-Version": version})

        assert answer.status_code == 204


class TestOverlaps:
    @pytest.fixture(autouse=True)
    def _lessons(self, class_group: ClassGroup) -> None:
        """Plan lessons of a class group: two at once, two in turn, and one that runs into the next hour."""
        together: dict[str, Any] = {"class_groups": [class_group], "overlap_reason": "走班"}
        plan("语文课", at(8), **together)
        plan("数学课", at(8, 5), **together)
        plan("英语课", at(10), 20, **together)
        plan("美术课", at(10, 25), 20, **together)
        plan("体育课", at(14, 30), 60, **together)
        plan("音乐课", at(15), **together)

    def page(self, signed_in: SignedIn, planner: User, language: str = "zh-hans") -> Element:
        return page_at(at(7), signed_in(planner, language), f"{WEEK}?class_group=三年级1班")

    def test_lessons_at_once_stand_beside_each_other_and_one_that_still_runs_is_told(
        self, signed_in: SignedIn, planner: User
    ):
        page = self.page(signed_in, planner)

        (beside,) = page.one("table").all("div", "lessons-beside")
        lanes = [each.one("span", "lesson-course").text for each in beside.all("div")]
        assert lanes == ["语文课", "数学课"]
        assert cells_of(page, 8)[2].all("div", "lessons-beside") == [beside]
        assert len(cells_of(page, 10)[2].all("a", "lesson")) == 2
        for shown, words in (
            (page, "体育课（上到 15:30）"),
            (self.page(signed_in, planner, "en"), "体育课 runs until 15:30"),
        ):
            told = shown.one("table").one("span", "running-on")
            assert told.text == words
            assert cells_of(shown, 15)[2].text.startswith(f"{words} 音乐课 15:00")

    def test_many_of_them_are_counted(
        self, signed_in: SignedIn, planner: User, class_group: ClassGroup
    ):
        for course, minute in (("科学课", 35), ("劳动课", 40)):
            plan(course, at(14, minute), class_groups=[class_group], overlap_reason="走班")

        page = self.page(signed_in, planner)

        assert page.one("table").one("span", "running-on").text == "前面还有 3 节课没下课"

    def test_cancelled_lesson_does_not_run_on(self, signed_in: SignedIn, planner: User):
        running = Lesson.objects.get(course__name="体育课")
        with time_machine.travel(at(7), tick=False):
            cancel_lesson(running, reason="", at=at(7))

        page = self.page(signed_in, planner)

        assert page.one("table").all("span", "running-on") == []


class TestCountdown:
    def test_pages_say_until_when_it_counts_and_nothing_of_what_is_open(
        self, signed_in: SignedIn, teacher: User, student: User, class_group: ClassGroup
    ):
        lesson = plan("语文课", at(8), teacher=teacher, class_groups=[class_group])
        for person, opens in ((teacher, "07:30"), (student, "07:50")):
            for path in (WEEK, f"/schedule/lessons/{lesson.code}/"):
                timer = page_at(at(7), signed_in(person), path).one("span", role="timer")

                until = f"2026-09-02T{opens}:00+08:00"
                assert timer.attrs["data-until"] == until, (person, path)
                assert (timer.attrs["data-left"], timer.text) == ("还有 {time}", ""), (person, path)

        page = page_at(at(7, 45), signed_in(teacher))
        assert page.all("span", role="timer") == []
        assert page.one("section", "next-lesson").one("button").text == "进入课堂"


def test_arrow_keys_are_told_on_the_ways_they_lead(signed_in: SignedIn, planner: User):
    for path, before, after in (
        (WEEK, "/schedule/2026-08-24/", "/schedule/2026-09-07/"),
        (
            "/schedule/today/?day=2026-09-02",
            "/schedule/today/?day=2026-09-01",
            "/schedule/today/?day=2026-09-03",
        ),
    ):
        page = page_at(at(7), signed_in(planner), path)

        for relation, key, mark, address in (
            ("prev", "ArrowLeft", "←", before),
            ("next", "ArrowRight", "→", after),
        ):
            link = page.one("a", rel=relation).attrs
            assert (link["href"], link["aria-keyshortcuts"]) == (address, key)
            assert link["title"] == f"快捷键：{mark}"


def test_hours_stay_as_they_were_without_overlaps(signed_in: SignedIn, teacher: User):
    plan("语文课", at(8), teacher=teacher)
    plan("数学课", at(8, 55), teacher=teacher)

    _head, first, *_ = table_of(page_at(at(7), signed_in(teacher)))

    assert first[3].startswith("语文课 08:00 ")
    assert " 数学课 08:55 " in first[3]
