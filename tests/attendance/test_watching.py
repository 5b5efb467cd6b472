"""Seconds of a lesson's replays that somebody watched stand beside their seconds in class."""

from __future__ import annotations

import pytest
from django.utils import timezone

from accounts.models import User
from replays.models import Progress
from schedule.hooks import watched
from schedule.models import Lesson
from tests.factories.attendance import held_room, settled, statistics_for
from tests.factories.replays import ReplayFileFactory
from tests.support.attendance import row_of

pytestmark = pytest.mark.django_db


def test_seconds_watched_are_kept_and_never_shrink(
    past_lesson: Lesson, pupil: User, other_teacher: User
):
    statistics_for(held_room(past_lesson))
    settled(past_lesson)

    for person, seconds in ((pupil, 90), (pupil, 120), (pupil, 60), (other_teacher, 300)):
        watched(past_lesson.pk, person.pk, seconds)
    settled(past_lesson)

    assert row_of(past_lesson, pupil).watched_s == 120
    assert row_of(past_lesson, past_lesson.teacher).watched_s == 0


def test_what_was_watched_before_there_was_a_row_stands_there_at_once(
    past_lesson: Lesson, pupil: User, other_teacher: User
):
    film = ReplayFileFactory.create(replay__lesson=past_lesson)
    other_film = ReplayFileFactory.create()
    for user, file in ((pupil, film), (pupil, other_film), (other_teacher, film)):
        Progress.objects.create(
            user=user,
            file=file,
            position_s=0,
            updated_at=timezone.now(),
            watched=[[0, 60], [90, 120]],
        )
    statistics_for(held_room(past_lesson))

    settled(past_lesson)

    assert row_of(past_lesson, pupil).watched_s == 90
    assert row_of(past_lesson, past_lesson.teacher).watched_s == 0
