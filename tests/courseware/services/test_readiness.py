"""Courseware that is not ready shortly before class: marked in the timetable, told once."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Notice, User
from accounts.permissions import Relation
from courseware.enums import CoursewareState
from courseware.models import Binding, Courseware
from courseware.panels import unready_marks
from courseware.services.readiness import tell_of_unready
from schedule.hooks import SeenLesson
from schedule.lessons.cancel import cancel_lesson
from schedule.models import Lesson
from schedule.timetable.page_facts import lesson_facts
from tests.cast import SignedIn
from tests.factories.courseware import BindingFactory, CoursewareFactory
from tests.factories.schedule import LessonFactory
from tests.support.pages import read

pytestmark = pytest.mark.django_db

MARK = "△ 课件未就绪"
TEACHER = frozenset({Relation.ANYBODY, Relation.LESSON_TEACHER})


@pytest.fixture
def unready(lesson: Lesson) -> Binding:
    """The courseware of `lesson`, which the cloud still works on."""
    return BindingFactory.create(
        lesson=lesson,
        courseware__state=CoursewareState.TRANSCODING,
        courseware__percent=40,
        courseware__uploaded_at=lesson.starts_at - dt.timedelta(days=2),
    )


def a_day_before(lesson: Lesson) -> dt.datetime:
    """The first moment at which the lesson is near."""
    return lesson.starts_at - dt.timedelta(hours=24) + dt.timedelta(seconds=1)


def is_marked(lesson: Lesson, at: dt.datetime) -> bool:
    return lesson.pk in unready_marks({seen(lesson): TEACHER}, at)


def seen(lesson: Lesson) -> SeenLesson:
    """The lesson as its page reads it."""
    facts = lesson_facts(lesson.code)
    assert facts is not None
    return facts.lesson


class TestMark:
    def test_begins_a_day_before_and_ends_with_the_lesson(self, lesson: Lesson, unready: Binding):
        second = dt.timedelta(seconds=1)

        assert not is_marked(lesson, a_day_before(lesson) - second)
        assert is_marked(lesson, a_day_before(lesson))
        assert is_marked(lesson, lesson.ends_at - second)
        assert not is_marked(lesson, lesson.ends_at)

    def test_until_it_is_ready(self, lesson: Lesson, unready: Binding):
        expected = {
            CoursewareState.UPLOADING: True,
            CoursewareState.QUEUED: True,
            CoursewareState.TRANSCODING: True,
            CoursewareState.FAILED: True,
            CoursewareState.READY: False,
        }
        marked = {}
        for state in expected:
            Courseware.objects.update(state=state)
            marked[state] = is_marked(lesson, a_day_before(lesson))

        assert marked == expected

    def test_what_was_taken_out_or_deleted_counts_no_more(self, lesson: Lesson, unready: Binding):
        Binding.objects.update(removed_at=timezone.now())
        taken_out = is_marked(lesson, a_day_before(lesson))
        Binding.objects.update(removed_at=None)
        Courseware.objects.update(deleted_at=timezone.now())

        assert (taken_out, is_marked(lesson, a_day_before(lesson))) == (False, False)

    def test_lesson_that_does_not_take_place_has_none(self, lesson: Lesson, unready: Binding):
        cancel_lesson(lesson, reason="", at=timezone.now())
        lesson.refresh_from_db()

        assert not is_marked(lesson, a_day_before(lesson))

    def test_is_for_those_who_can_do_something(
        self,
        request: pytest.FixtureRequest,
        signed_in: SignedIn,
        lesson: Lesson,
        unready: Binding,
        time_machine: Any,
    ):
        expected = {
            "teacher": True,
            "assistant": True,
            "planner": True,
            "administrator": True,
            "student": False,
            "supervisor": False,
        }
        clients = {who: signed_in(request.getfixturevalue(who)) for who in expected}
        time_machine.move_to(a_day_before(lesson), tick=False)
        week = f"/schedule/{timezone.localdate(lesson.starts_at)}/"
        for who, client in clients.items():
            chooses = who in {"planner", "administrator", "supervisor"}
            paths = [
                f"{week}?teacher=teacher" if chooses else week,
                f"/schedule/lessons/{lesson.code}/",
            ]

            texts = [read(client.get(path).content).one("main").text for path in paths]

            assert [MARK in text for text in texts] == [expected[who]] * 2, who

    def test_one_query_a_week_however_many(
        self, signed_in: SignedIn, lesson: Lesson, teacher: User, time_machine: Any
    ):
        client = signed_in(teacher)
        time_machine.move_to(a_day_before(lesson) + dt.timedelta(hours=2), tick=False)
        week = f"/schedule/{timezone.localdate(lesson.starts_at)}/"
        counts = []
        for number in range(3):
            later = lesson.ends_at + dt.timedelta(minutes=number * 20)
            other = LessonFactory.create(
                teacher=teacher, starts_at=later, ends_at=later + dt.timedelta(minutes=10)
            )
            BindingFactory.create(lesson=other, courseware__state=CoursewareState.FAILED)
            with CaptureQueriesContext(connection) as captured:
                text = read(client.get(week).content).one("table").text
            counts.append((text.count(MARK), len(captured)))

        assert [marks for marks, _queries in counts] == [1, 2, 3]
        assert len({queries for _marks, queries in counts}) == 1

    def test_follows_from_what_was_read_with_the_lesson(
        self, lesson: Lesson, unready: Binding, django_assert_num_queries: Any
    ):
        row = seen(lesson)

        with django_assert_num_queries(0):
            marks = unready_marks({row: TEACHER}, a_day_before(lesson))

        assert list(marks) == [lesson.pk]

    def test_what_was_taken_away_counts_no_more(self, lesson: Lesson, unready: Binding):
        Binding.objects.update(removed_at=timezone.now())

        assert not is_marked(lesson, a_day_before(lesson))


class TestNotice:
    def test_teacher_is_told_once_a_lesson(self, lesson: Lesson, unready: Binding, teacher: User):
        BindingFactory.create(lesson=lesson, courseware__state=CoursewareState.FAILED)
        at = a_day_before(lesson)

        told = [tell_of_unready(at), tell_of_unready(at + dt.timedelta(minutes=5))]

        (notice,) = Notice.objects.all()
        assert told == [1, 0]
        assert notice.user == teacher
        assert notice.address == f"/schedule/lessons/{lesson.code}/"
        assert notice.arguments == {
            "lesson": lesson.title,
            "moment": f"{timezone.localtime(lesson.starts_at):%Y-%m-%d} 08:00",
            "name": unready.courseware.name,
            "more": "1",
        }

    def test_what_was_just_uploaded_has_time_until_the_lesson_is_close(self, lesson: Lesson):
        begins = lesson.starts_at
        BindingFactory.create(
            lesson=lesson,
            courseware__state=CoursewareState.QUEUED,
            courseware__uploaded_at=begins - dt.timedelta(minutes=15),
        )

        told = [tell_of_unready(begins - dt.timedelta(minutes=minutes)) for minutes in (12, 10)]

        assert told == [0, 1]

    def test_what_failed_is_told_at_once(self, lesson: Lesson):
        at = a_day_before(lesson)
        BindingFactory.create(
            lesson=lesson, courseware__state=CoursewareState.FAILED, courseware__uploaded_at=at
        )

        assert tell_of_unready(at) == 1

    def test_nobody_is_told_of_what_is_ready_or_far(self, lesson: Lesson, unready: Binding):
        early = tell_of_unready(lesson.starts_at - dt.timedelta(hours=24))
        Courseware.objects.update(state=CoursewareState.READY)

        assert (early, tell_of_unready(a_day_before(lesson))) == (0, 0)

    def test_another_teacher_is_told_too(
        self, lesson: Lesson, unready: Binding, teacher: User, other_teacher: User
    ):
        tell_of_unready(a_day_before(lesson))
        Lesson.objects.update(teacher=other_teacher)

        tell_of_unready(a_day_before(lesson))

        assert set(Notice.objects.values_list("user", flat=True)) == {
            teacher.pk,
            other_teacher.pk,
        }

    @pytest.mark.parametrize(
        ("names", "said"),
        [(["b.pdf"], "b.pdf"), (["b.pdf", "a.pdf", "c.pdf"], "b.pdf, and 2 more")],
    )
    def test_reads_as_a_sentence_that_leads_to_the_lesson(
        self,
        signed_in: SignedIn,
        lesson: Lesson,
        teacher: User,
        names: list[str],
        said: str,
    ):
        for position, name in enumerate(names):
            BindingFactory.create(
                lesson=lesson,
                position=position,
                courseware__name=name,
                courseware__state=CoursewareState.FAILED,
            )
        BindingFactory.create(lesson=lesson)
        tell_of_unready(a_day_before(lesson))
        client = signed_in(teacher, "en")

        row = read(client.get("/accounts/notices/").content).one("li", "notice-row")
        answer = client.post(row.one("form").attrs["action"])

        day = f"{timezone.localtime(lesson.starts_at):%Y-%m-%d}"
        assert (
            f"Courseware of your lesson {lesson.title} on {day} 08:00 is not ready yet: {said}."
            " Have a look while there is time."
        ) in row.text
        assert (answer.status_code, answer["Location"]) == (
            303,
            f"/schedule/lessons/{lesson.code}/",
        )

    def test_query_count_does_not_grow_when_all_were_told(
        self, lesson: Lesson, unready: Binding, django_assert_max_num_queries: Any
    ):
        tell_of_unready(a_day_before(lesson))

        with django_assert_max_num_queries(5):
            tell_of_unready(a_day_before(lesson))


def test_courseware_of_no_lesson_concerns_nobody(lesson: Lesson):
    CoursewareFactory.create(state=CoursewareState.FAILED)

    assert tell_of_unready(a_day_before(lesson)) == 0
