"""A timetable of FET becomes the weekly lessons of a term that come from there; its unknown teachers are made."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import TypeVar

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext

from accounts.enums import AuditKind, Role
from accounts.models import User
from accounts.names import USERNAME_CHARS, sign_in_name
from accounts.services import audit
from accounts.services.people import NewPerson, create_people
from edu_platform.lib.spreadsheets.rows import SheetFault, SheetRefused, SheetRemark, refuse_file
from edu_platform.lib.versions import require_as_shown
from schedule.enums import WeeklyLessonSource
from schedule.imports.fet.fet_lessons import FetLesson, as_plan, timetable_of
from schedule.imports.fet.fet_rows import FetFile, read_fet
from schedule.imports.fet.meanings import (
    Directory,
    Meaning,
    Meanings,
    State,
    among,
    find_meanings,
    remember,
)
from schedule.imports.fet.words import conflict_faults, open_faults
from schedule.imports.lookups import class_groups_by_name, people_by_sign_in_name
from schedule.lessons.change import LessonFrozen
from schedule.lessons.delete import LessonBegun
from schedule.lessons.named import course_spellings, courses_by_name, first_spellings
from schedule.lessons.taking import LessonOverlaps
from schedule.models import Course, PlanningAction, Term
from schedule.terms.bulk_weekly_lessons import WeeklyLessonDifference, replace_weekly_lessons
from schedule.terms.difference import PlanPart, TermDifference, difference, without_conflicts
from schedule.terms.term_plan import PlanOptions, plan_term
from schedule.terms.weekly_lesson_writing import WeeklyLessonPlan, lock_term

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class FetOptions:
    creates_missing: bool = False
    given_days: Mapping[str, int] = field(default_factory=dict)
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class FetResult:
    """The outcome of a file. `str()` is the line that the command ends with."""

    weekly_lessons: WeeklyLessonDifference
    lessons: TermDifference
    # Activities, by their first lines.
    left_out: Sequence[SheetFault]
    conflicts: Sequence[SheetFault]
    remarks: Sequence[SheetRemark]

    def __str__(self) -> str:
        return " ".join(f"{name}={count}" for name, count in self.lessons.counts().items())


def read_file(data: bytes) -> FetFile:
    """The file, in which nothing is wrong by itself.

    Raises:
        SheetRefused: with every fault that was found.
    """
    faults: list[SheetFault] = []
    file = read_fet(data, course_spellings(), faults)
    if faults:
        raise SheetRefused(faults)
    if not file.rows:
        raise refuse_file(
            gettext("there is no activity in this file: generate the timetable first")
        )
    return file


def meanings_of(
    file: FetFile,
    term: Term,
    directory: Directory,
    *,
    given_days: Mapping[str, int] | None = None,
    uses_memory: bool = True,
) -> Meanings:
    """Return what the names of the file mean in this term, as far as it is known."""
    bells = list(term.bell_times.all())
    return find_meanings(
        file,
        bells,
        directory,
        language=settings.LANGUAGE_CODE,
        given_days=given_days,
        uses_memory=uses_memory,
    )


def import_fet(data: bytes, term: Term, *, at: dt.datetime, options: FetOptions) -> FetResult:
    """Import by command: nothing is asked, and lessons follow at once; those in conflict are left out.

    Raises:
        SheetRefused: with every fault that was found; nothing is imported then.
    """
    file = read_file(data)
    unknown = options.given_days.keys() - set(file.days)
    if unknown:
        names = ", ".join(sorted(unknown))
        raise refuse_file(gettext("no day of this file is called so: %(names)s") % {"names": names})
    meanings = meanings_of(file, term, Directory.read(), given_days=options.given_days)
    if options.creates_missing:
        meanings = _with_missing_made(meanings)
    faults = open_faults(file, meanings)
    if faults:
        raise SheetRefused(faults)
    try:
        with transaction.atomic():
            part = PlanPart.of(term, WeeklyLessonSource.FET)
            changed = write_weekly_lessons(file, meanings, term, by=None)
            lessons = plan_term(
                term,
                action=PlanningAction(),
                options=PlanOptions(
                    at=at, with_past=term.planned_at is None, leaves_out_conflicts=True, part=part
                ),
            )
            result = changed.result(lessons)
            if options.dry_run:
                transaction.set_rollback(True)
            elif lessons.changes_anything:
                audit.record(AuditKind.LESSONS_IMPORTED, by=None, details=lessons.counts())
    except (LessonBegun, LessonFrozen, LessonOverlaps) as err:
        reason = gettext("the timetable was changed meanwhile: import the file again")
        raise refuse_file(reason) from err
    return result


def preview_fet(
    file: FetFile, meanings: Meanings, term: Term, *, by: User, at: dt.datetime
) -> FetResult:
    """Return what saving the weekly lessons, and then planning the term, would do. Nothing is kept."""
    with transaction.atomic():
        part = PlanPart.of(term, WeeklyLessonSource.FET)
        changed = write_weekly_lessons(file, meanings, term, by=by)
        plan_difference = difference(term, at=at, with_past=False, part=part)
        result = changed.result(without_conflicts(plan_difference))
        transaction.set_rollback(True)
    return result


@transaction.atomic
def save_fet(
    file: FetFile,
    meanings: Meanings,
    term: Term,
    directory: Directory,
    *,
    by: User,
    known: str = "",
) -> WeeklyLessonDifference:
    """Save the weekly lessons, and what a planner said of the names. Lessons follow with the term's plan.

    Raises:
        NotAsShown: it would do another thing than the preview of the version `known`.
    """
    changed = write_weekly_lessons(file, meanings, term, by=by)
    require_as_shown(changed.weekly_lessons, known, changed.weekly_lessons.version())
    own = meanings_of(file, term, directory, uses_memory=False)
    remember(changed.meanings, own, language=settings.LANGUAGE_CODE)
    if changed.weekly_lessons.changes_anything:
        audit.record(AuditKind.LESSONS_IMPORTED, by=by, details=changed.weekly_lessons.counts())
    return changed.weekly_lessons


# --- Names that are missing -------------------------------------------------------------------------


def _with_missing_made(meanings: Meanings) -> Meanings:
    return dataclasses.replace(
        meanings,
        teachers={name: _or_new(meaning) for name, meaning in meanings.teachers.items()},
        students={name: _or_new(meaning) for name, meaning in meanings.students.items()},
    )


def _or_new(meaning: Meaning[T]) -> Meaning[T]:
    is_missing = meaning.state is State.OPEN and not meaning.found
    return Meaning(State.NEW) if is_missing else meaning


# --- Writing ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Written:
    """The weekly lessons as they were saved; `meanings` without any that are new."""

    meanings: Meanings
    weekly_lessons: WeeklyLessonDifference
    # The number of a wanted weekly lesson is its place here.
    lessons: Sequence[FetLesson]
    left_out: Sequence[SheetFault]
    remarks: Sequence[SheetRemark]

    def result(self, lessons: TermDifference) -> FetResult:
        by_weekly_lesson = {
            weekly_lesson.pk: self.lessons[number]
            for number, weekly_lesson in self.weekly_lessons.weekly_lesson_of.items()
        }
        conflicts = conflict_faults(lessons.conflicts, by_weekly_lesson)
        return FetResult(self.weekly_lessons, lessons, self.left_out, conflicts, self.remarks)


def write_weekly_lessons(
    file: FetFile, meanings: Meanings, term: Term, *, by: User | None
) -> Written:
    """Replace all weekly lessons of the term that came from FET by those of the file.

    What is new is made: people, class groups, courses. No weekly lesson of another source is taken over.
    """
    lock_term(term)
    timetable = timetable_of(file, meanings, list(term.bell_times.all()))
    lessons = timetable.lessons
    # Courses, then class groups, as by other files: two that make the same do not wait for each other.
    courses = courses_by_name(lesson.subject for lesson in lessons)
    meanings = _with_new(meanings, by=by)
    wanted = _plans_of(lessons, courses, meanings)
    weekly_lessons = replace_weekly_lessons(
        term, wanted, source=WeeklyLessonSource.FET, takes_over=False
    )
    taken = [_not_from_fet(lessons[number]) for number in weekly_lessons.left_out]
    left_out = sorted([*timetable.left_out, *taken])
    return Written(meanings, weekly_lessons, lessons, left_out, file.remarks)


def _with_new(meanings: Meanings, *, by: User | None) -> Meanings:
    teachers = make_teachers(_new_among(meanings.teachers), by=by)
    spellings = first_spellings(_new_among(meanings.students))
    groups = class_groups_by_name(spellings.values())
    return dataclasses.replace(
        meanings,
        teachers=meanings.teachers | {name: among([user]) for name, user in teachers.items()},
        students=meanings.students
        | {name: among([groups[first]]) for name, first in spellings.items()},
    )


def _new_among(meanings: Mapping[str, Meaning[object]]) -> list[str]:
    return [name for name, meaning in meanings.items() if meaning.state is State.NEW]


def _plans_of(
    lessons: Sequence[FetLesson], courses: Mapping[str, Course], meanings: Meanings
) -> list[WeeklyLessonPlan]:
    teachers = {
        name: meaning.found[0] for name, meaning in meanings.teachers.items() if meaning.found
    }
    groups = {
        name: meaning.found[0] for name, meaning in meanings.students.items() if meaning.found
    }
    return [as_plan(lesson, courses[lesson.subject], teachers, groups) for lesson in lessons]


def _not_from_fet(lesson: FetLesson) -> SheetFault:
    reason = gettext(
        "activity %(id)s: the term has this weekly lesson already, not from FET: left out"
    ) % {"id": lesson.row.activity}
    return SheetFault(lesson.row.line, "Activity Id", reason)


# As Django's validator of usernames has it.
NOT_IN_USERNAMES = re.compile(r"[^\w.@+-]")
NUMBERED = re.compile(r"-\d+$")


def make_teachers(names: Sequence[str], *, by: User | None) -> dict[str, User]:
    """People without a password who teach, by their names; usernames are the names, as far as they can be.

    Names that differ in case or width only are one person's.
    """
    first = first_spellings(names)
    wanted = {name: _username_of(name) for name in first.values()}
    taken = set(people_by_sign_in_name(wanted.values()))
    new: list[NewPerson] = []
    for name, username in wanted.items():
        free = next(variant for variant in _variants(username) if not _is_taken(variant, taken))
        taken.add(sign_in_name(free))
        new.append(NewPerson(free, name, frozenset({Role.TEACHER})))
    user_by_spelling = dict(zip(wanted, create_people(new, by=by), strict=True))
    return {name: user_by_spelling[spelling] for name, spelling in first.items()}


def _username_of(name: str) -> str:
    return User.normalize_username(NOT_IN_USERNAMES.sub("-", name))[:USERNAME_CHARS]


def _is_taken(username: str, taken: Container[str]) -> bool:
    """`taken` holds names that were looked up; those with a number are looked up here, since few need one."""
    if sign_in_name(username) in taken:
        return True
    return bool(NUMBERED.search(username) and people_by_sign_in_name([username]))


def _variants(username: str) -> Iterator[str]:
    """The username, then the username with a number."""
    yield username
    for number in count(2):
        end = f"-{number}"
        yield username[: USERNAME_CHARS - len(end)] + end
