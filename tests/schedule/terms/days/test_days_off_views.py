"""Planners' pages of days off: ranges, half days, those of some class groups."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from schedule.enums import DayKind
from schedule.models import ClassGroup, Lesson, PlanningAction, Term, WeeklyLesson
from schedule.terms.bells.bell_times import read_bells
from schedule.terms.planning.term_plan import PlanOptions, plan_term
from schedule.terms.writing import set_bell_times
from tests.cast import SignedIn
from tests.factories.schedule import ClassGroupFactory, TermFactory, WeeklyLessonFactory
from tests.support.days_off import add_part_off
from tests.support.pages import Element, main, read

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)


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
    return ClassGroupFactory.create(name="七年级1班")


@pytest.fixture
def weekly_lesson(term: Term, teacher: User, group: ClassGroup) -> WeeklyLesson:
    """On Mondays in period 1, planned."""
    weekly_lesson = WeeklyLessonFactory.create(term=term, teacher=teacher, class_groups=[group])
    plan_term(term, action=PlanningAction(), options=PlanOptions(at=timezone.now()))
    return weekly_lesson


def address(term: Term, rest: str = "off/") -> str:
    return f"/schedule/terms/{term.code}/days/{rest}"


def sent(client: Client, path: str, data: dict[str, Any], *, status: int) -> Element:
    answer = client.post(path, data)
    assert answer.status_code == status, answer.content.decode()
    return read(answer.content)


def faults_on(page: Element) -> list[str]:
    return [item.text for faults in page.all("ul", "errors") for item in faults.all("li")]


def test_range_is_set_and_made_usual_again(client: Client, term: Term):
    first, last = term.first_monday + 3 * DAY, term.first_monday + 9 * DAY
    days = {"first_day": str(first), "last_day": str(last)}

    answer = client.post(address(term), {**days, "kind": "holiday", "name": "秋假"})

    assert (answer.status_code, answer["Location"]) == (303, f"{address(term, '')}#week-1")
    assert term.days.filter(kind=DayKind.HOLIDAY, name="秋假").count() == 7
    assert client.post(address(term), {**days, "kind": "usual"}).status_code == 303
    assert not term.days.exists()


def test_grade_is_ticked_as_a_whole(client: Client, term: Term, group: ClassGroup):
    second, other = (
        ClassGroupFactory.create(name="七年级2班"),
        ClassGroupFactory.create(name="八年级1班"),
    )
    ClassGroupFactory.create(name="八年级2班")
    fields = {"first_day": str(term.first_monday), "grades": "七年级", "class_groups": other.name}

    assert client.post(address(term), fields).status_code == 303

    row = term.part_days_off.get()
    assert set(row.class_groups.all()) == {group, second, other}
    page = main(client.get(address(term, f"off/{row.code}/")))
    ticked = [
        box.attrs["value"] for box in page.all("input", name="grades") if "checked" in box.attrs
    ]
    assert ticked == ["七年级"]
    assert page.one("input", name="class_groups").attrs["value"] == other.name
    assert faults_on(sent(client, address(term), {**fields, "kind": "usual"}, status=422))


def test_half_day_of_some_class_groups_is_made_changed_and_deleted(
    client: Client, term: Term, group: ClassGroup
):
    day = str(term.first_monday)
    fields = {"first_day": day, "from_bell": "2", "class_groups": group.name, "name": "秋游"}
    assert client.post(address(term), fields).status_code == 303
    row = term.part_days_off.get()
    assert (row.last_day, row.from_bell, row.until_bell) == (term.first_monday, 2, None)
    assert (row.is_for_class_groups, list(row.class_groups.all())) == (True, [group])

    calendar = main(client.get(address(term, "")))
    assert f"{day} from period 2 on · 七年级1班 · 秋游" in calendar.one("section", id="parts").text
    (cell,) = (cell for cell in calendar.all("td") if cell.all("time", datetime=day))
    assert "from period 2 on · 秋游" in cell.text

    page = address(term, f"off/{row.code}/")
    known = main(client.get(page)).one("input", name="known").attrs["value"]
    changed = {**fields, "until_bell": "2", "from_bell": "", "known": known}
    assert client.post(page, changed).status_code == 303
    row.refresh_from_db()
    assert (row.from_bell, row.until_bell) == (None, 2)
    stale = sent(client, page, {**fields, "known": known}, status=409)
    assert "Now it is: 秋游" in stale.text

    assert "until period 2" in main(client.get(f"{page}delete/")).text
    assert client.post(f"{page}delete/").status_code == 303
    assert client.get(page).status_code == 404
    assert client.post(f"{page}delete/").status_code == 404


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"last_day": -1}, "The last day lies before the first."),
        ({"last_day": 28}, "The term lasts from"),
        ({"from_bell": "2", "until_bell": "1"}, "The last period lies before the first."),
        ({"from_bell": "3"}, "Select a valid choice"),
        ({"class_groups": "九年级9班"}, "九年级9班"),
        ({"kind": "usual", "from_bell": "1"}, "Leave this empty"),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(
    client: Client, term: Term, fields: dict[str, Any], fault: str
):
    first = term.first_monday + 2 * DAY
    if "last_day" in fields:
        fields = {"last_day": str(first + fields["last_day"] * DAY)}

    page = sent(client, address(term), {"first_day": str(first), **fields}, status=422)

    (sentence,) = faults_on(page)
    assert fault in sentence
    assert not term.days.exists()
    assert not term.part_days_off.exists()


def test_what_was_for_class_groups_never_becomes_for_all(
    client: Client, term: Term, group: ClassGroup
):
    row = add_part_off(term, term.first_monday, from_bell=1, class_groups=[group])
    group.delete()

    fields = {"first_day": str(term.first_monday), "from_bell": "1"}
    page = sent(client, address(term, f"off/{row.code}/"), fields, status=422)

    assert faults_on(page) == ["Name a class group. What is for the whole school is made anew."]
    assert "nobody any more" in main(client.get(address(term, ""))).text


def test_preview_says_what_planning_would_do_and_saves_nothing(
    client: Client, term: Term, weekly_lesson: WeeklyLesson, group: ClassGroup
):
    merged = ClassGroupFactory.create(name="七年级2班")
    weekly_lesson.class_groups.add(merged)
    days = {"first_day": str(term.first_monday), "last_day": str(term.last_day), "check": "1"}

    whole = sent(client, address(term), days, status=200).one("section", "planning-checked")
    part = {**days, "class_groups": merged.name, "name": "军训"}
    partly = sent(client, address(term), part, status=200).one("section", "planning-checked")

    assert "Deleted lessons 4" in whole.text
    assert "Held, though a class group has a holiday 4" in partly.text
    assert "Without 七年级2班 (军训)" in partly.text
    assert not term.days.exists()
    assert not term.part_days_off.exists()
    assert Lesson.objects.count() == 4


def test_what_the_nation_published_since_is_filled_by_one_click(client: Client, settings: Any):
    settings.TIME_ZONE = "Asia/Shanghai"
    term = TermFactory.create(first_monday=dt.date(2026, 8, 31), weeks=8)
    form = main(client.get(address(term, ""))).one("form", "notice")
    assert "The national calendar knows" in form.text

    assert client.post(form.attrs["action"]).status_code == 303

    assert term.days.filter(date=dt.date(2026, 10, 1), kind=DayKind.HOLIDAY).exists()
    assert not main(client.get(address(term, ""))).all("form", "notice")


def test_days_cost_the_same_for_one_part_and_for_many(
    client: Client, term: Term, group: ClassGroup
):
    add_part_off(term, term.first_monday, class_groups=[group])
    client.get(address(term, ""))
    with CaptureQueriesContext(connection) as one:
        client.get(address(term, ""))
    for number in range(12):
        add_part_off(term, term.first_monday + number * DAY, class_groups=[group])

    with CaptureQueriesContext(connection) as many:
        client.get(address(term, ""))

    assert len(many) == len(one)
