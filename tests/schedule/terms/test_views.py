"""Planners' pages of terms: the list, the form and deletion."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from schedule.enums import ActionOrigin, WeeklyLessonSource
from schedule.lessons.delete import delete_lessons
from schedule.models import Lesson, PlannedLesson, PlanningAction, Term
from schedule.terms.bells.bell_times import BellSpan
from schedule.terms.planning.term_difference import PlanPart
from schedule.terms.planning.term_plan import PlanOptions, plan_term
from schedule.terms.writing import set_bell_times
from tests.cast import SignedIn
from tests.factories.schedule import TermFactory, WeeklyLessonFactory, coming_monday
from tests.support.pages import Element, facts, read

pytestmark = pytest.mark.django_db

LIST = "/schedule/terms/"
NEW = "/schedule/terms/new/"
MORNING = [
    BellSpan(dt.time(8), dt.time(8, 45)),
    BellSpan(dt.time(8, 55), dt.time(9, 40)),
]
TEXTS = [("08:00", "08:45"), ("08:55", "09:40")]


@pytest.fixture
def client(planner: User, signed_in: SignedIn) -> Client:
    return signed_in(planner, "en")


@pytest.fixture
def term() -> Term:
    return TermFactory.create(name="秋季学期", weeks=4)


def page_of(client: Client, path: str, *, status: int = 200, **query: Any) -> Element:
    answer = client.get(path, query)
    assert answer.status_code == status
    return read(answer.content)


def sent(client: Client, path: str, data: dict[str, Any], *, status: int) -> Element:
    answer = client.post(path, data)
    assert answer.status_code == status
    return read(answer.content)


def below(term: Term, page: str) -> str:
    return f"{LIST}{term.code}/{page}/"


def values_of(term: Term, **changed: Any) -> dict[str, Any]:
    return {"name": term.name, "first_monday": term.first_monday, "weeks": term.weeks} | changed


def plan(term: Term) -> None:
    plan_term(term, action=PlanningAction(), options=PlanOptions(at=timezone.now()))


def known_in(page: Element) -> str:
    return page.one("input", name="known").attrs["value"]


def faults_on(page: Element) -> list[str]:
    return [item.text for faults in page.all("ul", "errors") for item in faults.all("li")]


class TestWhose:
    def test_of_nobody_but_planners(
        self,
        term: Term,
        signed_in: SignedIn,
        teacher: User,
        outsider: User,
        supervisor: User,
    ):
        paths = [LIST, NEW, *(below(term, page) for page in ("change", "delete", "bells"))]
        for person in (teacher, outsider, supervisor):
            client = signed_in(person)
            for path in paths:
                assert client.get(path).status_code == 404, (person, path)
                assert client.post(path).status_code in {404, 405}, (person, path)
            assert LIST not in client.get("/schedule/").content.decode(), person

    def test_planners_find_them_in_their_menus_which_say_where_one_is(self, client: Client):
        page = page_of(client, "/schedule/today/")

        assert [nav.link("Terms") for nav in page.all("nav", **{"aria-label": "Pages"})] == [
            LIST
        ] * 2
        for path in (LIST, NEW):
            here = page_of(client, path).all("a", **{"aria-current": "page"})
            assert {link.text for link in here} == {"Terms"}, path

    def test_unknown_one_is_not_found(self, client: Client):
        assert client.get(f"{LIST}none/bells/").status_code == 404


class TestList:
    def test_empty_one_says_what_to_do_first(self, client: Client):
        page = page_of(client, LIST)

        assert "First make one" in page.one("main").text
        assert page.one("main").link("New term") == NEW

    def test_says_days_and_counts(self, client: Client, term: Term, teacher: User):
        WeeklyLessonFactory.create(term=term, teacher=teacher)
        plan(term)
        delete_lessons(Lesson.objects.order_by("starts_at")[:1], at=timezone.now())

        facts = page_of(client, LIST).one("dl").text

        assert f"{term.first_monday} – {term.last_day} (4 weeks)" in facts
        assert "Weekly lessons 1 Lessons 3 " in facts
        assert facts.endswith("✓ Planned")

    def test_links_lead_to_the_pages_that_they_name(self, client: Client, term: Term):
        main = page_of(client, LIST).one("main")

        assert main.link("秋季学期") == f"{LIST}{term.code}/"
        assert main.link("Bell times 秋季学期") == below(term, "bells")
        assert main.link("Name and weeks 秋季学期") == below(term, "change")

    def test_now_is_marked(self, client: Client):
        today = timezone.localdate()
        monday = today - dt.timedelta(days=today.weekday())
        TermFactory.create(name="now", first_monday=monday, weeks=1)
        TermFactory.create(name="then", first_monday=monday + dt.timedelta(weeks=1))

        heads = [head.text for head in page_of(client, LIST).all("h2")]

        assert heads == ["then", "now ● Now"]

    def test_what_waits_for_planning_is_marked(self, client: Client, term: Term, teacher: User):
        assert "No weekly lessons yet" in page_of(client, LIST).one("dl").text

        WeeklyLessonFactory.create(term=term, teacher=teacher)
        assert "Not planned yet" in page_of(client, LIST).one("dl").text

        plan(term)
        set_bell_times(term, MORNING)
        assert "Changes wait to be planned" in page_of(client, LIST).one("dl").text

    def test_of_what_a_part_is_planned_waits_for_the_rest(
        self, client: Client, term: Term, teacher: User
    ):
        WeeklyLessonFactory.create(term=term, teacher=teacher, source=WeeklyLessonSource.FET)
        WeeklyLessonFactory.create(term=term, weekday=2)
        part = PlanPart.of(term, WeeklyLessonSource.FET)
        plan_term(term, action=PlanningAction(), options=PlanOptions(at=timezone.now(), part=part))

        assert Term.objects.get().planned_at is None
        for path in (LIST, f"{LIST}{term.code}/"):
            shown = facts(page_of(client, path))["Plan"]
            assert shown == "! Changes wait to be planned", path

    def test_many_cost_as_many_queries_as_one(self, client: Client, term: Term):
        def queries() -> int:
            with CaptureQueriesContext(connection) as captured:
                page_of(client, LIST)
            return len(captured)

        WeeklyLessonFactory.create(term=term)
        page_of(client, LIST)
        of_one = queries()
        for _ in range(5):
            WeeklyLessonFactory.create()

        assert queries() == of_one


class TestNew:
    def test_leads_to_its_bell_times(self, client: Client):
        monday = coming_monday()
        answer = client.post(NEW, {"name": "春季学期", "first_monday": monday, "weeks": 18})

        made = Term.objects.get()
        assert answer.status_code == 303
        assert answer["Location"] == below(made, "bells")
        assert (made.name, made.first_monday, made.weeks) == ("春季学期", monday, 18)

    def test_begins_on_a_monday(self, client: Client):
        data = {"name": "春季学期", "first_monday": "2026-09-01", "weeks": 18}

        page = sent(client, NEW, data, status=422)

        assert faults_on(page) == ["2026-09-01 is a Tue. The Monday of that week is 2026-08-31."]
        assert page.one("input", name="name").attrs["value"] == "春季学期"

    def test_overlapping_one_is_refused_naming_the_other(self, client: Client, term: Term):
        page = sent(client, NEW, values_of(term, name="另一学期"), status=409)

        assert faults_on(page) == [
            f"This overlaps with the term “秋季学期”, from {term.first_monday} to {term.last_day}."
        ]
        assert Term.objects.count() == 1

    def test_name_is_there_once(self, client: Client, term: Term):
        later = term.first_monday + dt.timedelta(weeks=10)

        page = sent(client, NEW, values_of(term, first_monday=later), status=409)

        assert faults_on(page) == ["Another term has this name."]

    def test_is_in_the_calendar(self, client: Client):
        data = {"name": "终", "first_monday": "2100-12-27", "weeks": 18}

        assert faults_on(sent(client, NEW, data, status=422)) == [
            "This year is not in the calendar."
        ]


class TestChange:
    def test_of_weeks(self, client: Client, term: Term):
        path = below(term, "change")
        assert page_of(client, path).one("input", name="weeks").attrs["value"] == "4"

        answer = client.post(path, values_of(term, weeks=6))

        assert (answer.status_code, answer["Location"]) == (303, LIST)
        assert Term.objects.get().weeks == 6

    def test_says_which_lessons_would_lie_outside(self, client: Client, term: Term):
        WeeklyLessonFactory.create(term=term)
        plan(term)
        last = PlannedLesson.objects.latest("date")

        page = sent(client, below(term, "change"), values_of(term, weeks=3), status=409)

        (fault,) = faults_on(page)
        assert fault.startswith("1 lesson of its plan would lie outside these weeks: ")
        assert f"{last.lesson}. Delete or change it first." in fault

    def test_many_that_would_lie_outside_are_counted(self, client: Client, term: Term):
        for _ in range(7):
            WeeklyLessonFactory.create(term=term)
        plan(term)

        page = sent(client, below(term, "change"), values_of(term, weeks=3), status=409)

        (fault,) = faults_on(page)
        assert fault.startswith("7 lessons of its plan")
        assert fault.count(", ") == 4
        assert " …. Delete" in fault

    def test_one_that_has_changed_meanwhile_is_said_and_nothing_lost(
        self, client: Client, term: Term
    ):
        path = below(term, "change")
        known = known_in(page_of(client, path))
        sent(client, path, values_of(term, name="春季学期"), status=303)

        page = sent(client, path, {**values_of(term, weeks=5), "known": known}, status=409)

        assert "it is “春季学期” now" in page.one("div", "planning-checked").text
        assert page.one("input", name="weeks").attrs["value"] == "5"
        assert Term.objects.get().weeks == 4
        # A form that is refused still knows what it knew.
        refused = sent(client, path, {"known": known}, status=422)
        assert known_in(refused) == known
        sent(client, path, {**values_of(term, weeks=5), "known": known_in(page)}, status=303)


class TestDelete:
    def test_more_than_was_shown_is_not_deleted(self, client: Client, term: Term):
        path = below(term, "delete")
        known = known_in(page_of(client, path))
        WeeklyLessonFactory.create(term=term)

        page = sent(client, path, {"known": known, "reason": "改期"}, status=409)

        assert "Nothing was deleted" in page.one("div", "planning-checked").text
        assert "1 weekly lesson" in page.text
        assert page.one("input", name="reason").attrs["value"] == "改期"
        sent(client, path, {"known": known_in(page)}, status=303)
        assert not Term.objects.exists()

    def test_asks_saying_what_goes(self, client: Client, term: Term):
        WeeklyLessonFactory.create(term=term)
        plan(term)
        edited = PlannedLesson.objects.earliest("date")
        PlannedLesson.objects.filter(pk=edited.pk).update(is_edited=True)

        told = page_of(client, below(term, "delete")).one("main").text

        assert "1 weekly lesson " in told
        assert "3 lessons of its plan" in told
        assert "1 lesson that was changed by hand stays" in told
        assert Term.objects.exists()

    def test_deletes_with_its_reason(self, client: Client, term: Term, planner: User):
        WeeklyLessonFactory.create(term=term)
        plan(term)

        answer = client.post(below(term, "delete"), {"reason": "停课"})

        assert (answer.status_code, answer["Location"]) == (303, LIST)
        assert not Term.objects.exists()
        assert not Lesson.objects.exists()
        done = PlanningAction.objects.get(by=planner)
        assert (done.origin, done.reason) == (ActionOrigin.TERM, "停课")

    def test_not_once_a_lesson_has_begun(self, client: Client, term: Term):
        WeeklyLessonFactory.create(term=term)
        plan(term)
        lesson = Lesson.objects.order_by("starts_at")[0]
        Lesson.objects.filter(pk=lesson.pk).update(starts_at=timezone.now())
        lesson.refresh_from_db()

        page = sent(client, below(term, "delete"), {}, status=409)

        assert faults_on(page) == [
            f"{lesson} has begun, or is over: this term cannot be deleted any more."
        ]
        assert Lesson.objects.count() == 4
