"""Planners' pages of a change from a day on."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.enums import Role
from accounts.models import Notice, User
from schedule.changes.telling import tell_changes
from schedule.models import ChangeFromDay, ClassGroup, Lesson, PlanningAction, Term, WeeklyLesson
from schedule.terms.bells.bell_times import read_bells
from schedule.terms.planning.term_plan import PlanOptions, plan_term
from schedule.terms.writing import set_bell_times
from tests.cast import SignedIn
from tests.factories.accounts import UserFactory
from tests.factories.schedule import (
    ClassGroupFactory,
    MembershipFactory,
    TermFactory,
    WeeklyLessonFactory,
    coming_monday,
)
from tests.support.pages import Element, main, read

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(planner: User, signed_in: SignedIn) -> Client:
    return signed_in(planner, "en")


@pytest.fixture
def group() -> ClassGroup:
    return ClassGroupFactory.create(name="七年级1班")


@pytest.fixture
def term(teacher: User, group: ClassGroup) -> Term:
    """Four weeks, with a weekly lesson on Mondays, planned."""
    term = TermFactory.create(name="秋季学期", weeks=4, first_monday=coming_monday())
    WeeklyLessonFactory.create(term=term, teacher=teacher, class_groups=[group])
    plan_term(term, action=PlanningAction(), options=PlanOptions(at=timezone.now()))
    return term


@pytest.fixture
def other() -> User:
    return UserFactory.create(roles=[Role.TEACHER], username="wang", display_name="王老师")


def address(term: Term, rest: str = "") -> str:
    return f"/schedule/terms/{term.code}/from/{rest}"


def wish(term: Term, **fields: Any) -> dict[str, Any]:
    day = term.first_monday + dt.timedelta(weeks=2)
    return {"teacher": "teacher", "first_day": str(day), "new_teacher": "wang", **fields}


def sent(client: Client, path: str, data: dict[str, Any], *, status: int = 200) -> Element:
    answer = client.post(path, data)
    assert answer.status_code == status, answer.content.decode()
    return read(answer.content)


def hidden(page: Element) -> dict[str, str]:
    return {name: page.one("input", name=name).attrs["value"] for name in ("known", "shown")}


def faults_on(page: Element) -> list[str]:
    return [item.text for faults in page.all("ul", "errors") for item in faults.all("li")]


def test_preview_saves_nothing_and_then_it_is_done_and_undone(client, term, other, teacher):
    page = sent(client, address(term), wish(term))
    text = page.one("section", "planning-checked").text
    assert "1 weekly lesson changes" in text
    assert "李老师 → 王老师" in text.replace("  ", " ")
    assert "2 lessons change" in text
    assert WeeklyLesson.objects.count() == 1

    answer = client.post(address(term), {**wish(term), **hidden(page), "save": "1"})

    action = PlanningAction.objects.get(from_day__term=term)
    assert answer["Location"] == f"/schedule/changes/{action.code}/"
    assert Lesson.objects.filter(teacher=other).count() == 2
    changes = main(client.get(f"/schedule/changes/{action.code}/"))
    undo = changes.link("Undo this change…")
    assert undo == address(term, f"{action.code}/undo/")
    assert undo in {link.attrs["href"] for link in main(client.get("/schedule/changes/")).all("a")}
    page = main(client.get(undo))
    known = page.one("input", name="known").attrs["value"]
    assert client.post(undo, {"known": known}).status_code == 303
    assert WeeklyLesson.objects.get().weeks == ""
    assert not Lesson.objects.filter(teacher=other).exists()
    assert client.post(undo, {"known": known}).status_code == 409
    assert "undone" in main(client.get(address(term))).text


def test_everybody_concerned_is_told_once(client, term, other, group, teacher):
    student = MembershipFactory.create(class_group=group).user
    tell_changes(timezone.now() + dt.timedelta(hours=1))
    Notice.objects.all().delete()

    client.post(address(term), {**wish(term), "save": "1", "reason": "产假"})

    action = PlanningAction.objects.get(from_day__term=term)
    assert action.due_at is not None
    tell_changes(timezone.now() + dt.timedelta(hours=1))
    counts = {user: user.notices.count() for user in (teacher, other, student)}
    assert counts == {teacher: 1, other: 1, student: 1}


def test_what_has_changed_meanwhile_is_marked(client, term, other):
    page = sent(client, address(term), wish(term))
    WeeklyLessonFactory.create(term=term, teacher=User.objects.get(username="teacher"), weekday=4)

    page = sent(client, address(term), {**wish(term), **hidden(page), "save": "1"}, status=409)

    assert "since you opened this page something has changed" in page.text
    assert len(page.all("span", "mark-waiting")) == 1
    assert not ChangeFromDay.objects.exists()
    data = {**wish(term), **hidden(page), "save": "1"}
    assert client.post(address(term), data).status_code == 303


def test_overlap_is_named_and_nothing_saved(client, term, other):
    WeeklyLessonFactory.create(term=term, teacher=other)

    page = sent(client, address(term), {**wish(term), "save": "1"}, status=409)

    assert "王老师 is in the weekly lesson" in page.one("section", "planning-clashes").text
    assert "Change 1 weekly lesson" not in page.text
    assert not ChangeFromDay.objects.exists()


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"teacher": ""}, "Name a teacher, a class group or a course."),
        ({"new_teacher": ""}, "Say what changes."),
        ({"teacher": "nobody"}, "Nobody has the username or name nobody."),
        ({"class_group": "九年级9班"}, "There is no class group with the name 九年级9班."),
        ({"new_course": "没有的课"}, "There is no course with the name 没有的课."),
        ({"first_day": "2001-01-01"}, "The term lasts from"),
        ({"first_day": "x"}, ""),
        ({"end": "10:00"}, "This field is required."),
        ({"start": "10:00", "end": "09:00"}, ""),
        ({"start": "10:00", "shift": "1"}, "one of these"),
        ({"last_bell": "2"}, "Choose the first period too."),
        ({"first_bell": "2", "last_bell": "1"}, "The last period lies before the first"),
        ({"shift": "99"}, ""),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(client, term, other, fields, fault):
    set_bell_times(term, read_bells("08:00-08:45,09:00-09:45"))

    page = sent(client, address(term), wish(term, **fields), status=422)

    assert any(fault in sentence for sentence in faults_on(page)), faults_on(page)


def test_day_that_is_over_is_refused(client, other, teacher):
    monday = coming_monday() - dt.timedelta(weeks=2)
    term = TermFactory.create(weeks=4, first_monday=monday)

    page = sent(client, address(term), wish(term, first_day=str(monday)), status=422)

    assert any("This day is over" in sentence for sentence in faults_on(page))


def test_somebody_who_has_left_hands_over(client, term, other, teacher):
    User.objects.filter(pk=teacher.pk).update(is_active=False)

    answer = client.post(address(term), {**wish(term), "save": "1"})

    assert answer.status_code == 303
    assert WeeklyLesson.objects.filter(teacher=other).exists()


def test_without_bells_periods_are_not_asked_for(client, term):
    page = main(client.get(address(term)))
    assert not page.all("select", name="first_bell")

    set_bell_times(term, read_bells("08:00-08:45,09:00-09:45"))
    page = main(client.get(address(term)))
    assert len(page.all("select", name="first_bell")) == 1
    assert len(page.all("input", name="shift")) == 1


def test_pages_of_teacher_class_group_course_and_absence_lead_there(client, term, teacher, group):
    course = WeeklyLesson.objects.get().course
    usual = "From a day on…"
    monday = str(term.first_monday)
    ways = (
        (f"/courses/{course.code}/", usual, course.name),
        (f"/people/{teacher.code}/", usual, "teacher"),
        (f"/class-groups/{group.code}/", usual, group.name),
        (
            f"/schedule/absences/?teacher=teacher&from={monday}&to={monday}",
            "Away until the end of the term? Change their weekly lessons from a day on",
            monday,
        ),
    )
    for path, words, prefilled in ways:
        answer = client.get(main(client.get(path)).link(words))
        page = main(client.get(answer["Location"]))
        assert prefilled in {field.attrs.get("value") for field in page.all("input")}
    assert main(client.get(f"/schedule/terms/{term.code}/")).link(usual) == address(term)


def test_without_a_term_to_come_it_leads_to_the_terms(client):
    assert client.get("/schedule/from/?teacher=x")["Location"] == "/schedule/terms/"


def test_outsiders_find_nothing(term, teacher, signed_in):
    client = signed_in(teacher)

    for path in (address(term), "/schedule/from/", address(term, "none/undo/")):
        assert client.get(path).status_code in {403, 404}
    assert client.post(address(term), {**wish(term), "save": "1"}).status_code in {403, 404}


def test_change_of_another_term_is_not_found(client, term, other):
    client.post(address(term), {**wish(term), "save": "1"})
    action = PlanningAction.objects.get(from_day__term=term)
    another = TermFactory.create(first_monday=coming_monday() + dt.timedelta(weeks=10))

    assert client.get(address(another, f"{action.code}/undo/")).status_code == 404


def test_preview_of_many_asks_as_much_as_of_one(client, term, other, django_assert_max_num_queries):
    with CaptureQueriesContext(connection) as queries:
        client.post(address(term), wish(term))
    teacher = User.objects.get(username="teacher")
    for weekday in range(2, 7):
        for hour in (8, 9):
            WeeklyLessonFactory.create(
                term=term,
                teacher=teacher,
                weekday=weekday,
                starts=dt.time(hour),
                ends=dt.time(hour, 45),
            )
    plan_term(term, action=PlanningAction(), options=PlanOptions(at=timezone.now()))

    with django_assert_max_num_queries(len(queries)):
        page = sent(client, address(term), wish(term))

    assert "11 weekly lessons change" in page.text
