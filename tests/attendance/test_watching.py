"""Seconds of a lesson's replays that somebody watched stand beside their seconds in class."""

from __future__ import annotations

import pytest

from accounts.models import User
from schedule.hooks import watched
from schedule.models import Lesson
from tests.factories.attendance import held_room, settled, statistics_for
from tests.support.attendance import row_of

pytestmark = pytest.mark.django_db


def test_seconds_watched_are_kept_and_never_shrink(
    past_lesson: Lesson, pupil: User, other_teacher: User
):
    watched(past_lesson.pk, pupil.pk, 30)  # before the lesson is counted there is no row
    statistics_for(held_room(past_lesson))
    settled(past_lesson)

    for person, seconds in ((pupil, 90), (pupil, 120), (pupil, 60), (other_teacher, 300)):
        watched(past_lesson.pk, person.pk, seconds)
    settled(past_lesson)

    assert row_of(past_lesson, pupil).watched_s == 120
    assert row_of(past_lesson, past_lesson.teacher).watched_s == 0
