"""The attendance of one person over a term: the lessons that they attended, and those that they taught."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db.models import Count, OuterRef, QuerySet
from django.utils import timezone

from accounts.models import User
from attendance.enums import AttendanceStage, RosterRole
from attendance.lengths import length_text
from attendance.models import PersonAttendance
from attendance.models.lessons import SHOWN_STATE, PersonAttendanceQuerySet
from attendance.overviews.figures import Figures, figures_of
from attendance.overviews.spans import Span
from attendance.overviews.week_charts import WeekChart, week_chart
from attendance.state_words import PROVISIONAL, head_count, state_words_of
from edu_platform.lib.aggregates import names_in, names_of
from edu_platform.lib.formatting import NOTHING, StateWords, listed
from edu_platform.lib.moments import weekday_label
from edu_platform.lib.statements import Statement
from schedule.models import ClassGroup, Lesson, begins_within

COLUMNS = (
    *("role", "shown", "corrected_state", "correction_reason", "corrected_by__display_name"),
    *("seconds", "first_in_at", "last_out_at", "watched_s"),
    *("attendance__stage", "attendance__attended", "attendance__students"),
    *(f"attendance__lesson__{column}" for column in ("code", "title", "starts_at", "ends_at")),
    "groups",
)


class LessonLine(NamedTuple):
    """One lesson, and what it was for the person."""

    role: str
    state: str
    corrected_state: str
    reason: str
    corrected_by: str | None
    seconds: int
    first_in_at: dt.datetime | None
    last_out_at: dt.datetime | None
    watched_s: int
    stage: str
    attended: int
    students: int
    code: str
    title: str
    starts_at: dt.datetime
    ends_at: dt.datetime
    # The names of its class groups, as `names_in` reads them.
    groups: str | None

    @property
    def is_of_student(self) -> bool:
        return self.role == RosterRole.STUDENT

    @property
    def words(self) -> StateWords:
        return state_words_of(self.state)

    @property
    def is_final(self) -> bool:
        return self.stage == AttendanceStage.FINAL

    @property
    def provisional(self) -> StateWords | None:
        """Return what is said of a lesson that is not final, also beside a state that somebody gave before."""
        return None if self.is_final else state_words_of(PROVISIONAL)

    @property
    def head_count(self) -> str:
        """Return how many students were there; until the lesson is final nobody counts."""
        has_count = self.is_final and self.students
        return head_count(self.attended, self.students) if has_count else NOTHING

    @property
    def class_groups(self) -> str:
        return listed(names_in(self.groups))

    @property
    def day(self) -> str:
        date = timezone.localdate(self.starts_at)
        return f"{date} {weekday_label(date)}"

    @property
    def length(self) -> str:
        return length_text(self.seconds)

    @property
    def watched(self) -> str:
        return length_text(self.watched_s)


@dataclass(frozen=True, slots=True)
class PersonTerm:
    span: Span
    # Both with the latest first.
    attended: Sequence[LessonLine]
    taught: Sequence[LessonLine]
    figures: Figures
    # They sum up the students of the lessons that the person taught.
    taught_figures: TaughtFigures
    chart: WeekChart

    @property
    def is_empty(self) -> bool:
        return not (self.attended or self.taught)


class TaughtFigures(NamedTuple):
    lessons: int
    provisional: int
    # Students, each once a lesson, of those that are final.
    attended: int
    students: int

    @property
    def share(self) -> str:
        return head_count(self.attended, self.students)


def person_term(
    person: User, span: Span, *, in_class_groups: Collection[ClassGroup] | None = None
) -> PersonTerm:
    """Read the lessons of somebody in a term; one query. `in_class_groups`: those of these class groups alone."""
    since, until = span.period
    values: dict[str, Any] = {"person_id": person.pk, "since": since, "until": until}
    if in_class_groups is None:
        rows = _ALL.rows(**values)
    else:
        groups = [group.pk for group in in_class_groups]
        rows = _OF_GROUPS.rows(**values, groups=groups)
    lines = [LessonLine(*row) for row in rows]
    attended = [line for line in lines if line.is_of_student]
    taught = [line for line in lines if not line.is_of_student]
    return PersonTerm(
        span=span,
        attended=attended,
        taught=taught,
        figures=figures_of((line.stage, line.state) for line in attended),
        taught_figures=_taught_figures(taught),
        chart=week_chart(span, ((line.starts_at, line.stage, line.state) for line in attended)),
    )


def student_figures(person: User, span: Span) -> Figures:
    """Count what the lessons of a term were for somebody who attended them; one query."""
    since, until = span.period
    figures = Figures()
    for stage, state, count in _FIGURES.rows(person_id=person.pk, since=since, until=until):
        figures.add(stage, state, count)
    return figures


def _taught_figures(lines: Sequence[LessonLine]) -> TaughtFigures:
    final = [line for line in lines if line.is_final]
    return TaughtFigures(
        lessons=len(lines),
        provisional=len(lines) - len(final),
        attended=sum(line.attended for line in final),
        students=sum(line.students for line in final),
    )


def of_person(person_id: int, since: dt.datetime, until: dt.datetime) -> PersonAttendanceQuerySet:
    """Select what the lessons of a period were for somebody."""
    inside = begins_within(since, until, prefix="attendance__lesson__")
    return PersonAttendance.objects.with_states().filter(inside, person=person_id)


def _rows(
    person_id: int, since: dt.datetime, until: dt.datetime
) -> QuerySet[PersonAttendance, tuple[Any, ...]]:
    groups = ClassGroup.objects.filter(lessons=OuterRef("attendance__lesson"))
    rows: QuerySet[PersonAttendance, tuple[Any, ...]] = (
        of_person(person_id, since, until)
        .annotate(shown=SHOWN_STATE, groups=names_of(groups, of="lessons"))
        .order_by("-attendance__lesson__starts_at", "-attendance__lesson__pk")
        .values_list(*COLUMNS)
    )
    return rows


_ALL: Statement[tuple[Any, ...]] = Statement(_rows)
_FIGURES: Statement[tuple[str, str, int]] = Statement(
    lambda person_id, since, until: (
        of_person(person_id, since, until)
        .of_students()
        .annotate(shown=SHOWN_STATE)
        .order_by()
        .values_list("attendance__stage", "shown")
        .annotate(count=Count("pk"))
    )
)
_OF_GROUPS: Statement[tuple[Any, ...]] = Statement(
    lambda person_id, since, until, groups: _rows(person_id, since, until).filter(
        attendance__lesson__pk__in=_lessons_of(groups)
    )
)


def _lessons_of(groups: list[int]) -> QuerySet[Any, Any]:
    through = Lesson.class_groups.through
    return through.objects.filter(classgroup__pk__in=groups).values("lesson")
