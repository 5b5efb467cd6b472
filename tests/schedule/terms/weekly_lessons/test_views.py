"""The pages of a term's weekly lessons."""

from __future__ import annotations

import datetime as dt
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.db.models import Model
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.enums import Role
from accounts.models import User
from schedule.lessons.cancel import cancel_lesson
from schedule.models import BellTime, ClassGroup, Course, Lesson, PlanningAction, Term, WeeklyLesson
from schedule.terms.planning.term_plan import PlanOptions, plan_term
from schedule.terms.weekly_lessons.changes import change_weekly_lesson
from schedule.terms.weekly_lessons.forms import WeeklyLessonForm
from schedule.terms.weekly_lessons.writing import plan_of
from tests.cast import SignedIn
from tests.factories.accounts import UserFactory
from tests.factories.schedule import (
    CourseFactory,
    MembershipFactory,
    TermFactory,
    WeeklyLessonFactory,
    coming_monday,
)
from tests.support.bell_lists import add_list
from tests.support.forms import form_faults
from tests.support.pages import Element, facts, main, read

pytestmark = pytest.mark.django_db


FAULTS: list[tuple[dict[str, str], str]] = [
    ({"first_bell": "3", "last_bell": "1"}, "The last period lies before the first"),
    ({"last_bell": "1"}, "Choose the first period too."),
    ({"first_bell": "1", "start": "9:00"}, "Choose periods or write the time, not both."),
    ({"first_bell": "9"}, "Select a valid choice. 9 is not one of the available choices."),
    ({"start": "10:00"}, "This field is required."),
    ({"start": "10:00", "end": "9:00"}, "The end does not lie after the start"),
    ({"start": "25:00", "end": "9:00"}, "Not a time such as 08:00"),
    ({"first_bell": "1", "weeks": "1-21"}, "The term has 20 weeks."),
    ({"first_bell": "1", "weeks": "some"}, "Not weeks such as odd, even or 1-8,10"),
    (
        {"first_bell": "1", "weekday": "8"},
        "Select a valid choice. 8 is not one of the available choices.",
    ),
    ({"first_bell": "1", "teacher": "nobody"}, "Nobody has the username or name nobody."),
    ({"first_bell": "1", "assistants": "teacher"}, "The teacher is not their own assistant."),
    ({"first_bell": "1", "class_groups": "四班"}, "There is no class group with the name 四班."),
]
SHOWN_FAULTS = (FAULTS[0], FAULTS[-1])


@pytest.fixture
def term() -> Term:
    return TermFactory.create(name="2026年秋季学期", weeks=20)


@pytest.fixture
def bells(term: Term) -> list[BellTime]:
    """From 8:00 on, three periods of 45 minutes with ten between them."""
    times = ((8, 0, 8, 45), (8, 55, 9, 40), (9, 50, 10, 35))
    return [
        BellTime.objects.create(term=term, number=number, starts=dt.time(a, b), ends=dt.time(c, d))
        for number, (a, b, c, d) in enumerate(times, start=1)
    ]


@pytest.fixture
def weekly_lesson(term: Term, teacher: User, class_group: ClassGroup) -> WeeklyLesson:
    """On Mondays from 8:00 to 8:45."""
    return WeeklyLessonFactory.create(
        term=term,
        course=CourseFactory.create(name="语文课"),
        teacher=teacher,
        class_groups=[class_group],
    )


@pytest.fixture
def client(signed_in: SignedIn, planner: User) -> Client:
    return signed_in(planner, "en")


def path_of(term: Term, rest: str = "") -> str:
    return f"/schedule/terms/{term.code}/{rest}"


def change_path(weekly_lesson: WeeklyLesson) -> str:
    return path_of(weekly_lesson.term, f"weekly/{weekly_lesson.code}/")


def sent(**fields: str) -> dict[str, str]:
    """Return what the form of a new weekly lesson sends."""
    return {
        "course": "数学课",
        "teacher": "teacher",
        "class_groups": "三年级1班",
        "weekday": "2",
        "start": "10:00",
        "end": "10:45",
        "weeks": "",
        **fields,
    }


def field(page: Element, name: str) -> str:
    """The value of a field."""
    for select in page.all("select", name=name):
        return next(
            (each.attrs["value"] for each in select.all("option") if "selected" in each.attrs), ""
        )
    return page.one("input", name=name).attrs.get("value", "")


def errors(page: Element) -> list[str]:
    return [each.text for each in page.all("ul", "errors")]


class TestTerm:
    def test_only_planners_find_it(self, term: Term, signed_in: SignedIn, teacher: User):
        assert signed_in(teacher).get(path_of(term)).status_code == 404
        assert signed_in(teacher).get(path_of(term, "weekly/new/")).status_code == 404

    def test_empty_term_leads_on(self, client: Client, term: Term):
        page = main(client.get(path_of(term)))

        assert page.one("h1").text == "2026年秋季学期"
        assert page.link("First weekly lesson") == path_of(term, "weekly/new/")
        assert page.link("Copy another term") == path_of(term, "copy/")
        assert not page.all("table")

    def test_facts(self, client: Client, term: Term, weekly_lesson: WeeklyLesson):
        page = main(client.get(path_of(term)))

        assert facts(page) == {
            "Days": f"{term.first_monday} – {term.last_day}",
            "Number of weeks": "20",
            "Plan": "! Not planned yet",
        }

    def test_week_of_today_goes_on_over_holidays(self, client: Client):
        monday = coming_monday() - dt.timedelta(weeks=13)
        term = TermFactory.create(first_monday=monday)

        page = main(client.get(path_of(term)))

        assert facts(page)["Today"] == "Week 13 · odd weeks"

    def test_it_says_whether_lessons_are_as_planned(
        self, client: Client, term: Term, weekly_lesson: WeeklyLesson
    ):
        plan_term(term, action=PlanningAction(), options=PlanOptions(at=timezone.now()))
        before = facts(main(client.get(path_of(term))))["Plan"]
        client.post(change_path(weekly_lesson), {"weekday": "3"})

        assert before == "✓ Planned"
        assert facts(main(client.get(path_of(term))))["Plan"] == "! Changes wait to be planned"

    def test_filters(
        self,
        client: Client,
        term: Term,
        weekly_lesson: WeeklyLesson,
        assistant: User,
        teacher: User,
    ):
        WeeklyLessonFactory.create(term=term, weekday=2, assistants=[assistant])
        WeeklyLessonFactory.create(term=term, weekday=3, assistants=[teacher])

        def count(**query: str) -> int:
            page = main(client.get(f"{path_of(term)}?{urlencode(query)}"))
            return len(page.one("table", "weekly-list").one("tbody").all("tr"))

        assert count() == 3
        assert count(class_group="三年级1班") == 1
        assert count(teacher="assistant") == 1
        assert count(teacher="teacher") == 2
        assert count(teacher="teacher", class_group="三年级1班") == 1
        assert client.get(f"{path_of(term)}?teacher=nobody").status_code == 404

    def test_many_are_paged(
        self, client: Client, term: Term, teacher: User, class_group: ClassGroup
    ):
        for number in range(11):
            WeeklyLessonFactory.create(
                term=term,
                course__name=f"课程{number:02}",
                teacher=teacher,
                class_groups=[class_group],
                starts=dt.time(0, number),
            )

        page = main(client.get(f"{path_of(term)}?page=2"))

        assert page.one("div", "pager").one("p").text == "11 weekly lessons"
        assert [row.one("th").text for row in page.one("tbody").all("tr")] == ["课程10"]

    def test_chosen_one_leads_to_their_week_in_the_grid(
        self, client: Client, term: Term, weekly_lesson: WeeklyLesson
    ):
        of_group = main(client.get(f"{path_of(term)}?class_group=三年级1班"))
        of_teacher = main(client.get(f"{path_of(term)}?teacher=teacher"))

        grid = path_of(term, "weekly/")
        assert of_group.link("Week of 三年级1班 in the grid") == grid + "?" + urlencode(
            {"of": "三年级1班"}
        )
        assert of_teacher.link("Week of 李老师 in the grid") == f"{grid}?by=teacher&of=teacher"

    def test_as_many_queries_for_one_as_for_many(
        self, client: Client, term: Term, weekly_lesson: WeeklyLesson, assistant: User
    ):
        def queries(query: str) -> int:
            with CaptureQueriesContext(connection) as asked:
                assert client.get(f"{path_of(term)}{query}").status_code == 200
            return len(asked)

        weekly_lesson.assistants.add(assistant)
        of_one = {
            query: queries(query) for query in ("", "?class_group=三年级1班", "?teacher=teacher")
        }
        for weekday in range(2, 5):
            WeeklyLessonFactory.create(
                term=term,
                weekday=weekday,
                teacher=weekly_lesson.teacher,
                assistants=[assistant],
                class_groups=weekly_lesson.class_groups.all(),
            )

        assert {query: queries(query) for query in of_one} == of_one


class TestNew:
    def test_it_is_added_and_the_week_of_its_class_group_shown(
        self, client: Client, term: Term, teacher: User, class_group: ClassGroup
    ):
        answer = client.post(path_of(term, "weekly/new/"), sent(weeks="第1-8周"))

        (weekly_lesson,) = WeeklyLesson.objects.all()
        assert (weekly_lesson.weekday, weekly_lesson.starts, weekly_lesson.ends) == (
            2,
            dt.time(10),
            dt.time(10, 45),
        )
        assert (weekly_lesson.weeks, weekly_lesson.room_type, weekly_lesson.record_mode) == (
            "1-8",
            0,
            0,
        )
        assert (weekly_lesson.teacher, list(weekly_lesson.class_groups.all())) == (
            teacher,
            [class_group],
        )
        assert answer["Location"] == f"{path_of(term, 'weekly/')}?{urlencode({'of': '三年级1班'})}"
        page = main(client.get(answer["Location"]))
        said = [each.text for each in page.one("ul", "messages").all("li")]
        assert said == ["The weekly lesson was added.", "The course 数学课 is new."]

    def test_by_periods(
        self,
        client: Client,
        term: Term,
        bells: list[BellTime],
        teacher: User,
        class_group: ClassGroup,
    ):
        times = {"first_bell": "2", "last_bell": "3", "start": "", "end": ""}
        client.post(path_of(term, "weekly/new/"), sent(**times))
        client.post(path_of(term, "weekly/new/"), sent(**times, weekday="3") | {"last_bell": ""})

        found = WeeklyLesson.objects.order_by("weekday").values_list(
            "first_bell", "last_bell", "starts", "ends"
        )
        assert list(found) == [
            (2, 3, dt.time(8, 55), dt.time(10, 35)),
            (2, 2, dt.time(8, 55), dt.time(9, 40)),
        ]

    def test_faults_are_said(
        self, term: Term, bells: list[BellTime], teacher: User, class_group: ClassGroup
    ):
        for fields, fault in FAULTS:
            form = WeeklyLessonForm(sent(start="", end="") | fields, term=term)

            assert form_faults(form) == [fault], fields

    def test_fault_comes_with_the_form_as_it_was_sent(
        self,
        client: Client,
        term: Term,
        bells: list[BellTime],
        teacher: User,
        class_group: ClassGroup,
    ):
        for fields, fault in SHOWN_FAULTS:
            data = sent(start="", end="") | fields
            answer = client.post(path_of(term, "weekly/new/"), data)

            page = main(answer)
            assert answer.status_code == 422, fields
            assert errors(page) == [fault], fields
            assert field(page, "course") == "数学课", fields
        assert not WeeklyLesson.objects.exists()
        assert not Course.objects.exists()

    def test_student_of_two_class_groups_is_named_and_may_for_a_reason(
        self, client: Client, term: Term, weekly_lesson: WeeklyLesson, other_class_group: ClassGroup
    ):
        student = UserFactory.create(display_name="王小明")
        for group in (other_class_group, *weekly_lesson.class_groups.all()):
            MembershipFactory.create(user=student, class_group=group)
        UserFactory.create(username="zhao", roles=(Role.TEACHER,))
        data = sent(weekday="1", start="8:30", end="9:00", teacher="zhao")
        data["class_groups"] = other_class_group.name

        refused = client.post(path_of(term, "weekly/new/"), data)
        allowed = client.post(path_of(term, "weekly/new/"), data | {"overlap_reason": "走班"})

        assert refused.status_code == 409
        assert "王小明" in main(refused).one("div", "planning-clashes").text
        assert allowed.status_code == 303

    def test_conflict_names_and_links_the_other_one(
        self, client: Client, term: Term, weekly_lesson: WeeklyLesson, other_class_group: ClassGroup
    ):
        data = sent(weekday="1", start="8:30", end="9:00", class_groups="三年级1班;三年级2班")
        answer = client.post(path_of(term, "weekly/new/"), data)

        page = main(answer)
        assert answer.status_code == 409
        assert [each.text for each in page.one("div", "planning-clashes").all("li")] == [
            "李老师 · 语文课 Mon 08:00–08:45 · every week · 三年级1班 · 李老师",
            "三年级1班 · 语文课 Mon 08:00–08:45 · every week · 三年级1班 · 李老师",
        ]
        assert page.one("div", "planning-clashes").all("a")[0].attrs["href"] == change_path(
            weekly_lesson
        )
        assert field(page, "start") == "8:30"
        # Nor was its course made.
        assert Course.objects.count() == 1

    def test_another_one_keeps_who_is_taught_what(
        self, client: Client, term: Term, teacher: User, class_group: ClassGroup
    ):
        answer = client.post(path_of(term, "weekly/new/"), sent(another="1", course="语文 & 写作"))

        page = main(client.get(answer["Location"]))
        kept = {name: field(page, name) for name in ("course", "teacher", "class_groups")}
        assert kept == {"course": "语文 & 写作", "teacher": "teacher", "class_groups": "三年级1班"}
        assert [each.attrs["name"] for each in page.all("select") if "autofocus" in each.attrs] == [
            "weekday"
        ]
        # Return goes on with the next one.
        assert page.one("div", "actions").all("button")[0].text == "Save and add another"
        assert page.link("‹ 2026年秋季学期").startswith(f"{path_of(term)}?class_group=")

    def test_empty_place_fills_the_form_in(self, client: Client, term: Term, bells: list[BellTime]):
        asked = {"class_group": "三年级1班", "weekday": "3", "first_bell": "2", "weeks": "even"}

        page = main(client.get(path_of(term, f"weekly/new/?{urlencode(asked)}")))

        assert {
            name: field(page, name) for name in ("class_groups", "weekday", "first_bell", "weeks")
        } == {
            "class_groups": "三年级1班",
            "weekday": "3",
            "first_bell": "2",
            "weeks": "even",
        }

    def test_form_says_that_periods_have_other_times_where_another_list_holds(
        self, client: Client, term: Term, bells: list[BellTime]
    ):
        path = f"/schedule/terms/{term.code}/weekly/new/"
        hint = "Where another list holds"
        assert hint not in main(client.get(path)).text
        add_list(term, "07:30-08:15", grades=["七年级"])

        assert hint in main(client.get(path)).text

    def test_week_of_a_teacher_is_come_back_to(
        self, client: Client, term: Term, teacher: User, class_group: ClassGroup
    ):
        new = path_of(term, "weekly/new/?teacher=teacher")

        assert main(client.get(new)).link("‹ 2026年秋季学期") == f"{path_of(term)}?teacher=teacher"
        week = f"{path_of(term, 'weekly/')}?by=teacher&of=teacher"
        assert client.post(new, sent())["Location"] == week


class TestChange:
    def test_form_shows_it_and_saves_what_differs(
        self,
        client: Client,
        term: Term,
        bells: list[BellTime],
        weekly_lesson: WeeklyLesson,
        assistant: User,
    ):
        weekly_lesson.assistants.add(assistant)
        WeeklyLesson.objects.update(
            first_bell=1, last_bell=1, weeks="odd", title="复习", record_mode=3
        )
        page = main(client.get(change_path(weekly_lesson)))
        names = [
            *("course", "teacher", "assistants", "class_groups", "weekday", "first_bell"),
            *("last_bell", "start", "end", "weeks", "title", "room_type", "record"),
            *("overlap_reason", "known"),
        ]
        shown = {name: field(page, name) for name in names}
        before = plan_of(WeeklyLesson.objects.get())

        assert client.post(change_path(weekly_lesson), shown).status_code == 303
        assert plan_of(WeeklyLesson.objects.get()) == before

        client.post(change_path(weekly_lesson), shown | {"first_bell": "3", "last_bell": ""})
        changed = WeeklyLesson.objects.get()
        assert (changed.first_bell, changed.last_bell, changed.starts) == (3, 3, dt.time(9, 50))
        assert changed.record_mode == 3

    @pytest.mark.parametrize(
        ("before", "word", "after"), [(0, "signalling", 3), (3, "yes", 0), (3, "no", 1)]
    )
    def test_recording_is_chosen(
        self, client: Client, weekly_lesson: WeeklyLesson, before: int, word: str, after: int
    ):
        WeeklyLesson.objects.update(record_mode=before)

        assert client.post(change_path(weekly_lesson), {"record": word}).status_code == 303
        assert WeeklyLesson.objects.get().record_mode == after

    def test_form_that_is_older_says_what_saving_would_do(
        self, client: Client, term: Term, weekly_lesson: WeeklyLesson
    ):
        known = field(main(client.get(change_path(weekly_lesson))), "known")
        client.post(change_path(weekly_lesson), {"start": "9:00", "end": "9:45"})
        data = {"known": known, "start": "8:00", "end": "8:45", "weekday": "2"}
        # A page that is refused still knows what it knew.
        refused = client.post(change_path(weekly_lesson), data | {"weekday": "9"})
        assert (refused.status_code, field(main(refused), "known")) == (422, known)

        answer = client.post(change_path(weekly_lesson), data)

        page = main(answer)
        assert answer.status_code == 409
        assert facts(page) == {
            "Weekday": "Mon → Tue",
            "Start": "09:00 → 8:00",
            "End": "09:45 → 8:45",
        }
        assert WeeklyLesson.objects.get().starts == dt.time(9)
        # Who has seen that may save.
        again = client.post(change_path(weekly_lesson), data | {"known": field(page, "known")})
        assert again.status_code == 303
        assert (WeeklyLesson.objects.get().weekday, WeeklyLesson.objects.get().starts) == (
            2,
            dt.time(8),
        )

    def test_people_and_groups_that_it_has_are_taken_as_they_are(
        self, client: Client, term: Term, weekly_lesson: WeeklyLesson, teacher: User
    ):
        teacher.role_grants.all().delete()
        ClassGroup.objects.update(archived_at=timezone.now())

        assert client.post(change_path(weekly_lesson), {"weekday": "4"}).status_code == 303
        assert WeeklyLesson.objects.get().weekday == 4

    def test_one_of_another_term_is_missing(self, client: Client, weekly_lesson: WeeklyLesson):
        other = TermFactory.create()

        assert client.get(path_of(other, f"weekly/{weekly_lesson.code}/")).status_code == 404


class TestDelete:
    def test_it_asks_and_says_what_becomes_of_its_lessons(
        self, client: Client, term: Term, weekly_lesson: WeeklyLesson
    ):
        plan_term(term, action=PlanningAction(), options=PlanOptions(at=timezone.now()))
        cancel_lesson(Lesson.objects.order_by("starts_at")[0], reason="", at=timezone.now())

        page = main(client.get(f"{change_path(weekly_lesson)}delete/"))

        texts = [each.text for each in page.all("p")]
        assert "When the term is planned next, its 19 coming lessons are deleted." in texts
        assert "1 lesson stays: it is past, or was changed by hand." in texts
        assert WeeklyLesson.objects.exists()

    def test_it_is_deleted(self, client: Client, term: Term, weekly_lesson: WeeklyLesson):
        answer = client.post(f"{change_path(weekly_lesson)}delete/")

        assert not WeeklyLesson.objects.exists()
        page = main(client.get(answer["Location"]))
        assert "The weekly lesson was deleted." in page.one("ul", "messages").text

    def test_one_that_has_changed_meanwhile_is_shown_first(
        self, client: Client, weekly_lesson: WeeklyLesson
    ):
        path = f"{change_path(weekly_lesson)}delete/"
        known = field(main(client.get(path)), "known")
        client.post(change_path(weekly_lesson), {"weekday": "2"})

        answer = client.post(path, {"known": known})

        page = main(answer)
        assert (answer.status_code, WeeklyLesson.objects.count()) == (409, 1)
        assert "The weekly lesson has changed since you opened this page" in page.text
        assert "Tue" in page.text
        assert client.post(path, {"known": field(page, "known")}).status_code == 303
        # Deleting it once more is no fault of who saw it.
        assert not WeeklyLesson.objects.exists()

    def test_outsiders_delete_nothing(
        self, signed_in: SignedIn, teacher: User, weekly_lesson: WeeklyLesson
    ):
        for path in (change_path(weekly_lesson), f"{change_path(weekly_lesson)}delete/"):
            assert signed_in(teacher).post(path).status_code == 404
        assert WeeklyLesson.objects.exists()


@pytest.mark.parametrize("model", [WeeklyLesson, Term])
def test_somebody_deleted_it_meanwhile(
    client: Client, weekly_lesson: WeeklyLesson, monkeypatch: pytest.MonkeyPatch, model: type[Model]
):
    def delete_first(*args: Any, **keywords: Any) -> bool:
        model._default_manager.all().delete()
        return change_weekly_lesson(*args, **keywords)

    monkeypatch.setattr("schedule.terms.weekly_lessons.forms.change_weekly_lesson", delete_first)

    assert client.post(change_path(weekly_lesson), {"weekday": "2"}).status_code == 404


def test_pages_are_read_in_chinese(signed_in: SignedIn, planner: User, weekly_lesson: WeeklyLesson):
    WeeklyLesson.objects.update(weeks="odd")
    client = signed_in(planner)
    page = read(client.get(path_of(weekly_lesson.term)).content)
    form = main(client.get(change_path(weekly_lesson)))

    assert "单周" in page.one("table", "weekly-list").text
    assert field(form, "weeks") == "单周"
