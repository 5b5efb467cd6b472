"""The attendance of a child on the page of their family: what the term comes to, the last lessons, and the absences."""

from __future__ import annotations

import datetime as dt
from typing import Any, NamedTuple

from django.utils import timezone

from accounts.models import SchoolSettings, User
from attendance.enums import AttendanceStage, AttendanceState
from attendance.models.lessons import SHOWN_STATE
from attendance.overviews.figures import figures_of
from attendance.overviews.person_terms import of_person
from attendance.overviews.spans import span_of
from attendance.state_words import PROVISIONAL, state_words_of
from edu_platform.lib.formatting import StateWords
from edu_platform.lib.statements import Statement
from schedule.history.words import period_text
from schedule.hooks import Panel
from schedule.models import FamilyLink, topic_of

# The latest ones; figures count all of the term.
LESSONS_SHOWN = 5
ABSENCES_SHOWN = 20
# What a family calls absent; whether the school has excused it stands beside it.
ABSENT_STATES = (AttendanceState.ABSENT, AttendanceState.EXCUSED)


class FamilyLine(NamedTuple):
    """One lesson, as it was for the child."""

    stage: str
    state: str
    title: str
    course: str
    starts_at: dt.datetime
    ends_at: dt.datetime

    @property
    def is_final(self) -> bool:
        return self.stage == AttendanceStage.FINAL

    @property
    def is_absence(self) -> bool:
        return self.is_final and self.state in ABSENT_STATES

    @property
    def words(self) -> StateWords:
        return state_words_of(self.state if self.is_final else PROVISIONAL)

    @property
    def lesson(self) -> str:
        """Return the course, and the title when that says more."""
        topic = topic_of(self.title, self.course)
        return f"{self.course} · {topic}" if topic else self.course

    @property
    def period(self) -> str:
        return period_text(self.starts_at, self.ends_at)


def attendance_section(
    child: User, _link: FamilyLink, _token: str, school: SchoolSettings, at: dt.datetime
) -> Panel | None:
    """Say what the term was for the child, where the school shows it to families; two queries."""
    if not school.families_see_attendance:
        return None
    span = span_of("", today=timezone.localdate(at))
    since, until = span.period
    lines = [FamilyLine(*row) for row in _LINES.rows(person_id=child.pk, since=since, until=until)]
    absences = [line for line in lines if line.is_absence]
    content = {
        "span": span,
        "figures": figures_of((line.stage, line.state) for line in lines),
        "lines": lines[:LESSONS_SHOWN],
        "absences": absences[:ABSENCES_SHOWN],
        "earlier_absences": max(len(absences) - ABSENCES_SHOWN, 0),
    }
    return Panel("attendance/_family_section.html", content)


_LINES: Statement[tuple[Any, ...]] = Statement(
    lambda person_id, since, until: (
        of_person(person_id, since, until)
        .of_students()
        .annotate(shown=SHOWN_STATE)
        .order_by("-attendance__lesson__starts_at", "-attendance__lesson__pk")
        .values_list(
            *("attendance__stage", "shown"),
            *("attendance__lesson__title", "attendance__lesson__course__name"),
            *("attendance__lesson__starts_at", "attendance__lesson__ends_at"),
        )
    )
)
