"""The page of a teacher's absence: whose it is, and what it says of the lessons."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.enums import Role
from accounts.models import User
from schedule.absences.writing import stand_in
from schedule.lessons.cancel import cancel_lesson
from schedule.models import PlanningAction
from tests.cast import SignedIn
from tests.factories.accounts import UserFactory
from tests.factories.schedule import LessonFactory, school_time
from tests.support.absences import PATH, address, day_of, is_shown, item, offered, proposals, sent
from tests.support.pages import main

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(signed_in: SignedIn, planner: User) -> Client:
    return signed_in(planner, "en")


class TestChoice:
    def test_form_asks_who_is_away_and_proposes_today(self, client, teacher):
        page = main(client.get(PATH))

        assert set(offered(page, "teacher")) >= {"", "teacher"}
        days = [page.one("input", name=name).attrs["value"] for name in ("from", "to")]
        assert days == [day_of(0), day_of(0)]

    def test_day_alone_is_an_absence_of_one_day(self, client, lesson):
        page = main(client.get(PATH, {"teacher": "teacher", "from": day_of(1)}))

        assert is_shown(page, lesson)
        assert page.one("input", "", name="to", id="id_to").attrs["value"] == day_of(1)

    def test_days_that_are_none_are_faults_of_the_form(self, client, teacher):
        for days, fault in (
            ({"from": "2026-02-30"}, "Enter a valid date."),
            ({"from": "1850-01-01"}, "This year is not in the calendar."),
            ({"from": "2026-09-02", "to": "2026-09-01"}, "The last day lies before the first one."),
            ({"from": "2026-01-01", "to": "2026-12-31"}, "At most 31 days at once"),
            ({"from": "\0"}, "Enter a valid date."),
        ):
            answer = client.get(PATH, {"teacher": "teacher", **days})

            assert answer.status_code == 422, days
            assert fault in main(answer).text, days

    def test_unknown_teacher_is_not_found(self, client):
        for username in ("nobody", "a" * 200):
            assert client.get(PATH, {"teacher": username}).status_code == 404, username

    def test_who_teaches_no_more_can_be_away(self, client, lesson, teacher):
        teacher.role_grants.all().delete()
        User.objects.filter(pk=teacher.pk).update(is_active=False)

        page = main(client.get(address()))

        assert is_shown(page, lesson)
        assert (
            page.one("select", name="teacher", id="id_teacher")
            .one("option", selected="")
            .attrs["value"]
            == "teacher"
        )

    def test_others_find_nothing(self, signed_in, outsider, supervisor, lesson):
        for person in (outsider, supervisor):
            browser = signed_in(person)

            assert browser.get(PATH).status_code == 404, person
            assert browser.get(address()).status_code == 404, person
            assert browser.post(PATH, sent(lesson, "cancel")).status_code == 404, person
        lesson.refresh_from_db()
        assert lesson.is_published


class TestPage:
    def test_lesson_is_shown_with_who_could_stand_in_and_why(
        self, client, lesson, later_lesson, other_teacher, class_group
    ):
        LessonFactory.create(
            course=lesson.course,
            teacher=other_teacher,
            class_groups=[class_group],
            starts_at=school_time(1, 14),
        )

        page = main(client.get(address()))

        shown = item(page, lesson)
        assert "08:00–08:45" in shown.text
        assert "三年级1班 · Assistants 陈助教" in shown.text
        assert list(offered(shown, "teacher").items()) == [
            (
                "other_teacher",
                "赵老师 (other_teacher) · teaches this course · teaches 三年级1班 · 1 lesson that week",
            ),
            ("assistant", "陈助教 (assistant) · assists in this lesson · 0 lessons that week"),
        ]
        assert "1 of 1 lesson still needs somebody." in page.text
        assert not is_shown(page, later_lesson)

    def test_draft_says_so(self, client, teacher, other_teacher):
        draft = LessonFactory.create(teacher=teacher, is_draft=True, starts_at=school_time(1, 9))

        shown = item(main(client.get(address())), draft)

        assert "Draft" in shown.text
        assert "Cancel" not in shown.text

    def test_lesson_with_nobody_free_says_so(self, client, teacher):
        lesson = LessonFactory.create(teacher=teacher, starts_at=school_time(1, 9))

        page = main(client.get(address()))

        assert "Nobody is free at that time" in item(page, lesson).text
        assert proposals(page) == []

    def test_lessons_in_which_they_assist_stand_apart(self, client, lesson):
        page = main(client.get(address(teacher="assistant")))

        assert not page.all("li", "absence-lesson")
        section = page.one("section", **{"aria-labelledby": "assisted"})
        assert section.link("Change") == f"/schedule/lessons/{lesson.code}/change/"

    def test_what_is_done_and_what_is_left_is_said(
        self, client, teacher, lesson, later_lesson, other_teacher
    ):
        cancelled = LessonFactory.create(teacher=teacher, starts_at=school_time(2, 14))
        moved = LessonFactory.create(teacher=teacher, starts_at=school_time(2, 16))
        cancel_lesson(cancelled, reason="", at=timezone.now())
        stand_in([(lesson, other_teacher)], action=PlanningAction())
        client.post(PATH, sent(moved, "move", date=day_of(9), start="16:00", to=day_of(2)))

        page = main(client.get(address(1, 2)))

        assert "1 of 4 lessons still need somebody." in page.text
        done = [
            each.text for each in page.one("section", **{"aria-labelledby": "handled"}).all("li")
        ]
        assert len(done) == 3
        assert done[0].endswith("赵老师 stands in")
        assert done[1].endswith("Cancelled")
        assert done[2].startswith(day_of(2))
        assert f"Moved to {day_of(9)}" in done[2]
        assert is_shown(page, later_lesson)

    def test_of_a_lesson_alone_it_is_the_absence_on_its_day(self, client, lesson, other_teacher):
        page = main(client.get(PATH, {"lesson": lesson.code}))

        assert page.one("h1").text == "Absence: 李老师"
        assert "Concerns" in item(page, lesson).text
        assert client.get(PATH, {"lesson": "none"}).status_code == 404
        assert client.get(PATH, {"lesson": "\0"}).status_code == 404

    def test_links_lead_here_from_where_planners_look(self, client, lesson, teacher, other_teacher):
        monday = timezone.localdate(lesson.starts_at)
        monday -= dt.timedelta(days=monday.weekday())
        week = main(client.get(f"/schedule/{day_of(1)}/?teacher=teacher"))
        page = main(client.get(f"/schedule/lessons/{lesson.code}/"))
        today = main(client.get(f"/schedule/today/?day={day_of(1)}"))
        of_lesson = f"{PATH}?lesson={lesson.code}#lesson-{lesson.code}"

        assert week.link("Absence…") == (
            f"{PATH}?teacher=teacher&from={monday}&to={monday + dt.timedelta(days=6)}"
        )
        assert page.link("Find a substitute…") == of_lesson
        assert today.link("Find a substitute…") == of_lesson
        assert today.link("Absence…") == PATH
        assert main(client.get(f"/schedule/{day_of(1)}/")).link("Absence…") == PATH

    def test_queries_do_not_grow_with_lessons_and_teachers(
        self, client, teacher, lesson, other_teacher
    ):
        def queries(days: int) -> int:
            with CaptureQueriesContext(connection) as asked:
                answer = client.get(f"{address(1, days)}&lesson={lesson.code}")
            assert answer.status_code == 200
            return len(asked)

        for substitute in (other_teacher, UserFactory.create(roles=[Role.TEACHER])):
            LessonFactory.create(teacher=substitute, starts_at=school_time(1, 14))
        queries(1)  # what is kept of the site's own
        few = queries(1)
        for day in (2, 3):
            for hour in (8, 14):
                LessonFactory.create(teacher=teacher, starts_at=school_time(day, hour))
                LessonFactory.create(
                    teacher=UserFactory.create(roles=[Role.TEACHER]),
                    starts_at=school_time(day, hour),
                )

        assert queries(3) == few
