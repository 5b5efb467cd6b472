"""Planners' pages of the lists of bell times beside a term's own."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from schedule.models import ClassGroup, Lesson, PlanningAction, Term
from schedule.terms.bells.bell_times import read_bells
from schedule.terms.planning.term_plan import PlanOptions, plan_term
from schedule.terms.writing import set_bell_times
from tests.cast import SignedIn
from tests.factories.schedule import ClassGroupFactory, TermFactory, WeeklyLessonFactory
from tests.support.pages import Element, read

pytestmark = pytest.mark.django_db

TIMES = {"start_1": "08:00", "end_1": "08:40", "start_2": "08:50", "end_2": "09:30"}
UPPER = {"name": "初中", "grades": "七年级", **TIMES}


@pytest.fixture
def client(planner: User, signed_in: SignedIn) -> Client:
    return signed_in(planner, "en")


@pytest.fixture
def term() -> Term:
    term = TermFactory.create(name="秋季学期", weeks=4)
    set_bell_times(term, read_bells("08:00-08:45,08:55-09:40"))
    return term


@pytest.fixture
def group() -> ClassGroup:
    return ClassGroupFactory.create(name="七年级1班", grade="七年级")


def address(term: Term, rest: str = "new/") -> str:
    return f"/schedule/terms/{term.code}/bells/{rest}"


def sent(client: Client, path: str, data: dict[str, Any], *, status: int) -> Element:
    answer = client.post(path, data)
    assert answer.status_code == status, answer.content.decode()
    return read(answer.content)


def faults_on(page: Element) -> list[str]:
    return [item.text for faults in page.all("ul", "errors") for item in faults.all("li")]


def change_of(term: Term) -> str:
    return address(term, f"{term.bell_lists.get().code}/")


def test_new_list_begins_with_the_times_of_the_term(client: Client, term: Term, group: ClassGroup):
    page = read(client.get(address(term)).content)

    starts = [
        field.attrs.get("value")
        for field in page.all("input")
        if field.attrs.get("name", "").startswith("start_")
    ]
    assert starts[:2] == ["08:00", "08:55"]


def test_list_is_made_changed_and_deleted(client: Client, term: Term, group: ClassGroup):
    answer = client.post(address(term), {**UPPER, "weekdays": ["1", "5"], "class_groups": ""})
    assert (answer.status_code, answer["Location"]) == (303, address(term, ""))
    row = term.bell_lists.get()
    assert (row.weekdays, row.grades, row.is_for_class_groups) == ([1, 5], ["七年级"], True)
    assert [f"{time.starts:%H:%M}" for time in row.times.all()] == ["08:00", "08:50"]
    listed = read(client.get(address(term, "")).content).one("section", "card", id="lists")
    assert "初中 · Mon, Fri · 七年级 · 2 periods 08:00–09:30" in listed.text

    changed = {"name": "初中", "class_groups": group.name, "first_day": str(term.first_monday)}
    changed |= {"last_day": str(term.last_day), **TIMES}
    assert client.post(change_of(term), changed).status_code == 303
    row.refresh_from_db()
    assert (row.first_day, row.last_day) == (term.first_monday, term.last_day)
    assert (row.weekdays, row.grades, list(row.class_groups.all())) == ([], [], [group])

    path = address(term, f"{row.code}/delete/")
    assert "初中" in read(client.get(path).content).one("form", "card").text
    assert client.post(path).status_code == 303
    assert not term.bell_lists.exists()


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        ({"grades": []}, "Say when or for whom it holds"),
        ({"class_groups": "无此班"}, "无此班"),
        ({"weekdays": "8"}, "Select a valid choice"),
        ({"first_day": "2001-01-01", "last_day": "2001-01-02"}, "The term lasts from"),
        ({"first_day": "FIRST"}, "Give both days, or neither."),
        ({"first_day": "LAST", "last_day": "FIRST"}, "The last day lies before the first."),
        ({"first_day": "FIRST", "last_day": "FIRST", "weekdays": "5"}, "There is no such day"),
        ({"start_2": "08:30"}, "The period before it ends later than this."),
        ({"start_1": "", "end_1": "", "start_2": "", "end_2": ""}, "a period at least"),
        ({"name": "x" * 65}, "at most 64 characters"),
        ({"name": "\0"}, "Null characters"),
    ],
)
def test_fault_is_said_and_nothing_saved(
    client: Client, term: Term, group: ClassGroup, data: dict[str, Any], fault: str
):
    days = {"FIRST": str(term.first_monday), "LAST": str(term.last_day)}
    texts = {name: days.get(str(text), text) for name, text in (UPPER | data).items()}

    page = sent(client, address(term), texts, status=422)

    assert fault in " ".join(faults_on(page))
    assert not term.bell_lists.exists()


def test_grade_without_class_groups_in_use_is_nobody(client: Client, term: Term, group: ClassGroup):
    client.post(address(term), UPPER)
    ClassGroup.objects.update(archived_at=timezone.now())
    other = ClassGroupFactory.create(name="一年级1班", grade="一年级")

    page = sent(client, change_of(term), UPPER | {"name": "中学"}, status=422)

    assert "There is no class group for which it would hold." in faults_on(page)
    assert other.grade == "一年级"


def test_two_that_would_hold_are_refused_by_name(client: Client, term: Term, group: ClassGroup):
    client.post(address(term), UPPER)

    page = sent(
        client,
        address(term),
        {"name": "一班", "class_groups": group.name, **TIMES},
        status=422,
    )
    same_name = sent(client, address(term), UPPER | {"weekdays": "5"}, status=422)

    assert "both this list and “初中” would hold" in " ".join(faults_on(page))
    assert faults_on(same_name) == ["Another list of this term has this name."]


def test_who_was_slower_is_told(client: Client, term: Term, group: ClassGroup):
    client.post(address(term), UPPER)
    path = change_of(term)
    known = read(client.get(path).content).one("input", name="known").attrs["value"]
    client.post(path, UPPER | {"name": "中学"})

    page = sent(client, path, UPPER | {"known": known}, status=409)
    assert "Now it is “中学” (七年级): 08:00–08:40" in page.text
    again = page.one("input", name="known").attrs["value"]
    assert client.post(path, UPPER | {"known": again}).status_code == 303

    assert client.post(f"{path}delete/", {"known": again}).status_code == 409
    assert term.bell_lists.count() == 1


def test_check_shows_what_planning_would_do_and_saves_nothing(
    client: Client, term: Term, group: ClassGroup
):
    WeeklyLessonFactory.create(term=term, class_groups=[group], first_bell=1, last_bell=1)
    second = {"starts": dt.time(8, 55), "ends": dt.time(9, 40), "first_bell": 2, "last_bell": 2}
    WeeklyLessonFactory.create(term=term, class_groups=[group], **second)
    plan_term(term, action=PlanningAction(), options=PlanOptions(at=timezone.now()))
    term.refresh_from_db()

    page = sent(client, address(term), UPPER | {"check": "1"}, status=200)

    facts = page.one("dl", "facts").text
    assert "Changed lessons 8" in facts
    assert not term.bell_lists.exists()

    client.post(address(term), UPPER)
    term.refresh_from_db()
    assert term.awaits_planning
    plan_term(term, action=PlanningAction(), options=PlanOptions(at=timezone.now()))
    times = {timezone.localtime(lesson.starts_at).time() for lesson in Lesson.objects.all()}
    assert times == {dt.time(8), dt.time(8, 50)}


def test_more_rows_keep_what_was_typed(client: Client, term: Term, group: ClassGroup):
    page = sent(client, address(term), UPPER | {"more": "1"}, status=200)

    assert page.one("input", name="name").attrs["value"] == "初中"
    assert len(page.one("table").one("tbody").all("tr")) == 5
    assert not term.bell_lists.exists()


def test_list_of_another_term_is_not_found(client: Client, term: Term, group: ClassGroup):
    other = TermFactory.create()
    row = other.bell_lists.create(name="夏令", weekdays=[1])

    assert client.get(address(term, f"{row.code}/")).status_code == 404


class TestWeeklyLessons:
    @pytest.fixture
    def data(self, term: Term, group: ClassGroup, teacher: User) -> dict[str, str]:
        lower = ClassGroupFactory.create(name="一年级1班", grade="一年级")
        return {
            "course": "语文",
            "teacher": teacher.username,
            "class_groups": f"{group.name};{lower.name}",
            "weekday": "1",
            "first_bell": "1",
        }

    def test_of_different_lists_is_told_before_it_is_saved(self, client, term, group, data):
        client.post(address(term), UPPER)
        path = f"/schedule/terms/{term.code}/weekly/new/"

        page = sent(client, path, data, status=409)
        assert "have different bell times" in page.text
        assert "from 08:00 to 08:45" in page.text
        assert not term.weekly_lessons.exists()

        knows = page.one("input", name="knows_lists").attrs["value"]
        assert client.post(path, data | {"knows_lists": knows}).status_code == 303
        # What stays as it is was said before.
        row = term.weekly_lessons.get()
        change = f"/schedule/terms/{term.code}/weekly/{row.code}/"
        assert client.post(change, {"title": "合班"}).status_code == 303

    def test_is_not_where_one_holds_or_it_is_by_the_clock(self, client, term, group, data):
        client.post(address(term), {"name": "冬", "weekdays": ["1"], **TIMES})
        path = f"/schedule/terms/{term.code}/weekly/new/"

        assert client.post(path, data).status_code == 303

        client.post(address(term), {**UPPER, "weekdays": ["2"]})
        by_clock = {"weekday": "2", "first_bell": "", "start": "12:00", "end": "12:40"}
        assert client.post(path, data | by_clock).status_code == 303


def test_another_grade_has_the_term_planned_anew(client: Client, term: Term, group: ClassGroup):
    WeeklyLessonFactory.create(term=term, class_groups=[group], first_bell=1, last_bell=1)
    client.post(address(term), UPPER)
    plan_term(term, action=PlanningAction(), options=PlanOptions(at=timezone.now()))
    term.refresh_from_db()
    assert not term.awaits_planning

    path = f"/class-groups/{group.code}/change/"
    answer = client.post(path, {"name": group.name, "grade": "八年级"})

    assert answer.status_code == 303
    term.refresh_from_db()
    assert term.awaits_planning
