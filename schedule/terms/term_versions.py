"""The versions of a term, its bells and its days, as pages show them, and the note that it waits to be planned."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from edu_platform.lib.versions import version_of
from schedule.models import Term, TermDay
from schedule.terms.bells.bell_times import BellSpan


def version_of_term(term: Term) -> str:
    return version_of(term.name, str(term.first_monday), term.weeks)


def version_of_bells(spans: Sequence[BellSpan]) -> str:
    return version_of([(str(span.starts), str(span.ends)) for span in spans])


def version_of_day(day: TermDay | None) -> str:
    """Return the version of a day; None: nobody and no calendar says anything of it."""
    return version_of(None if day is None else (day.kind, day.plan_weekday, day.name))


def version_of_drafts(lesson_ids: Iterable[int]) -> str:
    """Return the version of the drafts of a term, of which pages say how many there are."""
    return version_of(sorted(lesson_ids))


@dataclass(frozen=True, slots=True)
class GoingWithTerm:
    """Counts what is deleted with a term."""

    weekly_lessons: int
    lessons: int
    # Edited by hand: these stay.
    staying: int

    def version(self, term: Term) -> str:
        """Return the version of the term as the page shows it that asks before all this is deleted."""
        return version_of(version_of_term(term), self.weekly_lessons, self.lessons, self.staying)


def going_with(term: Term) -> GoingWithTerm:
    """Count what is deleted with a term, and what stays."""
    planned_lessons = term.planned_lessons.filter(lesson__isnull=False)
    staying = planned_lessons.filter(is_edited=True).count()
    return GoingWithTerm(
        weekly_lessons=term.weekly_lessons.count(),
        lessons=planned_lessons.count() - staying,
        staying=staying,
    )


def touch(term: Term) -> None:
    """Call when weekly lessons, days or bell times changed: the term waits to be planned from then on."""
    Term.objects.filter(pk=term.pk).touch()
