"""The weekly lessons of a term as a grid: rows, columns, empty places, and the way there and back."""

from __future__ import annotations

import datetime as dt
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from schedule.models import BellList, BellListTime, ClassGroup, Term, WeeklyLesson
from schedule.terms.bells.bell_times import read_bells
from schedule.terms.writing import set_bell_times
from tests.cast import SignedIn
from tests.factories.schedule import (
    ClassGroupFactory,
    CourseFactory,
    TermFactory,
    WeeklyLessonFactory,
)
from tests.support.pages import Element, main
from tests.support.tables import grid_of

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.both_databases("names and weekly lessons are put in order by the database"),
]

BELLS = "08:00-08:45,08:55-09:40,10:00-10:45"
MOVE = "⇄"


@pytest.fixture
def term() -> Term:
    """Return one of twenty weeks, with three periods a day."""
    term = TermFactory.create(name="秋季学期", weeks=20)
    set_bell_times(term, read_bells(BELLS))
    return term


@pytest.fixture
def client(signed_in: SignedIn, planner: User) -> Client:
    return signed_in(planner, "en")


def path_of(term: Term, rest: str = "") -> str:
    return f"/schedule/terms/{term.code}/weekly/{rest}"


def page_of(client: Client, term: Term, **query: str) -> Element:
    answer = client.get(path_of(term), query)
    assert answer.status_code == 200
    return main(answer)


def grid(client: Client, term: Term, **query: str) -> list[list[str]]:
    """Return the texts of the table, without the links that move."""
    table = page_of(client, term, **query).one("table")
    return [[text.replace(MOVE, "").strip() for text in row] for row in grid_of(table)]


def at_period(number: int, term: Term, **fields: Any) -> WeeklyLesson:
    """Make a weekly lesson of this period, on Mondays unless told otherwise."""
    bell = term.bell_times.get(number=number)
    hours = {"starts": bell.starts, "ends": bell.ends, "first_bell": number, "last_bell": number}
    return WeeklyLessonFactory.create(term=term, **hours | fields)


def query_of(page: Element, place: str) -> dict[str, str]:
    """Return what the link of an empty place of the table tells the form, but for the way back."""
    link = page.one("table").one("a", "empty-place", **{"aria-label": f"New weekly lesson {place}"})
    query = parse_qs(urlsplit(link.attrs["href"]).query)
    return {name: values[0] for name, values in query.items() if name != "grid"}


def has_place(page: Element, place: str) -> bool:
    return bool(page.one("table").all("a", **{"aria-label": f"New weekly lesson {place}"}))


@pytest.fixture
def chinese(term: Term, teacher: User, class_group: ClassGroup) -> WeeklyLesson:
    course = CourseFactory.create(name="语文课")
    return at_period(2, term, course=course, teacher=teacher, class_groups=[class_group])


class TestRowsAndColumns:
    def test_class_groups_below_their_grades_on_one_weekday(
        self, client: Client, term: Term, chinese: WeeklyLesson, other_class_group: ClassGroup
    ):
        at_period(1, term, weekday=2)

        rows = grid(client, term)

        assert rows[0] == ["", "Period 1 08:00", "Period 2 08:55", "Period 3 10:00"]
        assert rows[2:4] == [["三年级1班", "", "语文课 李老师", ""], ["三年级2班", "", "", ""]]

    def test_week_stands_below_its_weekdays(
        self, client: Client, term: Term, chinese: WeeklyLesson
    ):
        at_period(1, term, weekday=6, teacher=chinese.teacher)

        rows = grid(client, term, by="teacher", span="week")

        assert rows[0] == [
            "",
            *(day for day in ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat") for _ in range(3)),
        ]
        assert rows[2][:4] == ["李老师", "", "语文课 三年级1班", ""]
        # Nothing is there on Sundays.
        assert len(rows[2]) == 1 + 6 * 3

    def test_one_alone_has_their_week_with_weekdays_as_columns(
        self, client: Client, term: Term, chinese: WeeklyLesson
    ):
        page = page_of(client, term, of="三年级1班")

        rows = grid(client, term, of="三年级1班")
        assert rows[0] == ["", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
        assert rows[2] == ["Period 2 08:55–09:40", "语文课 李老师", *[""] * 6]
        assert {element.attrs["scope"] for element in page.one("table").all("th")} == {"col", "row"}
        assert page.link("Show all") == path_of(term)
        assert "data-prints" in page.one("button", type="button").attrs

    def test_what_fits_no_period_stands_last_and_runs_on_in_periods(
        self, client: Client, term: Term, class_group: ClassGroup
    ):
        course = CourseFactory.create(name="合唱")
        hours = {"starts": dt.time(9, 30), "ends": dt.time(10, 30)}
        WeeklyLessonFactory.create(
            term=term,
            course=course,
            class_groups=[class_group],
            teacher__display_name="周老师",
            **hours,
        )

        rows = grid(client, term)

        assert rows[0][-1] == "Other times"
        assert rows[2] == [
            "三年级1班",
            "",
            "合唱 (cont.)",
            "合唱 (cont.)",
            "合唱 09:30–10:30 周老师",
        ]

    def test_merged_one_stands_with_both_and_counts_once(
        self,
        client: Client,
        term: Term,
        teacher: User,
        class_group: ClassGroup,
        other_class_group: ClassGroup,
    ):
        course = CourseFactory.create(name="体育课")
        groups = [class_group, other_class_group]
        at_period(1, term, course=course, teacher=teacher, class_groups=groups)

        assert [row[1] for row in grid(client, term)[2:4]] == ["体育课 李老师"] * 2
        assert (
            "1 weekly lesson" in page_of(client, term).one("div", "page-head").one("p", "soft").text
        )

    def test_without_bell_times_columns_are_beginnings(
        self, client: Client, class_group: ClassGroup
    ):
        term = TermFactory.create()
        WeeklyLessonFactory.create(term=term, ends=dt.time(9, 30), class_groups=[class_group])
        other = ClassGroupFactory.create(name="合唱团")

        page = page_of(client, term)

        assert grid_of(page.one("table"))[0] == ["", "08:00"]
        query = {"class_group": other.name, "weekday": "1", "start": "08:00", "end": "09:30"}
        assert query_of(page, "Mon 08:00 合唱团") == query
        # Weekdays on which nothing begins have no row of their own in the week of one alone.
        assert [row[0] for row in grid(client, term, of=class_group.name)] == ["", "08:00"]

    def test_empty_term_without_bell_times_leads_to_these(
        self, client: Client, class_group: ClassGroup
    ):
        term = TermFactory.create()

        page = page_of(client, term)

        assert not page.all("table")
        assert page.one("div", "card").link("Bell times") == f"/schedule/terms/{term.code}/bells/"

    def test_what_is_malformed_or_unknown_counts_as_absent(
        self, client: Client, term: Term, chinese: WeeklyLesson
    ):
        usual = grid(client, term)

        query = {"by": "x", "span": "x", "weeks": "x", "day": "8", "of": "x\0", "grade": "x"}
        assert grid(client, term, **query) == usual


class TestWeeks:
    @pytest.fixture(autouse=True)
    def _odd_and_even(self, term: Term, class_group: ClassGroup) -> None:
        for name, weeks in (("单周课", "odd"), ("双周课", "even")):
            course = CourseFactory.create(name=name)
            at_period(
                1,
                term,
                course=course,
                class_groups=[class_group],
                weeks=weeks,
                teacher__display_name="师",
            )
        at_period(
            2,
            term,
            course=CourseFactory.create(name="短课"),
            class_groups=[class_group],
            weeks="1-8",
            teacher__display_name="师",
        )

    def test_those_of_some_weeks_say_which(self, client: Client, term: Term):
        assert grid(client, term)[2][1:3] == ["单周课 师 odd 双周课 师 even", "短课 师 weeks 1-8"]

    def test_odd_and_even_weeks_apart(self, client: Client, term: Term):
        assert grid(client, term, weeks="odd")[2][1:3] == ["单周课 师 odd", "短课 师 weeks 1-8"]
        assert grid(client, term, weeks="even")[2][1] == "双周课 师 even"

    def test_empty_places_begin_in_the_weeks_that_are_free(self, client: Client, term: Term):
        page = page_of(client, term)
        assert not has_place(page, "Mon Period 1 三年级1班")
        assert query_of(page, "Mon Period 2 三年级1班")["weeks"] == "9-20"
        assert "weeks" not in query_of(page, "Mon Period 3 三年级1班")

        page = page_of(client, term, weeks="odd")
        assert query_of(page, "Mon Period 2 三年级1班")["weeks"] == "9,11,13,15,17,19"
        assert query_of(page, "Mon Period 3 三年级1班") == {
            "class_group": "三年级1班",
            "weekday": "1",
            "first_bell": "3",
            "weeks": "odd",
        }


class TestBellLists:
    @pytest.fixture(autouse=True)
    def _upper(self, term: Term) -> None:
        upper = BellList.objects.create(term=term, name="初中", grades=["七年级"])
        for number, span in enumerate(read_bells("07:50-08:35,08:55-09:40"), start=1):
            BellListTime.objects.create(
                bell_list=upper, number=number, starts=span.starts, ends=span.ends
            )

    def test_times_that_differ_from_the_first_list_are_said(self, client: Client, term: Term):
        upper = ClassGroupFactory.create(name="七年级1班", grade="七年级")
        course = CourseFactory.create(name="数学")
        for number in (1, 2):
            at_period(
                number,
                term,
                course=course,
                class_groups=[upper],
                teacher__display_name="师",
            )

        assert grid(client, term)[2] == ["七年级1班", "数学 07:50–08:35 师", "数学 师", ""]

    def test_empty_place_is_a_period_that_their_list_has(
        self, client: Client, term: Term, class_group: ClassGroup
    ):
        ClassGroupFactory.create(name="七年级1班", grade="七年级")

        page = page_of(client, term)

        assert query_of(page, "Mon Period 1 七年级1班")["first_bell"] == "1"
        assert not has_place(page, "Mon Period 3 七年级1班")
        assert has_place(page, "Mon Period 3 三年级1班")


class TestThereAndBack:
    def test_new_one_is_prefilled_and_leads_back_to_its_place(
        self, client: Client, term: Term, teacher: User, class_group: ClassGroup
    ):
        page = page_of(client, term, by="teacher", day="3", weeks="even")
        label = "New weekly lesson Wed Period 2 李老师"
        address = page.one("table").one("a", **{"aria-label": label}).attrs["href"]

        form = main(client.get(address))
        assert form.one("input", name="teacher").attrs["value"] == "teacher"
        assert form.one("input", name="weeks").attrs["value"] == "even"
        sent = {"course": "美术课", "teacher": "teacher", "class_groups": "三年级1班"}
        at = {"weekday": "3", "first_bell": "2", "weeks": "even"}
        answer = client.post(address, sent | at)

        back = f"{path_of(term)}?by=teacher&weeks=even&day=3#r{teacher.pk}-1"
        assert answer["Location"] == back
        assert form.link("Back") == back
        assert grid(client, term, by="teacher", day="3", weeks="even")[1][2].startswith("美术课")

    def test_another_one_leads_back_as_well(
        self, client: Client, term: Term, teacher: User, class_group: ClassGroup
    ):
        sent = {"course": "美术课", "teacher": "teacher", "class_groups": "三年级1班"}
        at = {"weekday": "3", "first_bell": "2", "another": "1"}

        answer = client.post(f"{path_of(term, 'new/')}?grid=day%3D3", sent | at)

        form = main(client.get(answer["Location"]))
        assert form.link("Back") == f"{path_of(term)}?day=3"

    def test_weekly_lesson_leads_to_its_form_which_leads_on_and_back(
        self, client: Client, term: Term, chinese: WeeklyLesson, class_group: ClassGroup
    ):
        table = page_of(client, term).one("table")
        back = f"{path_of(term)}#r{class_group.pk}-1"

        form = main(client.get(table.link("语文课 李老师")))

        assert form.link("Back") == back
        deleted = client.post(form.link("Delete…"))
        assert deleted["Location"] == back

    def test_move_leads_to_its_places_and_back(
        self, client: Client, term: Term, chinese: WeeklyLesson, class_group: ClassGroup
    ):
        link = page_of(client, term).one("table").one("a", "grid-move")
        assert link.attrs["aria-label"] == "Where is it free? 语文课 Mon Period 2"

        answer = client.post(link.attrs["href"], {"place": "2 10:00"})

        assert answer["Location"] == f"{path_of(term)}#r{class_group.pk}-1"
        assert grid(client, term, day="2")[2][3] == "语文课 李老师"

    @pytest.mark.parametrize(
        ("grid", "back"),
        [
            ("", ""),
            ("at=//evil.example", ""),
            ("at=r1-2&by=teacher", "?by=teacher#r1-2"),
            ("https://evil.example/?x=1&by=<b>", "?https%3A%2F%2Fevil.example%2F%3Fx=1&by=%3Cb%3E"),
        ],
    )
    def test_way_back_stays_in_the_grid_of_the_term(
        self, client: Client, term: Term, grid: str, back: str
    ):
        form = main(client.get(path_of(term, "new/"), {"grid": grid}))

        assert form.link("Back") == f"{path_of(term)}{back}"


class TestPhones:
    def test_one_row_on_one_weekday(self, client: Client, term: Term, chinese: WeeklyLesson):
        ClassGroupFactory.create(name="一年级1班")

        page = page_of(client, term, span="week")

        phone = page.one("section", "matrix-one")
        # The first that has lessons.
        assert phone.one("h2").text == "三年级1班"
        assert [item.text for item in phone.all("li")] == [
            "Period 1 08:00–08:45",
            f"Period 2 08:55–09:40 语文课 李老师{MOVE}",
            "Period 3 10:00–10:45",
        ]
        days = page.one("nav", **{"aria-label": "Weekday"})
        assert days.link("Sun") == f"{path_of(term)}?{urlencode({'span': 'week', 'day': '7'})}"
        sunday = page_of(client, term, span="week", day="7").one("section", "matrix-one")
        assert len(sunday.all("a", "empty-place")) == 3


def test_outsiders_find_nothing(signed_in: SignedIn, teacher: User, term: Term):
    assert signed_in(teacher).get(path_of(term)).status_code == 404


@pytest.mark.parametrize("query", ["", "?span=week&by=teacher", "?of=三年级1班"])
def test_as_many_queries_for_one_as_for_many(
    client: Client,
    term: Term,
    chinese: WeeklyLesson,
    class_group: ClassGroup,
    assistant: User,
    query: str,
):
    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert client.get(f"{path_of(term)}{query}").status_code == 200
        return len(asked)

    chinese.assistants.add(assistant)
    of_one = queries()
    for weekday in range(1, 6):
        at_period(3, term, weekday=weekday, class_groups=[class_group], assistants=[assistant])

    assert queries() == of_one
