"""Taking an import of lessons back, for as long as no class of its lessons has begun.

Lessons that the import planned are deleted, with the courses and class groups that it made and nothing else uses.
Lessons that it changed become what they were. Those that somebody has changed again since stay as they are. An
import finds a lesson by its course, its class groups and its start, and so these three are never taken back.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.db import models
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.enums import AuditKind
from accounts.models import User
from accounts.services import audit
from edu_platform.lib.batches import in_batches
from edu_platform.lib.bulk_writing import WriteIn, own_transaction
from edu_platform.lib.progress import Phase, counted, report
from edu_platform.lib.versions import require_as_shown, version_of
from schedule.enums import ActionOrigin, ChangeKind
from schedule.history.snapshots import snapshot_of
from schedule.history.writing import UNEDITED
from schedule.imports.made_names import MadeNames, MadeRows, delete_unused, made_and_unused
from schedule.lessons.as_read import TIMETABLE_CHANGED, Shape, are_as_they_were, shape_of
from schedule.lessons.begun import begun_among, by_now, may_be_deleted
from schedule.lessons.bulk_reading import lessons_with_people
from schedule.lessons.change import ROWS_A_LESSON, change_lessons
from schedule.lessons.delete import delete_lessons
from schedule.lessons.locks import lock_lessons, lock_parties
from schedule.lessons.may_teach import cannot_teach
from schedule.lessons.plan import LessonPlan, plan_of, snapshot_of_plan
from schedule.lessons.taking import bookings_of, keeps_place
from schedule.lessons.trying_again import ChangedMeanwhile, trying_again
from schedule.models import (
    Lesson,
    LessonChange,
    LessonSnapshot,
    PlannedLesson,
    PlanningAction,
    Substitution,
    kinds_between,
)
from schedule.occupancy.bookings import read_bookings
from schedule.occupancy.overlaps import give_way
from schedule.occupancy.words import who_in_words


class LeftReason(models.TextChoices):
    """The reasons for which the undo of an import leaves a lesson as it is."""

    CHANGED = "changed", _("was changed again since")
    GONE = "gone", _("was deleted since")
    PEOPLE = "people", _("can no longer teach it, and did before")


class AlreadyUndone(Exception):
    """The import was taken back before."""


class UndoRefused(Exception):
    """It cannot be undone: `undoing` says why."""

    def __init__(self, undoing: Undoing) -> None:
        super().__init__("the import is not undone")
        self.undoing = undoing


@dataclass(frozen=True, slots=True)
class Restored:
    """A lesson that becomes what it was before the import."""

    lesson: Lesson
    plan: LessonPlan
    # As it is, and as it becomes.
    now: LessonSnapshot
    then: LessonSnapshot
    # For whom its teacher stands in again.
    absent_teacher_id: int | None = None


@dataclass(frozen=True, slots=True)
class LeftAlone:
    """A lesson that stays as it is; `who` can no longer teach it."""

    change: LessonChange
    reason: LeftReason
    who: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class UndoConflict:
    """Somebody whom a restored lesson needs is in another lesson by now."""

    restored: Restored
    who: str
    other: Lesson


@dataclass(slots=True)
class Undoing:
    """The changes that undoing an import makes, in the order of its lessons."""

    deleted: list[Lesson] = field(default_factory=list)
    # What is deleted, as it is: snapshots of thousands of lessons are made once.
    deleted_snapshots: list[LessonSnapshot] = field(default_factory=list)
    restored: list[Restored] = field(default_factory=list)
    left_alone: list[LeftAlone] = field(default_factory=list)
    # Either keeps everything as it is.
    begun: list[Lesson] = field(default_factory=list)
    conflicts: list[UndoConflict] = field(default_factory=list)
    # Courses and class groups that came with it, and are deleted too.
    made: MadeNames = field(default_factory=MadeNames)

    @property
    def changes_anything(self) -> bool:
        return bool(self.deleted or self.restored)

    @property
    def can_be_done(self) -> bool:
        return self.changes_anything and not (self.begun or self.conflicts)

    def counts(self) -> dict[str, int]:
        return {
            "deleted": len(self.deleted),
            "restored": len(self.restored),
            "left": len(self.left_alone),
        }

    @property
    def version(self) -> str:
        """Another one where something else would be done."""
        effects = (
            sorted(lesson.pk for lesson in self.deleted),
            sorted(restoration.lesson.pk for restoration in self.restored),
            sorted((left.change.pk, left.reason) for left in self.left_alone),
            sorted(self.made.names),
        )
        return version_of(*effects)


def undoing_of(imported: PlanningAction, *, at: dt.datetime) -> Undoing:
    """Return what undoing this import would do; a number of queries that hardly grows with it."""
    changes = imported.changes.order_by("pk")
    lesson_ids = list(changes.values_list("lesson_id", flat=True))
    lessons = _lessons_of(lesson_ids)
    undoing = Undoing(begun=_begun(lessons.values(), at))
    people = _people_in(changes)
    # One by one: the changes of thousands of lessons are large.
    for change in counted(changes.iterator(), Phase.COMPARING, len(lesson_ids)):
        lesson = lessons.get(change.lesson_id or 0)
        if lesson is None:
            undoing.left_alone.append(LeftAlone(change, LeftReason.GONE))
            continue
        now, was = snapshot_of(lesson), change.was
        if _is_changed(change.became, now):
            undoing.left_alone.append(LeftAlone(change, LeftReason.CHANGED))
        elif was is None:
            undoing.deleted.append(lesson)
            undoing.deleted_snapshots.append(now)
        else:
            _restore(undoing, change, lesson, (was, now), people)
    report(Phase.CHECKING, 0, len(lesson_ids))
    undoing.conflicts = _conflicts(undoing)
    report(Phase.CHECKING, len(lesson_ids), len(lesson_ids))
    undoing.made = made_and_unused(MadeRows.by_action(imported), undoing.deleted)
    return undoing


def undo_import(
    imported: PlanningAction,
    *,
    action: PlanningAction,
    known: str = "",
    write_in: WriteIn = own_transaction,
) -> Undoing:
    """Undo all of an import, or nothing, by this action, and return what was done.

    `known` is the version of what a page showed.

    Raises:
        AlreadyUndone: by somebody else, or by the same form sent twice.
        UndoRefused: a class has begun, somebody is taken, or nothing is left to undo.
        NotAsShown: it would do another thing than the page showed; with what it would do now.
        ChangedMeanwhile: the timetable does not stay as it is.
    """

    def attempt() -> Undoing:
        _require_not_undone(imported)
        undoing = undoing_of(imported, at=by_now(action.at))
        if not undoing.can_be_done:
            _require_not_undone(imported)
            raise UndoRefused(undoing)
        require_as_shown(undoing, known, undoing.version)
        try:
            _undo(imported, undoing, action, write_in)
        except Exception:
            action.forget_saving()
            raise
        return undoing

    return trying_again(attempt)


def _require_not_undone(imported: PlanningAction) -> None:
    if PlanningAction.objects.filter(undoes=imported).exists():
        raise AlreadyUndone


def _undo(
    imported: PlanningAction, undoing: Undoing, action: PlanningAction, write_in: WriteIn
) -> None:
    """Do what was worked out.

    Raises:
        AlreadyUndone: somebody was quicker.
        ChangedMeanwhile: the timetable is another one by now.
    """
    action.undoes = imported
    restored = [restoration.lesson for restoration in undoing.restored]
    shapes = {lesson.pk: _shape_of(lesson) for lesson in (*undoing.deleted, *restored)}
    try:
        with write_in(len(shapes), rows_a_unit=ROWS_A_LESSON) as noted:
            rows = PlanningAction.objects.select_for_update(no_key=True, of=("self",))
            rows.get(pk=imported.pk, origin=ActionOrigin.IMPORT)
            _require_not_undone(imported)
            lock_lessons((*undoing.deleted, *restored), will_delete=True)
            if not are_as_they_were(shapes) or _begun(restored, by_now(action.at)):
                raise ChangedMeanwhile
            lock_parties(restoration.plan for restoration in undoing.restored)
            _write(undoing, action)
            _give_back_to_terms([lesson.pk for lesson in restored], (imported, action))
            undoing.made = delete_unused(MadeRows.by_action(imported))
            kind = AuditKind.LESSONS_IMPORT_UNDONE
            audit.record(kind, by=action.by, details=undoing.counts())
            noted.update(action=action.code, made=undoing.made.names)
    except TIMETABLE_CHANGED as err:
        raise ChangedMeanwhile from err


def _write(undoing: Undoing, action: PlanningAction) -> None:
    delete_lessons(undoing.deleted, at=by_now(action.at), action=action)
    _restore_substitutions(undoing.restored, at=action.at)
    restored = [(restoration.lesson, restoration.plan) for restoration in undoing.restored]
    change_lessons(restored, action=action)


def _shape_of(lesson: Lesson) -> Shape:
    return shape_of(
        lesson,
        assistants=(user.pk for user in lesson.assistants.all()),
        class_groups=(group.pk for group in lesson.class_groups.all()),
    )


def _lessons_of(lesson_ids: Sequence[int | None]) -> dict[int, Lesson]:
    """The lessons that still exist, as they are now."""
    lesson_by_key: dict[int, Lesson] = {}
    for batch in in_batches(pk for pk in lesson_ids if pk is not None):
        lesson_by_key |= lessons_with_people(batch)
        report(Phase.READING, len(lesson_by_key), len(lesson_ids))
    return lesson_by_key


def _begun(lessons: Collection[Lesson], at: dt.datetime) -> list[Lesson]:
    """Return those that keep the import from being undone: what was held, or should have been, is not undone."""
    begun = begun_among(lesson.pk for lesson in lessons)
    stay = (lesson for lesson in lessons if not may_be_deleted(lesson, begun, at=at))
    # The time of a cancelled lesson comes without a class.
    return [lesson for lesson in stay if lesson.pk in begun or not lesson.is_cancelled]


def _is_changed(became: LessonSnapshot | None, now: LessonSnapshot) -> bool:
    """Tell whether a lesson is another one than the import left. To publish a draft is not to change it."""
    if became == now:
        return False
    return any(kind != ChangeKind.PUBLISHED for kind in kinds_between(became, now))


def _people_in(changes: QuerySet[LessonChange]) -> dict[int, User]:
    """Return who taught or assisted before, with their roles."""
    changed = changes.filter(before__has_key="teacher")
    sides = changed.values_list("before__teacher", "before__assistants")
    keys = {pk for teacher, assistants in sides.iterator() for pk, _name in (teacher, *assistants)}
    user_by_key: dict[int, User] = {}
    for batch in in_batches(keys):
        people = User.objects.get_queryset().filter(pk__in=batch)
        user_by_key.update({user.pk: user for user in people.prefetch_related("role_grants")})
    return user_by_key


def _restore(
    undoing: Undoing,
    change: LessonChange,
    lesson: Lesson,
    snapshots: tuple[LessonSnapshot, LessonSnapshot],
    people: Mapping[int, User],
) -> None:
    was, now = snapshots
    theirs = {now.teacher.pk, *now.assistant_ids}
    lost = tuple(
        person.name
        for person in (was.teacher, *was.assistants)
        if person.pk not in theirs and not _may_teach_again(people.get(person.pk))
    )
    if lost:
        undoing.left_alone.append(LeftAlone(change, LeftReason.PEOPLE, lost))
        return
    plan = dataclasses.replace(
        plan_of(lesson),
        teacher=people[was.teacher.pk],
        assistants=tuple(people[person.pk] for person in was.assistants),
        ends_at=was.ends_at,
        title=was.title,
        room_type=was.room_type,
        record_mode=was.record_mode,
    )
    then = snapshot_of_plan(plan, lesson.state)
    undoing.restored.append(Restored(lesson, plan, now, then, change.absent_teacher_id))


def _restore_substitutions(restored: Iterable[Restored], *, at: dt.datetime) -> None:
    """Before the lessons: what follows lessons that change hands asks for whom somebody stands in."""
    Substitution.objects.bulk_create(
        Substitution(
            lesson=restoration.lesson, absent_teacher_id=restoration.absent_teacher_id, made_at=at
        )
        for restoration in restored
        if restoration.absent_teacher_id is not None
    )


def _may_teach_again(user: User | None) -> bool:
    return user is not None and cannot_teach(user) is None


def _conflicts(undoing: Undoing) -> list[UndoConflict]:
    taking = [
        restoration for restoration in undoing.restored if not restoration.lesson.is_cancelled
    ]
    if not taking:
        return []
    bookings = read_bookings(
        starts_at=min(restoration.plan.starts_at for restoration in taking),
        ends_at=max(restoration.plan.ends_at for restoration in taking),
        without={lesson.pk for lesson in undoing.deleted}
        | {restoration.lesson.pk for restoration in taking},
    )
    for order, restoration in enumerate(taking, start=1):
        is_in_place = keeps_place(restoration.now, restoration.then)
        bookings += bookings_of(restoration.plan, order=order, is_in_place=is_in_place)
    overlaps = list(give_way(bookings))
    names = who_in_words({overlap.who for overlap in overlaps})
    others: dict[int | None, Lesson] = {}
    for batch in in_batches(overlap.taken.lesson_pk for overlap in overlaps):
        others.update(Lesson.objects.in_bulk([pk for pk in batch if pk is not None]))
    return [
        UndoConflict(
            taking[overlap.booking.order - 1],
            names[overlap.who],
            # Two that were at once before: one of them is in the way of the other.
            others.get(overlap.taken.lesson_pk) or taking[overlap.taken.order - 1].lesson,
        )
        for overlap in overlaps
    ]


def _give_back_to_terms(lesson_ids: Sequence[int], undone: Collection[PlanningAction]) -> None:
    """Give lessons back to the plans of their terms, but for those that somebody beside the import has edited."""
    for batch in in_batches(lesson_ids):
        planned = PlannedLesson.objects.filter(lesson__in=batch, is_edited=True)
        edits = (
            LessonChange.objects.filter(lesson__in=planned.values("lesson"))
            .exclude(action__in=undone)
            .exclude(action__origin=ActionOrigin.TERM)
        )
        edited = {pk for pk, kinds in edits.values_list("lesson", "kinds") if kinds not in UNEDITED}
        planned.exclude(lesson__in=edited).update(is_edited=False)
