"""Writing down what an import did, whichever way it came, in the transaction in which it did so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from accounts.models import User
from edu_platform.lib.batches import ROWS_A_STATEMENT
from edu_platform.lib.text import storable_text
from schedule.enums import ActionOrigin, ImportTopic
from schedule.imports.made_names import MadeNames
from schedule.imports.people_states import PeopleStates, differences_between
from schedule.models import (
    FILE_NAME_CHARS,
    ImportedFile,
    ImportedPerson,
    ImportedWeeklyLesson,
    PlannedLesson,
    PlanningAction,
    Term,
)
from schedule.terms.weekly_lessons.bulk_writing import WeeklyLessonDifference
from schedule.terms.weekly_lessons.writing import plan_of


@dataclass(frozen=True, slots=True)
class FileSource:
    """Say where a file comes from: its name, and who imports it; nobody is signed in for a command."""

    name: str = ""
    by: User | None = None


FROM_NOWHERE = FileSource()


def record_file(
    topic: ImportTopic,
    source: FileSource,
    counts: Mapping[str, Any],
    *,
    term: Term | None = None,
    action: PlanningAction | None = None,
    made: MadeNames | None = None,
) -> ImportedFile:
    """Write down that a file was imported, and what it made; an action knows itself what came with it."""
    keys = {
        "courses": [course.pk for course in made.courses] if made else [],
        "class_groups": [group.pk for group in made.class_groups] if made else [],
    }
    # An action has the same code, so that a link of before leads to the same import.
    own_code = {"code": action.code} if action is not None else {}
    return ImportedFile.objects.create(
        topic=topic,
        by=source.by,
        origin=ActionOrigin.COMMAND if source.by is None else ActionOrigin.PAGE,
        file_name=storable_text(source.name)[-FILE_NAME_CHARS:],
        counts=dict(counts),
        term=term,
        term_name="" if term is None else term.name,
        action=action,
        made=keys if action is None else {},
        **own_code,
    )


def record_people(file: ImportedFile, before: PeopleStates, after: PeopleStates) -> None:
    """Write down what became of people; of those who were not there before, all that they are."""
    rows = [
        ImportedPerson(file=file, user_id=key, before=was, after=is_now)
        for key, was, is_now in differences_between(before, after)
    ]
    ImportedPerson.objects.bulk_create(rows, batch_size=ROWS_A_STATEMENT)


@dataclass(frozen=True, slots=True)
class WeeklyChanges:
    """Hold what is about to become of the weekly lessons of a term, read before it is written."""

    # Those that change: the key, before, after, and where it came from.
    changed: Sequence[tuple[int, Mapping[str, Any], Mapping[str, Any], str]]
    removed: Sequence[tuple[Mapping[str, Any], str, Sequence[int]]]

    @classmethod
    def of(cls, difference: WeeklyLessonDifference) -> WeeklyChanges:
        """Read what goes with the removed; one query."""
        planned: dict[int, list[int]] = {each.pk: [] for each in difference.removed}
        rows = PlannedLesson.objects.filter(weekly_lesson__in=planned) if planned else ()
        for row in rows:
            planned[row.weekly_lesson_id or 0].append(row.pk)
        return cls(
            [
                (
                    change.weekly_lesson.pk,
                    change.before.kept(),
                    change.after.kept(),
                    change.source_before,
                )
                for change in difference.changed
            ],
            [
                (plan_of(each).kept(), each.source, sorted(planned[each.pk]))
                for each in difference.removed
            ],
        )


def record_weekly_lessons(
    file: ImportedFile, changes: WeeklyChanges, difference: WeeklyLessonDifference
) -> None:
    """Write down what became of weekly lessons, once it is written."""
    rows = [
        ImportedWeeklyLesson(
            file=file, weekly_lesson=difference.weekly_lesson_of[number], after=plan.kept()
        )
        for number, plan in difference.added.items()
    ]
    rows += [
        ImportedWeeklyLesson(
            file=file, weekly_lesson_id=key, before=was, after=is_now, source_before=source
        )
        for key, was, is_now, source in changes.changed
    ]
    rows += [
        ImportedWeeklyLesson(file=file, before=was, source_before=source, planned=planned)
        for was, source, planned in changes.removed
    ]
    ImportedWeeklyLesson.objects.bulk_create(rows, batch_size=ROWS_A_STATEMENT)
