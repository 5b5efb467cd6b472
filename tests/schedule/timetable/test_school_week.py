"""The week of the whole school: who sees it, how many lessons are folded, its ways, and what it costs."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from schedule.models import ClassGroup, Lesson
from schedule.templatetags.school_week import FOLDED_ABOVE
from tests.cast import SignedIn
from tests.factories.schedule import CourseFactory, LessonFactory
from tests.support.pages import Element, read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_china")]

# A Wednesday, 10:05 in Shanghai.
NOW = dt.datetime(2026, 9, 2, 2, 5, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)
WEEK, SCHOOL = "/schedule/2026-09-02/", "/schedule/2026-09-02/?school=1"


@pytest.fixture(autouse=True)
def _now() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


def plan(course: str, hours: int = 2, **fields: Any) -> Lesson:
    """A lesson that begins so many hours after ten o'clock."""
    starts_at = NOW.replace(minute=0) + hours * HOUR
    return LessonFactory.create(
        course=CourseFactory.create(name=course), starts_at=starts_at, **fields
    )


def page_of(client: Client, path: str = SCHOOL) -> Element:
    answer = client.get(path)
    assert answer.status_code == 200
    return read(answer.content)


class TestWhoSeesIt:
    def test_who_looks_at_any_timetable(self, signed_in: SignedIn, planner: User, supervisor: User):
        plan("语文课")
        plan("数学课")
        plan("草稿课", is_draft=True)

        for person, drafts in ((planner, ["草稿课"]), (supervisor, [])):
            page = page_of(signed_in(person))

            courses = [each.text for each in page.one("table").all("span", "lesson-course")]
            assert courses == ["语文课", "数学课", *drafts], person
            # No class stands out among so many.
            assert page.all("section", "next-lesson") == [], person

    def test_it_is_missing_for_others(
        self, signed_in: SignedIn, teacher: User, outsider: User, lesson: Lesson
    ):
        for person in (teacher, outsider):
            client = signed_in(person)
            for path in (SCHOOL, "/schedule/?school=1"):
                assert client.get(path).status_code == 404, person
                assert client.get(path, headers={"X-Page-Version": "x"}).status_code == 404, person
            assert "school=1" not in client.get(WEEK).content.decode(), person

    def test_other_values_count_as_absent(self, signed_in: SignedIn, teacher: User):
        client = signed_in(teacher)
        for query in ("school=", "school=0", "school=all"):
            assert client.get(f"{WEEK}?{query}").status_code == 200, query

    def test_teacher_who_is_named_as_well_narrows_it(
        self, signed_in: SignedIn, planner: User, teacher: User
    ):
        plan("语文课", teacher=teacher)
        plan("数学课")

        page = page_of(signed_in(planner), f"{SCHOOL}&teacher=teacher")

        assert page.one("table").one("span", "lesson-course").text == "语文课"
        assert page.link("下一周 ›") == "/schedule/2026-09-07/?teacher=teacher"


class TestDrawing:
    def test_many_lessons_of_an_hour_are_a_list_to_open(
        self, signed_in: SignedIn, planner: User, teacher: User, class_group: ClassGroup
    ):
        first = plan("语文课", teacher=teacher, class_groups=[class_group])
        for number in range(FOLDED_ABOVE):
            plan(f"课{number}")

        table = page_of(signed_in(planner)).one("table")

        folded = table.one("details", "folded")
        assert "open" not in folded.attrs
        assert folded.one("summary").text == f"{FOLDED_ABOVE + 1} 节课"
        assert len(folded.all("li")) == FOLDED_ABOVE + 1
        line = folded.all("a")[0]
        assert line.text == "12:00 语文课 三年级1班 · 李老师"
        assert line.attrs["href"] == f"/schedule/lessons/{first.code}/"

    def test_lines_tell_states(self, signed_in: SignedIn, planner: User):
        for number in range(FOLDED_ABOVE):
            plan(f"课{number}", 0)
        plan("草稿课", 0, is_draft=True)

        lines = [
            each.text for each in page_of(signed_in(planner)).one("details", "folded").all("a")
        ]

        assert lines[0].endswith("● 进行中")
        assert lines[-1].endswith("◇ 草稿")

    def test_few_are_drawn_as_in_other_weeks_and_phones_are_led_to_its_days(
        self, signed_in: SignedIn, planner: User
    ):
        plan("语文课")
        plan("数学课")

        page = page_of(signed_in(planner))

        table = page.one("table")
        assert table.all("details") == []
        assert len(table.one("div", "lessons-beside").all("a", "lesson")) == 2
        days = page.one("ol", "day-list").all("a")
        assert len(days) == 7
        assert days[2].text == "周三 2 廿一 · 今天 2 节课"
        assert days[2].attrs["href"] == "/schedule/today/?school=1&day=2026-09-02"

    def test_empty_week_leads_to_the_next_lesson(self, signed_in: SignedIn, planner: User):
        plan("语文课", 7 * 24)

        page = page_of(signed_in(planner))

        assert page.link("下一节课在 2026-09-09。") == "/schedule/2026-09-09/?school=1"


class TestWays:
    def test_page_says_whose_week_it_is_and_weeks_before_and_after_keep_it(
        self, signed_in: SignedIn, planner: User
    ):
        page = page_of(signed_in(planner))

        assert page.one("title").text == "全校 · 课程表 2026-08-31 · 云课堂"
        assert page.one("h1").text == "全校 · 2026年8月31日 – 9月6日"
        assert page.one("p", "week-owner").text == "云课堂 · 全校"
        assert page.link("‹ 上一周") == "/schedule/2026-08-24/?school=1"
        assert page.link("下一周 ›") == "/schedule/2026-09-07/?school=1"
        assert page.link("本周") == "/schedule/?school=1"
        assert page.one("input", type="hidden", name="school").attrs["value"] == "1"
        assert page.one("div", id="live").attrs["data-url"] == SCHOOL

    def test_other_weeks_lead_to_it(self, signed_in: SignedIn, planner: User):
        client = signed_in(planner)

        assert page_of(client, WEEK).link("全校") == "/schedule/2026-08-31/?school=1"
        assert all(each.text != "全校" for each in page_of(client).all("a"))

    def test_week_and_day_of_a_choice_lead_to_each_other(
        self, signed_in: SignedIn, planner: User, teacher: User, class_group: ClassGroup
    ):
        client = signed_in(planner)
        group = "class_group=%E4%B8%89%E5%B9%B4%E7%BA%A71%E7%8F%AD"
        for week, day in (
            ("school=1", ""),
            ("teacher=teacher", "teacher=teacher&"),
            (group, f"{group}&"),
        ):
            of_day = page_of(client, f"/schedule/today/?{day}day=2026-09-02")
            of_week = page_of(client, f"{WEEK}?{week}")

            assert of_day.link("整周") == f"{WEEK}?{week}"
            days = [each.attrs["href"] for each in of_week.one("table").one("thead").all("a")]
            assert days[2] == f"/schedule/today/?{week}&day=2026-09-02"
            assert len(days) == 7, week

    def test_own_week_has_no_days_of_its_own(self, signed_in: SignedIn, planner: User):
        assert page_of(signed_in(planner), WEEK).one("thead").all("a") == []


class TestCost:
    def queries(self, client: Client, **headers: str) -> int:
        client.get(SCHOOL)  # what is read once per process is read
        with CaptureQueriesContext(connection) as captured:
            client.get(SCHOOL, headers=headers)
        return len(captured)

    def test_fixed_number_of_queries(self, signed_in: SignedIn, planner: User):
        client = signed_in(planner)
        for number in range(FOLDED_ABOVE + 1):
            plan(f"课{number}")
            if number in (0, FOLDED_ABOVE):
                assert self.queries(client) == 10, number

    def test_unchanged_costs_the_lessons_beside_session_and_person(
        self, signed_in: SignedIn, planner: User
    ):
        plan("语文课")
        client = signed_in(planner)
        version = client.get(SCHOOL)["X-Page-Version"]

        assert client.get(SCHOOL, headers={"X-Page-Version": version}).status_code == 204
        assert self.queries(client, **{"X-Page-Version": version}) == 3
