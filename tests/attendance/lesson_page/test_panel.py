"""Attendance on a lesson's page."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from accounts.permissions import Relation
from attendance.lesson_page.panel import lesson_attendance_panel
from attendance.models import PersonAttendance
from schedule.models import ClassGroup, Lesson
from tests.cast import SignedIn
from tests.factories.attendance import (
    add_stay,
    add_sum,
    held_room,
    settled,
    statistics_for,
)
from tests.factories.schedule import MembershipFactory
from tests.support.attendance import main_of, page_of

pytestmark = pytest.mark.django_db


def panel_text(client: Client, lesson: Lesson) -> str:
    main = main_of(client.get(f"/schedule/lessons/{lesson.code}/"))
    panels = main.all("section", **{"aria-label": "Attendance"})
    return panels[0].one("p").text if panels else ""


def test_who_sees_all_reads_how_many_were_there_and_goes_on_to_the_page(
    teaching: Client, past_lesson: Lesson, group: ClassGroup, pupil: User
):
    MembershipFactory.create(class_group=group)
    add_stay(statistics_for(held_room(past_lesson)), pupil, 0, 45)
    settled(past_lesson)

    assert panel_text(teaching, past_lesson) == "1 of 2 students Who was there"
    main = main_of(teaching.get(f"/schedule/lessons/{past_lesson.code}/"))
    assert main.link("Who was there") == page_of(past_lesson)


def test_student_reads_their_own_line(signed_in: SignedIn, past_lesson: Lesson, pupil: User):
    add_stay(statistics_for(held_room(past_lesson)), pupil, 2, 45)
    settled(past_lesson)

    text = panel_text(signed_in(pupil, "en"), past_lesson)

    assert text == "✓ Present You were there 08:02–08:45, 43 of 45 minutes."


def test_correction_and_its_reason_stand_beside_the_times(
    signed_in: SignedIn, past_lesson: Lesson, pupil: User
):
    statistics_for(held_room(past_lesson))
    settled(past_lesson)
    PersonAttendance.objects.filter(person=pupil).update(
        corrected_state="excused", corrected_by=past_lesson.teacher, correction_reason="发烧"
    )

    text = panel_text(signed_in(pupil, "en"), past_lesson)

    assert text == ("○ Excused You were not seen in this class. Corrected by 李老师: 发烧")


def test_sums_without_times_say_how_long_alone(
    signed_in: SignedIn, past_lesson: Lesson, pupil: User
):
    add_sum(statistics_for(held_room(past_lesson)), pupil, 1799)
    settled(past_lesson)

    text = panel_text(signed_in(pupil, "en"), past_lesson)

    assert text == "✓ Present You were there for 29 of 45 minutes."


def test_before_the_end_and_without_a_class_there_is_nothing(
    signed_in: SignedIn, teaching: Client, past_lesson: Lesson, pupil: User
):
    assert panel_text(teaching, past_lesson) == ""
    settled(past_lesson)
    for client in (teaching, signed_in(pupil, "en")):
        assert panel_text(client, past_lesson) == ""


def test_class_that_runs_leads_to_who_is_in_it(
    signed_in: SignedIn, teaching: Client, past_lesson: Lesson, pupil: User
):
    now = timezone.now()
    Lesson.objects.update(
        starts_at=now - dt.timedelta(minutes=5), ends_at=now + dt.timedelta(minutes=40)
    )

    assert panel_text(teaching, past_lesson) == "Who is there now"
    assert panel_text(signed_in(pupil, "en"), past_lesson) == ""


def test_nobody_else_sees_anything_and_it_costs_one_query(
    past_lesson: Lesson, pupil: User, other_teacher: User
):
    statistics_for(held_room(past_lesson))
    settled(past_lesson)
    costs = {}
    for relation, viewer in (
        (Relation.STUDENT, pupil),
        (Relation.LESSON_TEACHER, past_lesson.teacher),
        (Relation.TEACHER, other_teacher),
    ):
        with CaptureQueriesContext(connection) as captured:
            panel = lesson_attendance_panel(past_lesson, {Relation.ANYBODY, relation}, viewer)
        costs[relation] = (panel is not None, len(captured))

    assert costs == {
        Relation.STUDENT: (True, 1),
        Relation.LESSON_TEACHER: (True, 1),
        Relation.TEACHER: (False, 0),
    }
