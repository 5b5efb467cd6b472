"""Show how often and how late classes start: the sums, the days, the order, the chart, the file, and whose it is."""

from __future__ import annotations

import datetime as dt
import io

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from openpyxl import load_workbook

from accounts.models import User
from attendance.class_starts.period import MOST_DAYS, USUAL_DAYS, By, choice_in
from attendance.class_starts.reading import ClassStarts
from attendance.enums import AlarmKind
from attendance.kept_kinds import ALARMS_KEPT, forget_old_alarms
from attendance.models import Alarm
from schedule.models import ClassGroup, Course, Lesson
from tests.cast import SignedIn
from tests.factories.accounts import UserFactory
from tests.factories.attendance import held_room, settled, statistics_for
from tests.factories.schedule import CourseFactory, UnplannedLessonFactory, school_time
from tests.support.alarms import raised
from tests.support.pages import read

pytestmark = pytest.mark.django_db

PAGE = "/schedule/now/starts/"
FILE = "/schedule/now/starts.xlsx"
TODAY = dt.date(2026, 11, 30)


@pytest.fixture
def history() -> Course:
    return CourseFactory.create(name="历史课")


@pytest.fixture
def mathematics() -> Course:
    return CourseFactory.create(name="数学课")


@pytest.fixture
def another(db: None) -> User:
    return UserFactory.create(username="another", display_name="安老师")


def held(
    teacher: User, course: Course, start_min: float, *, days: int = -1, hour: int = 8
) -> Lesson:
    """Hold a class that began so many minutes after its planned start."""
    lesson = planned(teacher, course, days=days, hour=hour)
    statistics_for(held_room(lesson, start_min))
    settled(lesson)
    return lesson


def planned(teacher: User, course: Course, *, days: int = -1, hour: int = 8) -> Lesson:
    starts_at = school_time(days, hour)
    return UnplannedLessonFactory.create(
        teacher=teacher,
        course=course,
        starts_at=starts_at,
        ends_at=starts_at + dt.timedelta(minutes=45),
    )


@pytest.fixture
def school(teacher: User, another: User, history: Course, mathematics: Course) -> Lesson:
    """Three classes of one teacher, of which one began late, and one that nobody began; returns the latter."""
    held(teacher, history, 0)
    held(teacher, history, 5, hour=10)
    late = held(teacher, mathematics, 10, hour=14)
    raised(late)
    raised(late, AlarmKind.EMPTY)
    missed = planned(another, mathematics, hour=16)
    raised(missed)
    return missed


def table(client: Client, query: str = "") -> list[list[str]]:
    rows = read(client.get(f"{PAGE}{query}").content).one("div", "hours-table").one("tbody")
    return [[row.one("th").text, *(cell.text for cell in row.all("td"))] for row in rows.all("tr")]


def names(client: Client, query: str) -> list[str]:
    return [row[0].split()[0] for row in table(client, query)]


def test_by_teacher_and_by_course(signed_in: SignedIn, supervisor: User, school: Lesson):
    client = signed_in(supervisor, "en")

    # The rule is five minutes: who begins in the last second of it is not late.
    assert table(client) == [
        ["安老师 another", "0", "0", "–", "–", "1", "1", "0", "0", "0", "0", "0"],
        ["李老师 teacher", "3", "1", "5:00", "10:00", "2", "1", "0", "1", "0", "0", "0"],
    ]
    assert table(client, "?by=course") == [
        ["历史课", "2", "0", "2:30", "5:00", "0", "0", "0", "0", "0", "0", "0"],
        ["数学课", "1", "1", "10:00", "10:00", "3", "2", "0", "1", "0", "0", "0"],
    ]
    total = read(client.get(PAGE).content).one("tfoot").all("td")
    assert [cell.text for cell in total][:5] == ["3", "1", "5:00", "10:00", "3"]


def test_rows_stand_in_the_natural_order_or_the_most_first(
    signed_in: SignedIn, planner: User, history: Course
):
    for name, minutes in (("10老师", 0), ("2老师", 7), ("1老师", 9)):
        held(UserFactory.create(display_name=name), history, minutes)
    client = signed_in(planner, "en")

    assert names(client, "") == ["1老师", "2老师", "10老师"]
    assert names(client, "?sort=mean") == ["1老师", "2老师", "10老师"]
    assert names(client, "?sort=late") == ["1老师", "2老师", "10老师"]
    assert names(client, "?sort=none") == ["1老师", "2老师", "10老师"]
    held(User.objects.get(display_name="10老师"), history, 12, hour=10)
    assert names(client, "?sort=worst") == ["10老师", "1老师", "2老师"]
    assert names(client, "?sort=held") == ["10老师", "1老师", "2老师"]


def test_days_outside_do_not_count(
    signed_in: SignedIn, planner: User, teacher: User, history: Course
):
    raised(held(teacher, history, 10, days=-USUAL_DAYS))
    held(teacher, history, 0, days=-USUAL_DAYS + 1)
    client = signed_in(planner, "en")
    day = timezone.localdate(school_time(-USUAL_DAYS, 8))

    assert [row[1:6] for row in table(client)] == [["1", "0", "0:00", "0:00", "0"]]
    of_day = table(client, f"?from={day}&to={day}")
    assert [row[1:6] for row in of_day] == [["1", "1", "10:00", "10:00", "1"]]


@pytest.mark.parametrize(
    ("query", "first", "last", "is_cut"),
    [
        ({}, dt.date(2026, 11, 1), TODAY, False),
        (
            {"from": "2026-09-01", "to": "2026-09-02"},
            dt.date(2026, 9, 1),
            dt.date(2026, 9, 2),
            False,
        ),
        (
            {"from": "2026-09-02", "to": "2026-09-01"},
            dt.date(2026, 9, 1),
            dt.date(2026, 9, 2),
            False,
        ),
        ({"from": "nonsense", "to": "\0"}, dt.date(2026, 11, 1), TODAY, False),
        ({"from": "9999-12-31", "to": "0001-01-01"}, dt.date(2026, 11, 1), TODAY, False),
        ({"from": "2026-09-01"}, dt.date(2026, 9, 1), dt.date(2026, 9, 30), False),
        ({"to": "2026-09-30"}, dt.date(2026, 9, 1), dt.date(2026, 9, 30), False),
        (
            {"from": "2020-01-01", "to": "2026-11-30"},
            TODAY - dt.timedelta(days=MOST_DAYS - 1),
            TODAY,
            True,
        ),
    ],
)
def test_the_days_of_an_address(query: dict[str, str], first: dt.date, last: dt.date, is_cut: bool):
    choice = choice_in(query, today=TODAY)

    assert (choice.first_day, choice.last_day, choice.is_cut) == (first, last, is_cut)


def test_the_chart_has_the_weeks_and_a_table_of_the_same(
    signed_in: SignedIn, planner: User, teacher: User, history: Course
):
    for days, minutes in ((-1, 10), (-8, 0), (-8, 10)):
        held(teacher, history, minutes, days=days, hour=8 + int(minutes))
    page = read(signed_in(planner, "en").get(PAGE).content)

    chart = page.one("figure", "week-chart")
    assert len(chart.all("rect")) == 2
    rows = chart.one("tbody").all("tr")
    assert [[cell.text for cell in row.all("td")] for row in rows] == [
        ["50%", "1", "2", "5:00"],
        ["100%", "1", "1", "10:00"],
    ]


def test_the_file_has_both_as_numbers(signed_in: SignedIn, supervisor: User, school: Lesson):
    answer = signed_in(supervisor, "en").get(FILE)

    teachers, courses = (
        list(sheet.iter_rows(min_row=2, values_only=True))
        for sheet in load_workbook(io.BytesIO(answer.content))
    )
    assert teachers == [
        ("安老师", "another", 0, 0, None, None, 1, 0, 0, 0, 0, 0),
        ("李老师", "teacher", 3, 1, 300, 600, 1, 0, 1, 0, 0, 0),
    ]
    assert [row[:3] for row in courses] == [("历史课", 2, 0), ("数学课", 1, 1)]


def test_nothing_to_show_is_said(signed_in: SignedIn, planner: User):
    page = signed_in(planner, "en").get(f"{PAGE}?from=2020-01-01&to=2020-01-31")

    text = read(page.content).one("main").text
    assert "No class was held on these days" in text
    assert "Alarms are kept for 180 days" in text


def test_it_is_nobody_elses(signed_in: SignedIn, teacher: User, outsider: User):
    for person in (teacher, outsider):
        client = signed_in(person)
        assert [client.get(path).status_code for path in (PAGE, FILE)] == [404, 404]


def test_hours_of_a_month_lead_to_it_for_those_who_may_see_it(
    signed_in: SignedIn, supervisor: User, teacher: User, class_group: ClassGroup, history: Course
):
    held(teacher, history, 0, days=-40)
    day = timezone.localdate(school_time(-40, 8))
    hours = f"/schedule/hours/?month={day:%Y-%m}"

    page = signed_in(supervisor).get(hours).content.decode()
    assert f"{PAGE}?from={day:%Y-%m}-01&amp;to={day:%Y-%m}-" in page
    assert PAGE not in signed_in(teacher).get(hours).content.decode()


@pytest.mark.parametrize("query", ["", "?by=course"])
def test_many_classes_cost_no_more_queries_than_one(
    signed_in: SignedIn, planner: User, history: Course, query: str
):
    def hold(count: int) -> None:
        for _number in range(count):
            raised(held(UserFactory.create(), CourseFactory.create(), 10))

    client = signed_in(planner)
    hold(1)
    client.get(f"{PAGE}{query}")
    counts = []
    for further in (0, 8):
        hold(further)
        with CaptureQueriesContext(connection) as queries:
            client.get(f"{PAGE}{query}")
        counts.append(len(queries))

    assert counts[0] == counts[1]


def test_alarms_go_after_half_a_year_and_what_was_held_stays(teacher: User, history: Course):
    lesson = held(teacher, history, 10)
    old, young = raised(lesson), raised(lesson, AlarmKind.EMPTY)
    now = timezone.now()
    Alarm.objects.filter(pk=old.pk).update(raised_at=now - ALARMS_KEPT - dt.timedelta(seconds=1))
    Alarm.objects.filter(pk=young.pk).update(raised_at=now - ALARMS_KEPT)

    assert forget_old_alarms(now, ALARMS_KEPT) == 1
    assert Alarm.objects.get() == young
    (row,) = ClassStarts(*choice_in({}, today=timezone.localdate()).period).rows(By.TEACHER)
    assert (row.starts.held, row.starts.late, row.starts.alarm_count) == (1, 1, 1)
