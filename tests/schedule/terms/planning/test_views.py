"""The page of a term's plan: what it shows, and that what was shown is done."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from schedule.enums import ActionOrigin, DayKind, LessonState
from schedule.lessons.cancel import cancel_lesson
from schedule.lessons.change import publish_lesson
from schedule.models import Lesson, PlanningAction, Term, TermDay, WeeklyLesson
from schedule.terms.planning.term_plan import PlanOptions, plan_term
from tests.cast import SignedIn
from tests.factories.schedule import (
    ClassGroupFactory,
    LessonFactory,
    MembershipFactory,
    TermFactory,
    WeeklyLessonFactory,
)
from tests.support.pages import Element, main

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(signed_in: SignedIn, planner: User) -> Client:
    return signed_in(planner, "en")


@pytest.fixture
def term() -> Term:
    return TermFactory.create(weeks=4)


@pytest.fixture
def weekly_lesson(term: Term, teacher: User, class_group: Any) -> WeeklyLesson:
    return WeeklyLessonFactory.create(term=term, teacher=teacher, class_groups=[class_group])


def path_of(term: Term) -> str:
    return f"/schedule/terms/{term.code}/plan/"


def seen(client: Client, term: Term, **query: str) -> Element:
    return main(client.get(path_of(term), query))


def apply(client: Client, term: Term, **data: str) -> Any:
    """Send the form as the page shows it, with these ticks."""
    version = seen(client, term).one("input", name="version").attrs["value"]
    return client.post(path_of(term), {"version": version, **data})


def plan(term: Term, *, is_draft: bool = False) -> None:
    plan_term(
        term, action=PlanningAction(), options=PlanOptions(at=timezone.now(), is_draft=is_draft)
    )


def counts(page: Element) -> list[str]:
    """New, changed, deleted, unchanged."""
    return [each.text for each in page.all("dd")]


def test_page_tells_what_planning_does(client, term, weekly_lesson, student):
    page = seen(client, term)

    assert counts(page) == ["4", "0", "0", "0"]
    assert "Concerns 1 teacher and 1 student." in page.text
    assert "4 weeks · weeks 1-4" in page.text
    assert not Lesson.objects.exists()
    # An unknown or empty list is the page itself.
    assert counts(seen(client, term, show="removed"))[0] == "4"
    assert counts(seen(client, term, show="none"))[0] == "4"


def test_preview_is_called_one(signed_in, planner, term, weekly_lesson):
    page = main(signed_in(planner).get(path_of(term)))

    assert page.one("h2", id="plan-does").text == "排课预览"


def test_term_that_is_deleted_meanwhile_is_missing(client, term, weekly_lesson, monkeypatch):
    monkeypatch.setattr("schedule.terms.planning.views.get_term_for", lambda _user, _code: term)
    version = seen(client, term).one("input", name="version").attrs["value"]
    Term.objects.all().delete()

    assert client.post(path_of(term), {"version": version}).status_code == 404


def test_what_was_shown_is_done(client, term, weekly_lesson, planner):
    answer = apply(client, term, reason="新学期")

    assert (answer.status_code, answer["Location"]) == (303, path_of(term))
    assert Lesson.objects.filter(state=LessonState.PUBLISHED).count() == 4
    action = PlanningAction.objects.get()
    assert (action.by, action.origin, action.reason) == (planner, ActionOrigin.TERM, "新学期")
    assert action.is_told
    page = seen(client, term)
    assert counts(page) == ["0", "0", "0", "4"]
    assert "4 new lessons, 0 changed, 0 deleted" in page.text
    assert "All lessons match the weekly lessons." in page.text
    # Nothing is offered once it is done.
    assert not page.all("button", **{"class": "button-primary"})
    assert page.link("To the timetable") == f"/schedule/{term.first_monday}/"


def test_term_without_weekly_lessons_leads_to_them(client, term):
    page = seen(client, term)

    assert not page.all("form")
    assert page.link("To the weekly lessons of this term") == f"/schedule/terms/{term.code}/"
    days = main(client.get(f"/schedule/terms/{term.code}/days/"))
    assert "once the term is planned" not in days.text


def test_nobody_is_told_where_that_was_ticked(client, term, weekly_lesson):
    apply(client, term, untold="on")

    assert not PlanningAction.objects.get().is_told


def test_what_was_not_shown_is_not_done(client, term, weekly_lesson):
    for version in ("", "0" * 32):
        answer = client.post(path_of(term), {"version": version})

        assert answer.status_code == 409, version
        assert counts(main(answer)) == ["4", "0", "0", "0"], version
    assert not Lesson.objects.exists()


def test_difference_that_is_another_by_now_is_shown_anew(client, term, weekly_lesson):
    version = seen(client, term).one("input", name="version").attrs["value"]
    WeeklyLessonFactory.create(term=term, weekday=2)

    answer = client.post(path_of(term), {"version": version})

    assert answer.status_code == 409
    page = main(answer)
    assert counts(page) == ["8", "0", "0", "0"]
    assert (
        client.post(
            path_of(term), {"version": page.one("input", name="version").attrs["value"]}
        ).status_code
        == 303
    )


class TestConflicts:
    @pytest.fixture
    def other(self, term, weekly_lesson, teacher) -> Lesson:
        start = dt.datetime.combine(term.first_monday + dt.timedelta(days=7), dt.time(8, 30))
        return LessonFactory.create(teacher=teacher, starts_at=timezone.make_aware(start))

    def test_students_of_two_class_groups_are_named(self, client, term, weekly_lesson, student):
        english = ClassGroupFactory.create(name="英语A班")
        MembershipFactory.create(user=student, class_group=english)
        start = dt.datetime.combine(term.first_monday, dt.time(8, 30))
        LessonFactory.create(starts_at=timezone.make_aware(start), class_groups=[english])

        names = f"{student.display_name} ({weekly_lesson.class_groups.get().name} and 英语A班)"
        assert f"{names} is in another lesson at that time" in seen(client, term).text

    def test_who_is_taken_is_named_and_nothing_done_unless_they_are_left_out(
        self, client, term, other, teacher
    ):
        page = seen(client, term)
        assert f"{teacher.display_name} is in another lesson at that time" in page.text
        assert page.all("a", href=f"/schedule/lessons/{other.code}/")

        assert apply(client, term).status_code == 409
        assert Lesson.objects.count() == 1

        assert apply(client, term, leaves_out="on").status_code == 303
        assert Lesson.objects.count() == 4

    def test_those_of_all_weeks_are_one_line(self, client, term, weekly_lesson, teacher):
        WeeklyLessonFactory.create(
            term=term, teacher=teacher, starts=dt.time(8, 30), ends=dt.time(9)
        )

        page = seen(client, term)

        (row,) = (each for each in page.all("li") if "is in another lesson" in each.text)
        assert "4 weeks" in row.text

    def test_archived_class_group_and_teacher_of_former_times_are_said_before(
        self, client, term, weekly_lesson, teacher, class_group
    ):
        class_group.archived_at = timezone.now()
        class_group.save()
        assert f"The class group {class_group.name} is archived." in seen(client, term).text
        assert apply(client, term).status_code == 409

        class_group.archived_at = None
        class_group.save()
        User.objects.filter(pk=teacher.pk).update(is_active=False)
        assert "has no active account" in seen(client, term).text
        assert apply(client, term).status_code == 409


def test_holidays_and_school_days_that_make_up_are_listed(client, term, weekly_lesson):
    monday = term.first_monday
    TermDay.objects.create(term=term, date=monday, kind=DayKind.HOLIDAY, name="国庆节")
    TermDay.objects.create(
        term=term, date=monday + dt.timedelta(days=5), kind=DayKind.WORKDAY, plan_weekday=1
    )

    page = seen(client, term)

    assert f"{monday} Mon · National Day · Week 1" in page.text
    assert "takes the plan of Mon" in page.text
    assert counts(page)[0] == "4"


def test_lessons_of_the_past_are_made_only_on_request(client, teacher):
    monday = timezone.localdate() - dt.timedelta(days=timezone.localdate().weekday(), weeks=2)
    term = TermFactory.create(first_monday=monday, weeks=4)
    WeeklyLessonFactory.create(term=term, teacher=teacher, starts=dt.time(0), ends=dt.time(0, 1))

    assert counts(seen(client, term))[0] == "1"
    assert apply(client, term, with_past="on").status_code == 303

    assert Lesson.objects.count() == 4
    assert not seen(client, term).all("input", name="with_past")


class TestDrafts:
    def test_new_lessons_may_be_drafts_which_are_published_together(
        self, client, term, weekly_lesson
    ):
        apply(client, term, as_draft="on")
        assert set(Lesson.objects.values_list("state", flat=True)) == {LessonState.DRAFT}

        page = seen(client, term)
        assert "checked" in page.one("input", name="as_draft").attrs
        answer = client.post(path_of(term), {"publish": "1", "reason": "开学"})

        assert (answer.status_code, answer["Location"]) == (303, path_of(term))
        assert set(Lesson.objects.values_list("state", flat=True)) == {LessonState.PUBLISHED}
        published = PlanningAction.objects.get(reason="开学")
        assert published.changes.count() == 4
        assert not seen(client, term).all("button", name="publish")

    def test_drafts_that_were_not_shown_are_not_published(self, client, term, weekly_lesson):
        plan(term, is_draft=True)
        known = seen(client, term).one("input", name="known").attrs["value"]
        publish_lesson(Lesson.objects.earliest("pk"))

        answer = client.post(path_of(term), {"publish": "1", "known": known, "reason": "开学"})

        page = main(answer)
        assert answer.status_code == 409
        assert "since you opened this page something has changed" in page.text
        assert page.one("button", name="publish").text == "Publish all 3 drafts of this term"
        assert page.one("input", name="reason").attrs["value"] == "开学"
        known = page.one("input", name="known").attrs["value"]
        assert client.post(path_of(term), {"publish": "1", "known": known}).status_code == 303
        assert set(Lesson.objects.values_list("state", flat=True)) == {LessonState.PUBLISHED}

    def test_published_lessons_still_follow_the_plan(self, client, term, weekly_lesson):
        plan(term, is_draft=True)
        client.post(path_of(term), {"publish": "1"})
        WeeklyLesson.objects.update(starts=dt.time(9), ends=dt.time(9, 45))

        assert counts(seen(client, term)) == ["0", "4", "0", "0"]


class TestLists:
    def test_changed_lessons_are_linked_and_what_people_did_is_said(
        self, client, term, weekly_lesson
    ):
        plan(term)
        first, second, *_others = Lesson.objects.order_by("starts_at")
        cancel_lesson(first, reason="", at=timezone.now())
        assert "Cancelled by hand." in seen(client, term, show="left_alone").text

        WeeklyLesson.objects.update(starts=dt.time(9), ends=dt.time(9, 45))
        page = seen(client, term, show="changed")
        assert page.all("a", href=f"/schedule/lessons/{second.code}/")
        assert "09:00–09:45" in page.text
        assert "Cancelled by hand." in seen(client, term, show="left_alone").text

    def test_long_list_is_paged(self, client, term):
        for _number in range(11):
            WeeklyLessonFactory.create(term=term)

        assert seen(client, term).all("a", href=f"{path_of(term)}?show=added")
        assert len(seen(client, term, show="added", page="2").one("ul", "plan-rows").all("li")) == 1


class TestQueries:
    def queries(self, client: Client, term: Term) -> int:
        with CaptureQueriesContext(connection) as asked:
            assert client.get(path_of(term)).status_code == 200
        return len(asked)

    @pytest.mark.parametrize("moves", [False, True])
    def test_do_not_grow_with_the_lessons(self, client, term, weekly_lesson, class_group, moves):
        MembershipFactory.create(class_group=class_group)
        if moves:
            plan(term)
            WeeklyLesson.objects.update(starts=dt.time(9), ends=dt.time(9, 45))
        first = self.queries(client, term)
        for weekday in range(2, 5):
            made = WeeklyLessonFactory.create(term=term, weekday=weekday)
            MembershipFactory.create(class_group=made.class_groups.get())
        if moves:
            WeeklyLesson.objects.update(starts=dt.time(8), ends=dt.time(8, 45))
            plan(term)
            WeeklyLesson.objects.update(starts=dt.time(10), ends=dt.time(10, 45))

        assert self.queries(client, term) == first


def test_others_do_not_find_it(signed_in, term, teacher, supervisor, outsider):
    for person in (teacher, supervisor, outsider):
        assert signed_in(person).get(path_of(term)).status_code == 404
