"""Attendance beside past lessons in timetables: of all students for who may see it, of oneself for students."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from typing import Any, NamedTuple

from django.db.models import OuterRef, QuerySet, Subquery
from django.utils.translation import pgettext

from accounts.models import User
from accounts.permissions import Action, Relation, may
from attendance.access import lessons_seen_by
from attendance.enums import STAGES_WITH_STATES, AttendanceStage
from attendance.models import LessonAttendance, PersonAttendance
from attendance.models.lessons import SHOWN_STATE
from attendance.state_words import (
    PROVISIONAL,
    head_count,
    head_count_in_words,
    state_label,
    state_words_of,
)
from edu_platform.lib.aggregates import cells_in, lines_of
from edu_platform.lib.formatting import StateWords
from edu_platform.lib.statements import Statement
from schedule.hooks import SeenLesson, SeenLessons
from schedule.models import begins_within

# The version makes a page that shows one's own state follow it.
FACTS = ("stage", "attended", "students", "version")


class _Count(NamedTuple):
    stage: str
    attended: int
    students: int


# --- Weeks and the school's day -------------------------------------------------------------------


def lesson_attendance_facts() -> Subquery:
    """Return what a lesson's marks follow from, for pages that ask again and again."""
    return lines_of(LessonAttendance.objects.filter(lesson=OuterRef("pk")), *FACTS, of="lesson")


def head_count_marks(
    seen: SeenLessons, at: dt.datetime, _viewer_id: int | None
) -> dict[int, StateWords]:
    """Mark each past lesson that was held with how many were there, for those who may see that."""
    words = _Words()
    marks = {}
    for lesson, relations in seen.items():
        count = _count_of(lesson, at)
        if count is not None and may(Action.SEE_ATTENDANCE, relations):
            marks[lesson.pk] = words.mark_of(count)
    return marks


def own_state_marks(
    seen: SeenLessons, at: dt.datetime, viewer_id: int | None
) -> dict[int, StateWords]:
    """Mark each past lesson that the viewer attended with what it counts for them; one query, if there is any."""
    if viewer_id is None:
        return {}
    attended = [
        lesson.pk
        for lesson, relations in seen.items()
        if Relation.STUDENT in relations and _count_of(lesson, at) is not None
    ]
    rows = _OWN.rows(viewer_id=viewer_id, lesson_ids=attended) if attended else ()
    return {lesson_id: state_words_of(state) for lesson_id, state in rows}


def _count_of(lesson: SeenLesson, at: dt.datetime) -> _Count | None:
    """Return the count of a lesson that is over and was held; without students there is nothing to count."""
    facts = cells_in(lesson.facts.get(lesson_attendance_facts))
    if not facts or lesson.ends_at > at:
        return None
    stage, attended, students, _version = facts[0]
    return _Count(stage, attended, students) if stage in STAGES_WITH_STATES and students else None


class _Words:
    """The words of marks in the language of the page, looked up once for all its lessons."""

    def __init__(self) -> None:
        self._final = pgettext("students of a lesson", "there")
        # Until it is final nobody counts as there, so that there is no number to say.
        self._provisional = state_words_of(PROVISIONAL)

    def mark_of(self, count: _Count) -> StateWords:
        if count.stage != AttendanceStage.FINAL:
            return self._provisional
        return StateWords(head_count(count.attended, count.students), self._final, "soft")


# --- The timetable of the whole school --------------------------------------------------------------


def school_head_count_marks(
    user: User, relations: Collection[Relation], since: dt.datetime, until: dt.datetime
) -> dict[int, StateWords]:
    """Mark the lessons that begin in a period with how many were there; one query, whoever looks at it."""
    period = {"since": since, "until": until}
    if may(Action.SEE_ATTENDANCE, relations):
        rows = _OF_SCHOOL.rows(**period)
    else:
        rows = list(_own_counts(user, **period))
    provisional = state_label(PROVISIONAL)
    marks = {}
    for lesson_id, stage, *share in rows:
        if stage == AttendanceStage.FINAL:
            marks[lesson_id] = StateWords(head_count(*share), head_count_in_words(*share), "soft")
        else:
            marks[lesson_id] = StateWords(provisional, provisional, "soft")
    return marks


def _counts(since: dt.datetime, until: dt.datetime) -> QuerySet[LessonAttendance, Any]:
    inside = begins_within(since, until, prefix="lesson__")
    held = LessonAttendance.objects.with_states().filter(inside, students__gt=0)
    return held.values_list("lesson", "stage", "attended", "students")


def _own_counts(
    user: User, since: dt.datetime, until: dt.datetime
) -> QuerySet[LessonAttendance, Any]:
    """Return those of lessons whose attendance the person sees by their relations to each."""
    return _counts(since, until).filter(lesson__in=lessons_seen_by(user).values("pk"))


_OF_SCHOOL: Statement[tuple[Any, ...]] = Statement(_counts)
_OWN: Statement[tuple[int, str]] = Statement(
    lambda viewer_id, lesson_ids: (
        PersonAttendance.objects.of_students()
        .filter(person=viewer_id, attendance__lesson__pk__in=lesson_ids)
        .annotate(shown=SHOWN_STATE)
        .values_list("attendance", "shown")
    )
)
