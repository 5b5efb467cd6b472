"""A timetable of FET becomes the weekly lessons of a term that come from there; its unknown teachers are made."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from django.conf import settings
from django.utils.translation import gettext

from accounts.enums import AuditKind
from accounts.models import User
from accounts.services import audit
from edu_platform.lib.bulk_writing import WriteIn, own_transaction
from edu_platform.lib.formatting import listed
from edu_platform.lib.spreadsheets.rows import SheetFault, SheetRefused, SheetRemark, refuse_file
from edu_platform.lib.versions import require_as_shown, version_of
from schedule.enums import ImportTopic, WeeklyLessonSource
from schedule.imports.fet.fault_words import conflict_faults, open_faults
from schedule.imports.fet.fet_lessons import FetLesson, as_plan, timetable_of
from schedule.imports.fet.fet_rows import FetFile, read_fet
from schedule.imports.fet.made_teachers import (
    erased_before,
    new_person_remarks,
    new_teachers,
    save_teachers,
)
from schedule.imports.fet.meanings import (
    Directory,
    Meaning,
    Meanings,
    State,
    among,
    find_meanings,
    remember,
)
from schedule.imports.made_names import (
    MadeNames,
    class_groups_planned_with,
    courses_planned_with,
    save_made,
)
from schedule.imports.new_names import NewName, names_made
from schedule.imports.people_states import people_as_they_are
from schedule.imports.records import (
    FileSource,
    WeeklyChanges,
    record_file,
    record_people,
    record_weekly_lessons,
)
from schedule.lessons.change import ROWS_A_LESSON
from schedule.lessons.named import course_spellings, first_spellings
from schedule.lessons.trying_again import ChangedMeanwhile, trying_again
from schedule.models import Course, PlanningAction, Term, WeeklyLesson
from schedule.terms.locks import lock_unchanged
from schedule.terms.planning.term_difference import PlanPart, TermDifference
from schedule.terms.planning.term_plan import PlanOptions, work_out_plan, write_plan
from schedule.terms.weekly_lessons.bulk_writing import (
    WeeklyLessonDifference,
    compare_weekly_lessons,
    weekly_lessons_after,
    write_weekly_lessons,
)
from schedule.terms.weekly_lessons.writing import ROWS_A_WEEKLY_LESSON, WeeklyLessonPlan

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class FetOptions:
    creates_missing: bool = False
    given_days: Mapping[str, int] = field(default_factory=dict)
    dry_run: bool = False
    file_name: str = ""


@dataclass(frozen=True, slots=True)
class FetResult:
    """The outcome of a file. `str()` is the line that the command ends with."""

    weekly_lessons: WeeklyLessonDifference
    lessons: TermDifference
    # Activities, by their first lines.
    left_out: Sequence[SheetFault]
    conflicts: Sequence[SheetFault]
    remarks: Sequence[SheetRemark]
    # People, class groups and courses that it makes.
    new_names: Sequence[NewName]
    # So many of these people have the username of somebody who was erased.
    reused: int
    # Another one where another thing would be done.
    version: str

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
        names = listed(sorted(unknown))
        raise refuse_file(gettext("no day of this file is called so: %(names)s") % {"names": names})
    meanings = meanings_of(file, term, Directory.read(), given_days=options.given_days)
    if options.creates_missing:
        meanings = _with_missing_made(meanings)
    faults = open_faults(file, meanings)
    if faults:
        raise SheetRefused(faults)

    def attempt() -> FetResult:
        worked_out = work_out(file, meanings, term)
        plan_options = _plan_options(
            worked_out, at=at, with_past=worked_out.term.planned_at is None
        )
        planned = work_out_plan(term, plan_options, weekly_lessons=worked_out.after)
        result = worked_out.result(planned.difference)
        if options.dry_run:
            return result
        with own_transaction(planned.lesson_count, rows_a_unit=ROWS_A_LESSON):
            write(worked_out, FileSource(options.file_name), result.lessons.counts())
            write_plan(planned, action=PlanningAction(), options=plan_options)
            if planned.difference.changes_anything:
                counts = planned.difference.counts()
                audit.record(AuditKind.LESSONS_IMPORTED, by=None, details=counts)
        return result

    try:
        return trying_again(attempt)
    except ChangedMeanwhile as err:
        reason = gettext("the timetable was changed meanwhile: import the file again")
        raise refuse_file(reason) from err


def preview_fet(file: FetFile, meanings: Meanings, term: Term, *, at: dt.datetime) -> FetResult:
    """Return what saving the weekly lessons, and then planning the term, would do. Nothing is written."""
    worked_out = work_out(file, meanings, term)
    options = _plan_options(worked_out, at=at, with_past=False)
    planned = work_out_plan(term, options, weekly_lessons=worked_out.after)
    return worked_out.result(planned.difference)


def _plan_options(worked_out: WorkedOut, *, at: dt.datetime, with_past: bool) -> PlanOptions:
    part = PlanPart.of(worked_out.term, WeeklyLessonSource.FET)
    return PlanOptions(at=at, with_past=with_past, leaves_out_conflicts=True, part=part)


def save_fet(
    file: FetFile,
    meanings: Meanings,
    term: Term,
    directory: Directory,
    *,
    source: FileSource,
    known: str = "",
    write_in: WriteIn = own_transaction,
) -> WeeklyLessonDifference:
    """Save the weekly lessons, and what a planner said of the names. Lessons follow with the term's plan.

    Raises:
        NotAsShown: it would do another thing than the preview of the version `known`.
        ChangedMeanwhile: the term does not stay as it is.
    """

    def attempt() -> WeeklyLessonDifference:
        worked_out = work_out(file, meanings, term)
        changed = worked_out.weekly_lessons
        require_as_shown(changed, known, worked_out.version)
        own = meanings_of(file, term, directory, uses_memory=False)
        counts = changed.counts()
        with write_in(changed.written_count, rows_a_unit=ROWS_A_WEEKLY_LESSON) as noted:
            write(worked_out, source, counts)
            remember(worked_out.meanings, own, language=settings.LANGUAGE_CODE)
            if changed.changes_anything:
                audit.record(AuditKind.WEEKLY_LESSONS_IMPORTED, by=source.by, details=counts)
            noted.update(counts)
        return changed

    return trying_again(attempt)


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


# --- Working it out, and writing it -----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class WorkedOut:
    """The weekly lessons as they will be saved; `meanings` without any that are new."""

    # As the term was when it was looked at.
    term: Term
    meanings: Meanings
    # Not saved yet, and not in `made`.
    new_teachers: Sequence[User]
    # By name: on which day somebody was erased who had the username of a new teacher.
    erased_days: Mapping[str, dt.date]
    made: MadeNames
    weekly_lessons: WeeklyLessonDifference
    # All that will come from FET.
    after: Collection[WeeklyLesson]
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
        return FetResult(
            *(self.weekly_lessons, lessons, self.left_out, conflicts, self.remarks),
            self.new_names,
            len(self.erased_days),
            self.version,
        )

    @property
    def new_names(self) -> list[NewName]:
        """Return the people, class groups and courses that are made."""
        return names_made(self.made, self.new_teachers)

    @property
    def version(self) -> str:
        """Return the version that a preview shows."""
        return version_of(self.weekly_lessons.version(), self.new_names)


def work_out(file: FetFile, meanings: Meanings, term: Term) -> WorkedOut:
    """Compare the weekly lessons of the term that came from FET with those of the file; nothing is written.

    What is new has stand-ins: people, class groups, courses. No weekly lesson of another source is taken over.
    """
    # First: what is changed in the term from now on is noticed.
    term = Term.objects.get(pk=term.pk)
    timetable = timetable_of(file, meanings, list(term.bell_times.all()))
    lessons, made_names = timetable.lessons, MadeNames()
    courses = courses_planned_with((lesson.subject for lesson in lessons), made_names)
    teachers = _teachers_made(meanings)
    erased_days = erased_before(teachers)
    meanings = _with_new(meanings, teachers, made_names)
    wanted = _plans_of(lessons, courses, meanings)
    weekly_lessons = compare_weekly_lessons(
        term, wanted, source=WeeklyLessonSource.FET, takes_over=False
    )
    after = weekly_lessons_after(term, weekly_lessons, source=WeeklyLessonSource.FET)
    taken = [_not_from_fet(lessons[number]) for number in weekly_lessons.left_out]
    return WorkedOut(
        term=term,
        meanings=meanings,
        new_teachers=list(dict.fromkeys(teachers.values())),
        erased_days=erased_days,
        made=made_names,
        weekly_lessons=weekly_lessons,
        after=[
            weekly_lesson
            for weekly_lesson in after
            if weekly_lesson.source == WeeklyLessonSource.FET
        ],
        lessons=lessons,
        left_out=sorted([*timetable.left_out, *taken]),
        remarks=[*file.remarks, *new_person_remarks(erased_days, file.rows)],
    )


def write(worked_out: WorkedOut, source: FileSource, counts: Mapping[str, int]) -> None:
    """Save the weekly lessons, and what is new with them, and write it down.

    Raises:
        Term.DoesNotExist: the term was deleted meanwhile.
        ChangedMeanwhile: it was changed.
    """
    lock_unchanged(worked_out.term)
    save_made(worked_out.made)
    save_teachers(worked_out.new_teachers, by=source.by)
    term, difference = worked_out.term, worked_out.weekly_lessons
    changes = WeeklyChanges.of(difference)
    write_weekly_lessons(term, difference, source=WeeklyLessonSource.FET)
    if difference.changes_anything:
        file = record_file(ImportTopic.FET, source, counts, term=term, made=worked_out.made)
        record_weekly_lessons(file, changes, difference)
        new = people_as_they_are(user.pk for user in worked_out.new_teachers)
        record_people(file, {}, new)


def _with_new(meanings: Meanings, teachers: Mapping[str, User], made_names: MadeNames) -> Meanings:
    spellings = first_spellings(_new_among(meanings.students))
    groups = class_groups_planned_with(spellings.values(), made_names)
    return dataclasses.replace(
        meanings,
        teachers=meanings.teachers | {name: among([user]) for name, user in teachers.items()},
        students=meanings.students
        | {name: among([groups[first]]) for name, first in spellings.items()},
    )


def _teachers_made(meanings: Meanings) -> dict[str, User]:
    return new_teachers(_new_among(meanings.teachers))


def brings_back(meanings: Meanings) -> bool:
    """Return whether a teacher who would be made has the username of somebody who was erased."""
    return bool(erased_before(_teachers_made(meanings)))


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
