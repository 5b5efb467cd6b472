"""Pages that say periods: each lesson by the list of bell times that holds for its class groups on its day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from schedule.models import ClassGroup, Lesson, Term
from schedule.terms.bells.bell_times import read_bells
from schedule.terms.writing import set_bell_times
from tests.cast import SignedIn
from tests.factories.schedule import (
    ClassGroupFactory,
    CourseFactory,
    TermFactory,
    UnplannedLessonFactory,
)
from tests.support.bell_lists import add_list
from tests.support.pages import Element, read, table_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_china")]

# A Wednesday, in the morning.
WEDNESDAY = dt.date(2026, 9, 2)
EARLY = dt.datetime(2026, 9, 2, 6, tzinfo=dt.timezone(dt.timedelta(hours=8)))
WEEK = "/schedule/2026-09-02/"
DEFAULT = "08:00-08:40,08:50-09:30,10:00-10:40"
UPPER = "08:00-08:45,08:55-09:40,10:00-10:45,10:55-11:40"


@pytest.fixture(autouse=True)
def term() -> Term:
    term = TermFactory.create(first_monday=dt.date(2026, 8, 31), weeks=4)
    set_bell_times(term, read_bells(DEFAULT))
    return term


@pytest.fixture
def lower() -> ClassGroup:
    return ClassGroupFactory.create(name="一年级1班", grade="一年级")


@pytest.fixture
def upper(term: Term) -> ClassGroup:
    add_list(term, UPPER, grades=["七年级"], name="初中")
    return ClassGroupFactory.create(name="七年级1班", grade="七年级")


@pytest.fixture
def plan(teacher: User) -> Callable[..., Lesson]:
    def plan(course: str, times: str, *groups: ClassGroup, days: int = 0) -> Lesson:
        day = WEDNESDAY + dt.timedelta(days)
        starts, ends = (
            timezone.make_aware(dt.datetime.combine(day, dt.time.fromisoformat(time)))
            for time in times.split("-")
        )
        return UnplannedLessonFactory.create(
            course=CourseFactory.create(name=course),
            starts_at=starts,
            ends_at=ends,
            teacher=teacher,
            class_groups=groups,
        )

    return plan


def page_of(client: Client, path: str, now: dt.datetime = EARLY) -> Element:
    with time_machine.travel(now, tick=False):
        answer = client.get(path)
    assert answer.status_code == 200
    return read(answer.content).one("main")


def test_new_lessons_begin_by_the_list_that_holds(
    signed_in: SignedIn, planner: User, teacher: User, lower, upper, plan
):
    """The week of a teacher of both levels has the periods of both lists; new ones begin by the default."""
    plan("语文", "08:50-09:30", lower)
    plan("数学", "08:55-09:40", upper)
    client = signed_in(planner)

    def starts(**query: str) -> set[str]:
        page = page_of(client, f"{WEEK}?{urlencode(query)}")
        addresses = (link.attrs.get("href", "") for link in page.all("a"))
        queries = (parse_qs(urlsplit(address).query) for address in addresses)
        return {query["start"][0] for query in queries if "start" in query}

    assert starts(teacher=teacher.username) == {"08:00", "08:50", "10:00"}
    assert starts(class_group=upper.name) == {"08:00", "08:55", "10:00", "10:55"}


def rows_of(page: Element) -> dict[str, str]:
    """The texts of the Wednesdays, by the heads of their rows."""
    return {row[0]: row[3] for row in table_of(page)[1:]}


class TestWeek:
    def test_of_a_class_group_has_the_periods_of_its_list(self, signed_in, planner, plan, upper):
        plan("语文", "08:55-09:40", upper)

        rows = rows_of(page_of(signed_in(planner), f"{WEEK}?class_group={upper.name}"))

        assert list(rows) == [
            "第1节 08:00–08:45",
            "第2节 08:55–09:40",
            "第3节 10:00–10:45",
            "第4节 10:55–11:40",
        ]
        assert rows["第2节 08:55–09:40"].startswith("语文 08:55 第2节")

    def test_of_a_teacher_has_the_periods_of_all_by_their_start(
        self, signed_in, teacher, plan, upper, lower
    ):
        plan("语文", "08:55-09:40", upper)
        plan("数学", "10:00-10:40", lower)

        rows = rows_of(page_of(signed_in(teacher), WEEK))

        assert list(rows) == [
            # Those of one start stand together; they end at different times.
            "第1节 08:00",
            "第2节 08:50–09:30",
            "第2节 08:55–09:40",
            "第3节 10:00",
            "第4节 10:55–11:40",
        ]
        assert rows["第2节 08:50–09:30"] == ""
        assert rows["第3节 10:00"].startswith("数学 10:00 第3节")

    def test_period_of_another_list_is_not_run_into(self, signed_in, teacher, plan, upper, lower):
        plan("语文", "08:00-09:40", upper)
        plan("数学", "10:00-10:40", lower, days=1)

        rows = rows_of(page_of(signed_in(teacher), WEEK))

        assert "语文" not in rows["第2节 08:50–09:30"]
        assert rows["第2节 08:55–09:40"].startswith("语文（上到 09:40）")

    def test_day_with_another_list_has_its_own(self, signed_in, teacher, term, plan, lower):
        add_list(term, "08:05-08:35,08:40-09:10", weekdays=[3])
        plan("语文", "08:40-09:10", lower)
        plan("数学", "08:50-09:30", lower, days=1)

        rows = rows_of(page_of(signed_in(teacher), WEEK))

        assert rows["第2节 08:40–09:10"].startswith("语文 08:40 第2节")
        assert "第2节 08:50–09:30" in rows

    def test_without_other_lists_nothing_is_asked_more(
        self, signed_in, teacher, term, plan, lower, django_assert_max_num_queries
    ):
        for number in range(5):
            add_list(term, UPPER, weekdays=[number + 1], grades=["一年级"])
            plan(f"课{number}", f"{8 + number:02}:00-{8 + number:02}:40", lower)
        client = signed_in(teacher)
        client.get(WEEK)

        with time_machine.travel(EARLY, tick=False), django_assert_max_num_queries(10):
            client.get(WEEK)

    def test_on_paper_each_sheet_has_its_own(self, signed_in, planner, plan, upper, lower):
        plan("语文", "08:55-09:40", upper)
        plan("数学", "08:50-09:30", lower)

        page = page_of(signed_in(planner), "/schedule/2026-09-02/print/")

        heads = [
            [row.one("th", scope="row").text for row in table.one("tbody").all("tr")]
            for table in page.all("table")
        ]
        assert ["第2节 08:50–09:30" in of_sheet for of_sheet in heads] == [True, False]
        assert ["第2节 08:55–09:40" in of_sheet for of_sheet in heads] == [False, True]


class TestLesson:
    @pytest.mark.parametrize(("grade", "words"), [("七年级", "第2节"), ("一年级", "")])
    def test_its_page_says_its_period(self, signed_in, planner, plan, upper, grade, words):
        group = ClassGroupFactory.create(grade=grade)
        lesson = plan("语文", "08:55-09:40", group)

        text = page_of(signed_in(planner), f"/schedule/lessons/{lesson.code}/").text

        assert ("第2节" in text) is bool(words)

    def test_of_class_groups_with_different_lists_it_is_that_of_the_term(
        self, signed_in, planner, plan, upper, lower
    ):
        lesson = plan("语文", "08:50-09:30", upper, lower)

        assert "第2节" in page_of(signed_in(planner), f"/schedule/lessons/{lesson.code}/").text


class TestToday:
    def test_lessons_of_one_period_stand_together(self, signed_in, planner, plan, upper, lower):
        plan("语文", "08:55-09:40", upper)
        plan("数学", "08:50-09:30", lower)

        page = page_of(signed_in(planner), "/schedule/today/")

        assert "第2节 · 08:50" in page.text
        assert "第2节 · 08:55" not in page.text

    def test_present_periods_are_named(self, signed_in, planner, plan, upper, lower):
        plan("语文", "08:55-09:40", upper)
        plan("数学", "08:50-09:30", lower)
        now = EARLY.replace(hour=9, minute=35)

        assert "第2节" in page_of(signed_in(planner), "/schedule/today/", now).text


class TestMatrix:
    def table(self, client: Client, **query: str) -> list[list[str]]:
        parts = "&".join(f"{name}={text}" for name, text in query.items())
        return table_of(page_of(client, f"/schedule/matrix/2026-09-02/?{parts}"))

    def test_column_is_the_number_and_other_times_are_said(
        self, signed_in, planner, plan, upper, lower
    ):
        plan("语文", "08:55-09:40", upper)
        plan("数学", "08:50-09:30", lower)
        plan("英语", "10:55-11:40", upper)
        plan("班会", "12:00-12:30", upper)

        heads, *rows = self.table(signed_in(planner))
        by_name = {row[0]: row[1:] for row in rows}

        assert heads[1:] == ["第1节 08:00", "第2节 08:50", "第3节 10:00", "第4节", "其他"]
        assert by_name[lower.name][1].startswith("数学 ")
        assert "08:50" not in by_name[lower.name][1]
        assert by_name[upper.name][1].startswith("语文 08:55–09:40")
        assert by_name[upper.name][3].startswith("英语 10:55–11:40")
        assert by_name[upper.name][4].startswith("班会 12:00–12:30")

    def test_longer_lesson_runs_on_in_the_periods_of_its_list(
        self, signed_in, planner, plan, upper
    ):
        plan("语文", "08:00-09:40", upper)

        row = next(row for row in self.table(signed_in(planner)) if row[0] == upper.name)

        assert row[1].startswith("语文 08:00–09:40")
        assert row[2] == "语文（续）"

    def test_empty_places_begin_with_the_times_of_the_row(
        self, signed_in, planner, plan, upper, lower
    ):
        page = page_of(signed_in(planner), "/schedule/matrix/2026-09-02/")

        def second_period(group: ClassGroup) -> str:
            rows = [row for body in page.one("table").all("tbody") for row in body.all("tr")]
            row = next(row for row in rows if row.text.startswith(group.name))
            return row.all("a", "empty-place")[1].attrs["href"]

        assert second_period(upper).endswith("start=08:55&end=09:40")
        assert second_period(lower).endswith("start=08:50&end=09:30")

    def test_file_says_the_same(self, signed_in, planner, plan, upper, lower):
        plan("语文", "08:55-09:40", upper)

        with time_machine.travel(EARLY, tick=False):
            answer = signed_in(planner).get("/schedule/matrix/2026-09-02/matrix.xlsx")

        assert answer.status_code == 200

    def test_queries_are_as_many_as_without(self, signed_in, planner, plan, upper, term):
        plan("语文", "08:55-09:40", upper)
        client, path = signed_in(planner), "/schedule/matrix/2026-09-02/"
        with time_machine.travel(EARLY, tick=False):
            client.get(path)
            with_lists = _count(client, path)
            term.bell_lists.all().delete()

            assert _count(client, path) == with_lists


def _count(client: Client, path: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        client.get(path)
    return len(queries)
