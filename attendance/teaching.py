"""Tell how long classes were really held, and whether they began late: for the hours of teachers."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

from django.db.models import QuerySet, TextField
from django.db.models.functions import Cast

from attendance.formulas import began_late, seconds_of
from attendance.models import LessonAttendance
from edu_platform.lib.periods import Period, length_s
from edu_platform.lib.statements import Statement
from schedule.hooks import RealTeaching
from schedule.models import begins_within


def real_teaching_of(
    since: dt.datetime, until: dt.datetime, teacher_id: int | None
) -> dict[str, RealTeaching]:
    """Return the lessons that begin in a period and were held, by their code; one query."""
    period = {"since": since, "until": until}
    if teacher_id is None:
        rows = _OF_ALL.rows(**period)
    else:
        rows = _OF_TEACHER.rows(**period, teacher_id=teacher_id)
    return {
        code: RealTeaching(teacher, *_held(held, starts_at, late_after_s))
        for code, teacher, starts_at, late_after_s, held in rows
    }


def _held(held: str, starts_at: dt.datetime, late_after_s: int) -> tuple[int, bool]:
    """Return for how long a class was held, and whether it began late by the rule of the lesson."""
    periods = tuple(Period(*period) for period in json.loads(held))
    return length_s(periods), began_late(periods, seconds_of(starts_at), late_after_s)


def _rows(
    since: dt.datetime, until: dt.datetime, **whose: int
) -> QuerySet[LessonAttendance, tuple[Any, ...]]:
    inside = begins_within(since, until, prefix="lesson__")
    held = LessonAttendance.objects.with_states().filter(inside, **whose)
    # As text: thousands of them are read, and Django's own reading of each takes longer than all else.
    rows: QuerySet[LessonAttendance, tuple[Any, ...]] = held.annotate(
        held_text=Cast("held", TextField())
    ).values_list(
        "lesson__code", "lesson__teacher", "lesson__starts_at", "late_after_s", "held_text"
    )
    return rows


_OF_ALL: Statement[tuple[Any, ...]] = Statement(_rows)
_OF_TEACHER: Statement[tuple[Any, ...]] = Statement(
    lambda since, until, teacher_id: _rows(since, until, lesson__teacher=teacher_id)
)
