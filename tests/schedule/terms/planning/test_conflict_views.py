"""The pages of conflicts: of a term, and of students within the coming days."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from accounts.enums import Role
from accounts.models import User
from schedule.enums import DayKind
from schedule.lessons.cancel import cancel_lesson
from schedule.lessons.change import change_lesson
from schedule.models import ClassGroup, Lesson, PlanningAction, Term, TermDay, WeeklyLesson
from schedule.terms.planning.conflict_list import TOLD_BEFORE, conflicts_not_in_order
from schedule.terms.planning.term_plan import PlanOptions, plan_term
from tests.cast import SignedIn
from tests.factories.accounts import UserFactory
from tests.factories.schedule import (
    ClassGroupFactory,
    LessonFactory,
    MembershipFactory,
    TermFactory,
    WeeklyLessonFactory,
    school_time,
)
from tests.support.lessons import changed
from tests.support.pages import Element, main

pytestmark = pytest.mark.django_db

COMING = "/schedule/conflicts/"


@pytest.fixture
def term() -> Term:
    return TermFactory.create(weeks=4, name="秋季学期")


@pytest.fixture
def client(signed_in: SignedIn, planner: User) -> Client:
    return signed_in(planner, "en")


@pytest.fixture
def one() -> ClassGroup:
    return ClassGroupFactory.create(name="一班")


@pytest.fixture
def english() -> ClassGroup:
    return ClassGroupFactory.create(name="英语A班")


def join(*groups: ClassGroup, **fields: Any) -> User:
    """A student of these class groups."""
    user = UserFactory.create(**fields)
    for group in groups:
        MembershipFactory.create(user=user, class_group=group)
    return user


def plan(term: Term) -> None:
    plan_term(
        term,
        action=PlanningAction(),
        options=PlanOptions(at=timezone.now(), leaves_out_conflicts=True),
    )


def page_of(client: Client, term: Term | None = None, query: str = "") -> Element:
    path = COMING if term is None else f"/schedule/terms/{term.code}/conflicts/"
    answer = client.get(path + query)
    assert answer.status_code == 200
    return main(answer)


def sections(page: Element) -> dict[str, Element]:
    return {each.one("h2").text: each for each in page.all("section")}


def lines(section: Element) -> list[str]:
    return [each.one("strong").text for each in section.all("li") if each.all("strong")]


def in_term(term: Term, day: int, hour: int) -> dt.datetime:
    date = term.first_monday + dt.timedelta(days=day)
    return timezone.make_aware(dt.datetime.combine(date, dt.time(hour)))


class TestTerm:
    def test_nothing_is_in_conflict(self, client: Client, term: Term) -> None:
        WeeklyLessonFactory.create(term=term)
        plan(term)

        page = page_of(client, term)

        assert "Nothing is in conflict in this term." in page.text
        assert page.one("h1").text == term.name

    def test_students_who_joined_afterwards_stand_once_with_their_weeks(
        self, client: Client, term: Term, one: ClassGroup, english: ClassGroup
    ) -> None:
        for group in (one, english):
            WeeklyLessonFactory.create(term=term, class_groups=[group])
        plan(term)
        join(one, english, display_name="王小明")

        section = sections(page_of(client, term))["Students in two lessons at once"]

        assert lines(section) == ["王小明 (一班 and 英语A班)"]
        assert "every week" in section.text
        for lesson in Lesson.objects.order_by("starts_at")[:2]:
            assert section.link(lesson.title) == f"/schedule/lessons/{lesson.code}/"
            assert section.link(f"Change {lesson.title}").endswith("/change/")

    def test_weeks_are_those_of_the_membership(
        self, client: Client, term: Term, one: ClassGroup, english: ClassGroup
    ) -> None:
        for group in (one, english):
            WeeklyLessonFactory.create(term=term, class_groups=[group])
        plan(term)
        until = term.first_monday + dt.timedelta(days=13)
        user = join(english)
        MembershipFactory.create(user=user, class_group=one, to_date=until)
        join(one, english, display_name="赵敏").memberships.filter(class_group=one).update(
            to_date=term.first_monday
        )

        section = sections(page_of(client, term))["Students in two lessons at once"]

        assert lines(section) == ["2 students of 一班 and 英语A班"]
        assert "weeks 1-2" in section.text

    def test_weekly_lessons_without_weekly_lessons_stand_once_too(
        self, client: Client, term: Term, one: ClassGroup, english: ClassGroup, teacher: User
    ) -> None:
        course = WeeklyLessonFactory.create(term=term).course
        other_teacher = UserFactory.create(roles=[Role.TEACHER])
        for week in (0, 2):
            start = in_term(term, week * 7 + 1, 8)
            for group, who in ((one, teacher), (english, other_teacher)):
                LessonFactory.create(
                    course=course, class_groups=[group], teacher=who, starts_at=start
                )
        join(one, english, display_name="王小明")

        section = sections(page_of(client, term))["Students in two lessons at once"]

        assert lines(section) == ["王小明 (一班 and 英语A班)"]
        assert "odd weeks" in section.text

    def test_which_of_two_was_written_last_makes_no_second_line(
        self, client: Client, term: Term, one: ClassGroup, english: ClassGroup
    ) -> None:
        for group in (one, english):
            WeeklyLessonFactory.create(term=term, class_groups=[group])
        plan(term)
        assistant = UserFactory.create(roles=[Role.TEACHER])
        for group in (one, english):
            # Whom it takes is written anew: in one week for the first lesson, in another for the second.
            rewritten = Lesson.objects.filter(class_groups=group).order_by("starts_at")
            number = 0 if group == one else 1
            change_lesson(rewritten[number], changed(rewritten[number], assistants=(assistant,)))
        join(one, english, display_name="王小明")

        section = sections(page_of(client, term))["Students in two lessons at once"]

        assert lines(section) == ["王小明 (一班 and 英语A班)"]
        assert "every week" in section.text

    def test_what_a_reason_allows_is_listed_apart(
        self, client: Client, term: Term, one: ClassGroup, english: ClassGroup
    ) -> None:
        join(one, english, display_name="王小明")
        WeeklyLessonFactory.create(term=term, class_groups=[one])
        WeeklyLessonFactory.create(term=term, class_groups=[one], overlap_reason="走班")
        WeeklyLessonFactory.create(term=term, class_groups=[english], overlap_reason="分层")
        plan(term)

        found = sections(page_of(client, term))

        assert list(found) == ["Allowed by a planner's reason"]
        (section,) = found.values()
        assert sorted(lines(section)) == [
            "一班",
            "王小明 (一班 and 英语A班)",
            "王小明 (一班 and 英语A班)",
        ]
        assert "Reason: 走班" in section.text
        assert "Reason: 分层" in section.text

    def test_weekly_lessons_that_planning_leaves_out(
        self, client: Client, term: Term, one: ClassGroup, english: ClassGroup, teacher: User
    ) -> None:
        join(one, english, display_name="王小明")
        first = WeeklyLessonFactory.create(term=term, class_groups=[one], teacher=teacher)
        second = WeeklyLessonFactory.create(term=term, teacher=teacher)
        third = WeeklyLessonFactory.create(term=term, class_groups=[english])

        def left_out() -> dict[str, str]:
            found = sections(page_of(client, term))
            (section,) = found.values()
            assert list(found) == ["Weekly lessons that planning leaves out"]
            return {
                each.one("strong").text: each.text
                for each in section.all("li")
                if each.all("strong")
            }

        # Before the term is planned, of each other; afterwards, of the lessons that are there.
        before = left_out()
        plan(term)
        after = left_out()

        assert set(before) == set(after) == {"李老师", "王小明 (英语A班 and 一班)"}
        assert second.course.name in before["李老师"]
        assert first.course.name in before["李老师"]
        assert third.course.name in after["王小明 (英语A班 and 一班)"]
        assert "every week" in after["李老师"]

    def test_what_is_planned_again_stands_where_the_plan_has_it(
        self, client: Client, term: Term, teacher: User
    ) -> None:
        moved = WeeklyLessonFactory.create(term=term, teacher=teacher)
        plan(term)
        WeeklyLesson.objects.filter(pk=moved.pk).update(weekday=2)
        WeeklyLessonFactory.create(term=term, teacher=teacher)

        assert "Nothing is in conflict" in page_of(client, term).text

    def test_teachers_who_cannot_teach_any_more(
        self, client: Client, term: Term, teacher: User, other_teacher: User
    ) -> None:
        WeeklyLessonFactory.create(term=term, teacher=teacher)
        WeeklyLessonFactory.create(term=term, teacher=other_teacher, weekday=2)
        WeeklyLessonFactory.create(term=term, weekday=3)
        plan(term)
        teacher.role_grants.all().delete()
        User.objects.filter(pk=other_teacher.pk).update(is_active=False)
        last = Lesson.objects.filter(teacher=teacher).latest("starts_at")
        cancel_lesson(last, reason="", at=timezone.now())

        section = sections(page_of(client, term))["Lessons whose teacher cannot teach any more"]

        assert lines(section) == ["李老师", "赵老师"]
        assert "weeks 1-3" in section.text
        assert "every week" in section.text

    def test_day_that_makes_up_counts_in_its_week(
        self, client: Client, term: Term, one: ClassGroup, english: ClassGroup
    ) -> None:
        monday, saturday = (term.first_monday + dt.timedelta(days=day) for day in (7, 5))
        TermDay.objects.create(term=term, date=monday, kind=DayKind.HOLIDAY)
        TermDay.objects.create(term=term, date=saturday, kind=DayKind.WORKDAY, plan_weekday=1)
        for group in (one, english):
            WeeklyLessonFactory.create(term=term, class_groups=[group])
        plan(term)
        join(one, english)

        section = sections(page_of(client, term))["Students in two lessons at once"]

        assert len(lines(section)) == 1
        assert "weeks 1,3-4" in section.text

    def test_pages_follow_each_other_and_queries_do_not_grow(
        self, client: Client, term: Term
    ) -> None:
        def asked() -> int:
            with CaptureQueriesContext(connection) as queries:
                page_of(client, term, "?page_size=50")
            return len(queries)

        conflicting_weekly_lessons(term, 1)
        few = asked()
        conflicting_weekly_lessons(term, 10)

        assert asked() == few
        page = page_of(client, term)
        second = page_of(client, term, "?page=2")
        assert sum(len(lines(each)) for each in page.all("section")) == 10
        assert sum(len(lines(each)) for each in second.all("section")) == 1
        assert "11 conflicts" in page.text

    def test_is_for_planners_alone(
        self, signed_in: SignedIn, teacher: User, outsider: User, term: Term
    ) -> None:
        for user in (teacher, outsider):
            client = signed_in(user)
            assert client.get(f"/schedule/terms/{term.code}/conflicts/").status_code == 404
            assert client.get(COMING).status_code == 404

    def test_unknown_term_is_not_found(self, client: Client) -> None:
        assert client.get("/schedule/terms/none/conflicts/").status_code == 404


def conflicting_weekly_lessons(term: Term, count: int) -> None:
    """So many pairs of weekly lessons with lessons at once, of a student who joined afterwards, and one left out."""
    groups = [(ClassGroupFactory.create(), ClassGroupFactory.create()) for _number in range(count)]
    for pair in groups:
        for group in pair:
            WeeklyLessonFactory.create(term=term, class_groups=[group])
    plan(term)
    for pair in groups:
        join(*pair)


class TestComing:
    @pytest.fixture
    def both(self, one: ClassGroup, english: ClassGroup) -> list[Lesson]:
        return [
            LessonFactory.create(class_groups=[group], starts_at=school_time(3, 8))
            for group in (one, english)
        ]

    def told(self) -> list[Any]:
        with translation.override("en"):
            return list(conflicts_not_in_order(timezone.now()))

    def test_page_lists_exactly_what_planners_are_told_by_three_queries_at_most(
        self,
        client: Client,
        both: list[Lesson],
        one: ClassGroup,
        english: ClassGroup,
        django_assert_num_queries: Any,
    ) -> None:
        with django_assert_num_queries(1):
            assert self.told() == []
        join(one, english, display_name="王小明")

        with django_assert_num_queries(3):
            (told,) = self.told()

        (section,) = sections(page_of(client)).values()
        assert told.address == COMING
        assert "1 conflict." in told.sentence
        assert lines(section) == ["王小明 (一班 and 英语A班)"]
        assert {link.attrs["href"] for link in section.all("a")} >= {
            f"/schedule/lessons/{lesson.code}/" for lesson in both
        }
        # It is told on the school day.
        today = main(client.get("/schedule/today/"))
        assert COMING in {link.attrs["href"] for link in today.all("a")}

    def test_neither_later_ones_nor_past_ones(
        self, client: Client, one: ClassGroup, english: ClassGroup
    ) -> None:
        for day in (-1, TOLD_BEFORE.days + 2):
            for group in (one, english):
                LessonFactory.create(class_groups=[group], starts_at=school_time(day, 8))
        join(one, english)

        assert self.told() == []
        assert "No student is in two lessons at once." in page_of(client).text

    def test_neither_allowed_ones_nor_cancelled_ones(
        self, one: ClassGroup, english: ClassGroup, both: list[Lesson]
    ) -> None:
        LessonFactory.create(class_groups=[ClassGroupFactory.create()], starts_at=school_time(3, 8))
        join(one, english)
        cancel_lesson(both[0], reason="", at=timezone.now())
        LessonFactory.create(class_groups=[one], starts_at=school_time(3, 8), overlap_reason="走班")

        assert self.told() == []
