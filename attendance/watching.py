"""Seconds of a lesson's replays that somebody watched, beside their seconds in class."""

from __future__ import annotations

from attendance.models import PersonAttendance


def keep_watched(lesson_id: int, person_id: int, seconds: int) -> None:
    """Keep how many different seconds a person of the roster has watched in all; others are on no list.

    It may be less than before: which parts somebody watched is forgotten after a while, what they watched stays.
    """
    rows = PersonAttendance.objects.filter(attendance=lesson_id, person=person_id)
    rows.filter(watched_s__lt=seconds).update(watched_s=seconds)
