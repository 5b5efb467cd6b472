"""Taking back a file of people, of weekly lessons or of FET: all that can be taken back of it, in one transaction.

Files of lessons are undone by what they did to the timetable (`imports.undo`).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from django.db.models import QuerySet
from django.utils import timezone

from accounts.enums import AuditKind
from accounts.models import User
from accounts.services import audit
from edu_platform.lib.bulk_writing import WriteIn, own_transaction
from edu_platform.lib.versions import require_as_shown, version_of
from schedule.enums import ImportTopic
from schedule.imports.made_names import MadeNames, MadeRows, delete_unused, made_and_unused
from schedule.imports.undo import AlreadyUndone
from schedule.imports.undo_people import PeopleUndoing, undoing_of_people
from schedule.imports.undo_people_writing import lock_people, undo_people
from schedule.imports.undo_weekly_lessons import (
    WeeklyUndoing,
    undo_weekly_lessons,
    undoing_of_weekly_lessons,
)
from schedule.lessons.trying_again import ChangedMeanwhile, trying_again
from schedule.models import (
    ClassGroup,
    FetName,
    ImportedFile,
    ImportedWeeklyLesson,
    Membership,
    Term,
    WeeklyLesson,
    WeeklyLessonClassGroup,
)
from schedule.terms.locks import lock_term

# A person or weekly lesson has so many rows; for the bar.
ROWS_A_UNIT = 4
# They use class groups and courses, and some of them go with the import.
GOING_ALONG = (Membership, WeeklyLesson, WeeklyLessonClassGroup)
# What names in files of FET mean is forgotten with what they meant.
FORGOTTEN = (FetName,)


UNDONE = {
    ImportTopic.PEOPLE: AuditKind.PEOPLE_IMPORT_UNDONE,
    ImportTopic.WEEKLY_LESSONS: AuditKind.WEEKLY_LESSONS_IMPORT_UNDONE,
    ImportTopic.FET: AuditKind.WEEKLY_LESSONS_IMPORT_UNDONE,
}


class NothingToUndo(Exception):
    """Nothing of the import can be taken back: `undoing` says why."""

    def __init__(self, undoing: FileUndoing) -> None:
        super().__init__("the import is not undone")
        self.undoing = undoing


@dataclass(slots=True)
class FileUndoing:
    """Everything that undoing a file does."""

    people: PeopleUndoing
    weekly_lessons: WeeklyUndoing = field(default_factory=WeeklyUndoing)
    # Courses and class groups that came with it, and are deleted too.
    made: MadeNames = field(default_factory=MadeNames)
    # The term of its weekly lessons was deleted since.
    is_term_gone: bool = False

    @property
    def can_be_done(self) -> bool:
        parts = (self.people, self.weekly_lessons)
        return any(part.changes_anything for part in parts) or bool(self.made.names)

    @property
    def version(self) -> str:
        """Another one where something else would be done."""
        return version_of(
            self.people.effects(), self.weekly_lessons.effects(), sorted(self.made.names)
        )

    def counts(self) -> dict[str, int]:
        weekly = self.weekly_lessons
        return {
            "deleted": len(self.people.deleted) + len(weekly.deleted),
            "restored": len(self.people.restored) + len(weekly.restored) + len(weekly.made_again),
            "left": len(self.people.stays) + len(weekly.left_alone),
        }


def undoing_of_file(
    file: ImportedFile, *, by: User | None, without: set[int] | None = None
) -> FileUndoing:
    """Return what undoing this import would do; `without` are the keys of people who are in use."""
    term = _term_of(file)
    weekly = WeeklyUndoing() if term is None else undoing_of_weekly_lessons(file, term)
    people = undoing_of_people(file, by=by, without=without or (), going=_going(file, weekly))
    undoing = FileUndoing(people, weekly, is_term_gone=term is None and bool(file.term_name))
    undoing.made = _made_and_unused(file, undoing)
    return undoing


def undo_file(
    file: ImportedFile,
    *,
    by: User | None,
    known: str = "",
    write_in: WriteIn = own_transaction,
) -> FileUndoing:
    """Undo what can be undone of an import, and return what was done and what stays.

    `known` is the version of what a page showed.

    Raises:
        AlreadyUndone: by somebody else, or by the same form sent twice.
        NothingToUndo: nothing of it can be taken back.
        NotAsShown: it would do another thing than the page showed; with what it would do now.
        ChangedMeanwhile: what it is about does not stay as it is.
    """
    units = file.people.count() + file.weekly_lessons.count()

    def attempt() -> FileUndoing:
        with write_in(units, rows_a_unit=ROWS_A_UNIT) as noted:
            done = _undo(file, by=by, known=known)
            noted.update(file=file.code, counts=done.counts(), made=done.made.names)
        return done

    return trying_again(attempt)


def _undo(file: ImportedFile, *, by: User | None, known: str) -> FileUndoing:
    """Lock, look again, and do what is possible."""
    locked = ImportedFile.objects.select_for_update(no_key=True, of=("self",)).get(pk=file.pk)
    if locked.is_undone:
        raise AlreadyUndone
    term = _term_of(file)
    if term is not None:
        try:
            term = lock_term(term)
        except Term.DoesNotExist as err:
            raise ChangedMeanwhile from err
    in_use = lock_people(file)
    undoing = undoing_of_file(file, by=by, without=in_use)
    if not undoing.can_be_done:
        raise NothingToUndo(undoing)
    require_as_shown(undoing, known, undoing.version)
    if term is not None:
        undo_weekly_lessons(undoing.weekly_lessons, term)
    # Weekly lessons may have named people who came with them.
    undoing.people = undoing_of_people(file, by=by, without=in_use)
    undo_people(undoing.people, by=by)
    undoing.made = delete_unused(MadeRows.by_keys(file.made), going_along=FORGOTTEN)
    locked.undone_at, locked.undone_by = timezone.now(), by
    locked.undone = undoing.counts()
    locked.save(update_fields=["undone_at", "undone_by", "undone"])
    kind = UNDONE[ImportTopic(file.topic)]
    audit.record(kind, by=by, object_text=file.file_name, details=undoing.counts())
    return undoing


def _term_of(file: ImportedFile) -> Term | None:
    return Term.objects.filter(pk=file.term_id or 0).first()


def _going(file: ImportedFile, weekly: WeeklyUndoing) -> QuerySet[ImportedWeeklyLesson, int | None]:
    """Return the keys of the weekly lessons that the undo deletes or changes, for a query."""
    left = [each.row.pk for each in weekly.left_alone]
    return file.weekly_lessons.exclude(pk__in=left).values_list("weekly_lesson", flat=True)


def _made_and_unused(file: ImportedFile, undoing: FileUndoing) -> MadeNames:
    """Return what the import made and nothing will use once it is undone."""
    made = made_and_unused(MadeRows.by_keys(file.made), going_along=(*GOING_ALONG, *FORGOTTEN))
    groups = _groups_with_members(made.class_groups, undoing.people)
    courses, more_groups = _used_by_weekly_lessons(made, undoing.weekly_lessons)
    return MadeNames(
        [course for course in made.courses if course.pk not in courses],
        [group for group in made.class_groups if group.pk not in groups | more_groups],
    )


def _groups_with_members(groups: list[ClassGroup], people: PeopleUndoing) -> set[int]:
    going = {row.pk for restoring in people.restored for row in restoring.begun}
    deleted = {user.pk for user in people.deleted}
    rows = Membership.objects.filter(class_group__in=groups)
    members = rows.values_list("pk", "user", "class_group") if groups else ()
    return {
        group_id for pk, user_id, group_id in members if pk not in going and user_id not in deleted
    }


def _used_by_weekly_lessons(made: MadeNames, weekly: WeeklyUndoing) -> tuple[set[int], set[int]]:
    """Return the keys of the courses and class groups that weekly lessons have once the import is undone."""
    if not (made.courses or made.class_groups):
        return set(), set()
    back = [*weekly.restored, *weekly.made_again]
    gone = {each.pk for each in weekly.deleted}
    gone |= {each.weekly_lesson.pk for each in back if each.weekly_lesson is not None}
    courses = {each.plan.course.pk for each in back}
    groups = {pk for each in back for pk in each.plan.group_ids}
    made_courses = WeeklyLesson.objects.filter(course__in=made.courses)
    for pk, course_id in made_courses.values_list("pk", "course"):
        if pk not in gone:
            courses.add(course_id)
    made_groups = WeeklyLessonClassGroup.objects.filter(classgroup__in=made.class_groups)
    for pk, group_id in made_groups.values_list("weekly_lesson", "classgroup"):
        if pk not in gone:
            groups.add(group_id)
    return courses, groups
