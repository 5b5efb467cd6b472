"""Attendance on a lesson's page: how many were there for those who may see it, and their own for its students."""

from __future__ import annotations

from collections.abc import Collection

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.permissions import Action, Relation, may
from attendance.lengths import whole_minutes
from attendance.models import LessonAttendance, PersonAttendance
from attendance.state_words import PROVISIONAL, head_count, state_words_of
from edu_platform.lib.formatting import followed_by, time_text
from edu_platform.lib.statements import Statement
from schedule.enums import Stage
from schedule.hooks import Panel
from schedule.models import Lesson

# On a lesson's page: below the replays, above courseware.
PANEL_ORDER = 25
TIMES = frozenset({Stage.DURING, Stage.AFTER})


def lesson_attendance_panel(
    lesson: Lesson, relations: Collection[Relation], viewer: User
) -> Panel | None:
    """Show what is counted of a lesson; one query, and none before it begins: then whole classes open its page."""
    if lesson.starts_at > timezone.now():
        return None
    if may(Action.SEE_ATTENDANCE, relations):
        return _of_everybody(lesson)
    return _of_student(lesson, viewer) if Relation.STUDENT in relations else None


def _of_everybody(lesson: Lesson) -> Panel | None:
    row = _OF_LESSON.first(lesson_id=lesson.pk)
    if row is None or not row.has_states:
        return _of_running_class(lesson)
    content = {
        "lesson_code": lesson.code,
        "head_count": head_count(row.attended, row.students),
        "attended": row.attended,
        "students": row.students,
        "provisional": None if row.is_final else state_words_of(PROVISIONAL),
    }
    return Panel("attendance/_lesson_panel.html", content, comes_first=TIMES)


def _of_running_class(lesson: Lesson) -> Panel | None:
    """Lead to who is in it now; nobody has a state yet."""
    if not lesson.is_published or lesson.ends_at <= timezone.now():
        return None
    content = {"lesson_code": lesson.code}
    return Panel("attendance/_lesson_panel.html", content, is_kept=False, comes_first=TIMES)


def _of_student(lesson: Lesson, viewer: User) -> Panel | None:
    row = _OWN.first(lesson_id=lesson.pk, person_id=viewer.pk)
    if row is None or not row.attendance.has_states:
        return None
    sentence, correction = _own_in_words(row), _correction_in_words(row)
    content = {
        "state": state_words_of(row.shown_state),
        "sentence": followed_by(sentence, correction) if correction else sentence,
    }
    return Panel("attendance/_own_panel.html", content, comes_first=TIMES)


def _own_in_words(row: PersonAttendance) -> str:
    """Say when somebody was there, and for how long."""
    held_s = row.attendance.held_s
    values = {"minutes": whole_minutes(row.seconds), "held": whole_minutes(held_s)}
    if not row.seconds:
        return _("You were not seen in this class.")
    if row.first_in_at is None or row.last_out_at is None:
        return _("You were there for %(minutes)s of %(held)s minutes.") % values
    period = f"{time_text(row.first_in_at)}–{time_text(row.last_out_at)}"
    sentence = _("You were there %(period)s, %(minutes)s of %(held)s minutes.")
    return sentence % {**values, "period": period}


def _correction_in_words(row: PersonAttendance) -> str:
    if not row.is_corrected or row.corrected_by is None:
        return ""
    values = {"by": row.corrected_by.display_name, "reason": row.correction_reason}
    return _("Corrected by %(by)s: %(reason)s") % values


_OF_LESSON = Statement(lambda lesson_id: LessonAttendance.objects.filter(pk=lesson_id))
_OWN = Statement(
    lambda lesson_id, person_id: (
        PersonAttendance.objects.of_students()
        .filter(attendance=lesson_id, person=person_id)
        .select_related("attendance", "corrected_by")
    )
)
