"""Writes on lessons: plan, change, publish, cancel. What the cloud must learn goes by a worker."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import User
from edu_platform.lib.queueing import enqueue_on_commit
from edu_platform.lib.statements import Statement
from schedule import hooks
from schedule.enums import LessonState, RecordMode, RoomType
from schedule.lessons.begun import Begun, changed_fields, frozen_among
from schedule.models import (
    ClassGroup,
    Course,
    Lesson,
    LessonSnapshot,
    Named,
    Occupation,
    PlanningAction,
    Room,
    default_title,
)
from schedule.planning.shared_students import StudentsTaken, students_taken
from schedule.services.changes import (
    class_groups_named,
    people_named,
    record_change,
    require_lesson_as_shown,
    snapshot_of,
)
from schedule.services.occupations import check_exclusion_now, request_room_sync
from schedule.services.parties import group_taken, lock_people_and_groups, person_taken


class LessonOverlaps(Exception):
    """A person or class group would be in two lessons at once; `taken` says which."""

    def __init__(self, taken: Occupation | StudentsTaken | None = None) -> None:
        super().__init__(str(taken) if taken else "refused by the database's own constraint")
        # None when another transaction was quicker, and only the database saw it.
        self.taken = taken


class LessonFrozen(Exception):
    """The class has begun (or is over): where and with whom it is held does not change any more."""

    def __init__(self, begun: Begun = Begun.IN_CURRENT_ROOM) -> None:
        super().__init__(begun)
        self.begun = begun


class LessonOver(Exception):
    """What lies in the past is not cancelled any more."""


class LessonIsDraft(Exception):
    """Nobody knows of a draft, so there is nothing to cancel: it can be deleted."""


@dataclass(frozen=True, slots=True)
class LessonPlan:
    """All that planners decide of a lesson. The period is half-open, in aware datetimes."""

    course: Course
    teacher: User
    class_groups: tuple[ClassGroup, ...]
    starts_at: dt.datetime
    ends_at: dt.datetime
    assistants: tuple[User, ...] = ()
    title: str = ""
    room_type: int = RoomType.INTERACTIVE
    record_mode: int = RecordMode.AUTOMATIC
    students_may_download: bool | None = None
    overlap_reason: str = ""

    def shown_title(self) -> str:
        return self.title or default_title(self.course.name, self.starts_at)


# Of a lesson, those that a plan decides.
PLANNED_COLUMNS = (
    *("title", "course_id", "teacher_id", "starts_at", "ends_at", "room_type", "record_mode"),
    *("students_may_download", "overlap_reason"),
)
# What decides, with the class groups, where their students are.
PLACE_COLUMNS = frozenset({"starts_at", "ends_at", "overlap_reason"})


@transaction.atomic
def schedule_lesson(
    plan: LessonPlan, *, is_draft: bool = False, action: PlanningAction | None = None
) -> Lesson:
    """Put a lesson into the timetable; its room is made by a worker inside the horizon.

    Here and below, `action` says who does it; None: a command does it. `known` is the version that a page
    showed: what somebody has changed since is refused with NotAsShown.

    Raises:
        LessonOverlaps: the teacher, an assistant, a class group or a student is taken at that time.
    """
    lesson = Lesson(state=LessonState.DRAFT if is_draft else LessonState.PUBLISHED)
    apply_plan(lesson, plan)
    lesson.save()
    # Nothing to compare with, as `set` would.
    lesson.assistants.add(*plan.assistants)
    lesson.class_groups.add(*plan.class_groups)
    _occupy(lesson, plan, is_new=True)
    after = snapshot_of_plan(plan, lesson.state)
    record_change(action or PlanningAction(), lesson, before=None, after=after)
    hooks.lessons_changed([lesson.pk])
    enqueue_on_commit("schedule.make_rooms_ahead")
    return lesson


@transaction.atomic
def change_lesson(
    lesson: Lesson, plan: LessonPlan, *, action: PlanningAction | None = None, known: str = ""
) -> bool:
    """Make the lesson as planned and return whether anything differed; repeating is harmless.

    Raises:
        LessonOverlaps: the teacher, an assistant, a class group or a student is taken at that time.
        LessonFrozen: the class has begun, and the plan changes more than words.
    """
    lesson = _locked(lesson, known)
    before = snapshot_of(lesson)
    changed = apply_plan(lesson, plan)
    after = snapshot_of_plan(plan, lesson.state)
    has_new_assistants = before.assistant_ids != after.assistant_ids
    has_new_groups = before.class_group_ids != after.class_group_ids
    if not (changed or has_new_assistants or has_new_groups):
        return False
    require_not_frozen({lesson.pk: changed_fields(before, after)})
    if changed:
        lesson.save(update_fields=sorted(changed))
    if has_new_assistants:
        lesson.assistants.set(plan.assistants)
    if has_new_groups:
        lesson.class_groups.set(plan.class_groups)
    _occupy(lesson, plan, is_in_place=not (changed & PLACE_COLUMNS or has_new_groups))
    record_change(action or PlanningAction(), lesson, before=before, after=after)
    request_room_sync([lesson.pk])
    # After the room: lesson, room, replay is the order in which everybody locks.
    hooks.lessons_changed([lesson.pk])
    return True


@transaction.atomic
def publish_lesson(
    lesson: Lesson, *, action: PlanningAction | None = None, known: str = ""
) -> None:
    """Show a draft to everybody it concerns. A second call is a no-op."""
    lesson = _locked(lesson, known)
    if lesson.is_draft:
        _set_state(lesson, LessonState.PUBLISHED, action)
        hooks.lessons_changed([lesson.pk])
        enqueue_on_commit("schedule.make_rooms_ahead")


@transaction.atomic
def cancel_lesson(
    lesson: Lesson,
    *,
    reason: str,
    at: dt.datetime,
    action: PlanningAction | None = None,
    known: str = "",
) -> None:
    """Cancel a lesson, free everybody, and take its room out of the cloud. Safe to repeat.

    Raises:
        LessonOver: the lesson lies in the past.
        LessonIsDraft: it was never published.
    """
    lesson = _locked(lesson, known)
    if lesson.is_cancelled:
        return
    if lesson.is_draft:
        raise LessonIsDraft
    if lesson.ends_at <= at:
        raise LessonOver
    action = action or PlanningAction(reason=reason)
    lesson.cancel_reason = reason
    _set_state(lesson, LessonState.CANCELLED, action)
    lesson.occupations.update(is_active=False)
    Room.objects.current().filter(lesson=lesson).update(
        must_leave_cloud=True, must_change_in_cloud=False, due_at=timezone.now()
    )
    hooks.lessons_changed([lesson.pk])
    enqueue_on_commit("schedule.sync_rooms")


@transaction.atomic
def restore_lesson(
    lesson: Lesson, *, action: PlanningAction | None = None, known: str = ""
) -> None:
    """Take a cancellation back; the lesson gets another room.

    Raises:
        LessonOverlaps: somebody was given another lesson meanwhile.
    """
    lesson = _locked(lesson, known)
    if not lesson.is_cancelled:
        return
    before = snapshot_of(lesson)
    lesson.state, lesson.cancel_reason = LessonState.PUBLISHED, ""
    # First: a refusal must not take back an action that others of its lessons belong to as well.
    _occupy(lesson, plan_of(lesson))
    _save_state(lesson, before, action)
    Room.objects.current().filter(lesson=lesson, must_leave_cloud=True).update(is_current=False)
    hooks.lessons_changed([lesson.pk])
    enqueue_on_commit("schedule.make_rooms_ahead")


def _locked(lesson: Lesson, known: str) -> Lesson:
    """The lesson as it is now, which nobody else changes until the transaction ends.

    The lock is a statement of its own: with joins, PostgreSQL misses a lesson that got another teacher meanwhile.
    """
    _LOCKED.rows(lesson_id=lesson.pk)
    found = _WITH_PEOPLE.first(lesson_id=lesson.pk)
    if found is None:
        raise Lesson.DoesNotExist
    require_lesson_as_shown(found, known)
    return found


_LOCKED = Statement(
    lambda lesson_id: Lesson.objects.filter(pk=lesson_id).select_for_update().values_list("pk")
)
_WITH_PEOPLE = Statement(
    lambda lesson_id: Lesson.objects.filter(pk=lesson_id).select_related("course", "teacher")
)


def _set_state(lesson: Lesson, state: LessonState, action: PlanningAction | None) -> None:
    before = snapshot_of(lesson)
    lesson.state = state
    _save_state(lesson, before, action)


def _save_state(lesson: Lesson, before: LessonSnapshot, action: PlanningAction | None) -> None:
    lesson.save(update_fields=["state", "cancel_reason"])
    after = dataclasses.replace(before, state=lesson.state)
    record_change(action or PlanningAction(), lesson, before=before, after=after)


def plan_of(lesson: Lesson) -> LessonPlan:
    """The plan that the lesson stands for now."""
    return LessonPlan(
        course=lesson.course,
        teacher=lesson.teacher,
        class_groups=tuple(lesson.class_groups.all()),
        starts_at=lesson.starts_at,
        ends_at=lesson.ends_at,
        assistants=tuple(lesson.assistants.all()),
        title=lesson.title,
        room_type=lesson.room_type,
        record_mode=lesson.record_mode,
        students_may_download=lesson.students_may_download,
        overlap_reason=lesson.overlap_reason,
    )


def apply_plan(lesson: Lesson, plan: LessonPlan) -> set[str]:
    """Set the lesson's own columns and return the names of those that differed."""
    wanted: dict[str, object] = {
        "title": plan.shown_title(),
        "course_id": plan.course.pk,
        "teacher_id": plan.teacher.pk,
        # In UTC: an hour that clocks repeat is equal to no moment of another zone.
        "starts_at": plan.starts_at.astimezone(dt.UTC),
        "ends_at": plan.ends_at.astimezone(dt.UTC),
        "room_type": int(plan.room_type),
        "record_mode": int(plan.record_mode),
        "students_may_download": plan.students_may_download,
        "overlap_reason": plan.overlap_reason,
    }
    changed = {name for name, value in wanted.items() if getattr(lesson, name, None) != value}
    for name, value in wanted.items():
        setattr(lesson, name, value)
    return changed


def keeps_place(lesson: Lesson, plan: LessonPlan) -> bool:
    """Whether the students of a lesson stay where they are; a query unless class groups were read with it."""
    return (
        lesson.starts_at == plan.starts_at
        and lesson.ends_at == plan.ends_at
        and lesson.overlap_reason == plan.overlap_reason
        and set(lesson.class_groups.all()) == set(plan.class_groups)
    )


def _occupy(
    lesson: Lesson, plan: LessonPlan, *, is_new: bool = False, is_in_place: bool = False
) -> None:
    """Write who the lesson takes, after looking whether anybody is taken already.

    Those concerned are locked for the look. PostgreSQL's exclusion constraint stands behind it, for
    whatever writes occupations in another way. Of students it knows nothing; and where these joined a
    second class group since, the lesson that stays where it is (`is_in_place`) can be changed.
    """
    if lesson.is_cancelled:
        return
    lock_parties([plan])
    _require_free(lesson, plan)
    if not (plan.overlap_reason or is_in_place):
        _require_students_free(lesson, plan)
    if not is_new:
        lesson.occupations.all().delete()
    Occupation.objects.bulk_create(occupations_of(lesson, plan))
    try:
        check_exclusion_now()
    except IntegrityError as err:
        raise LessonOverlaps from err


def _require_free(lesson: Lesson, plan: LessonPlan) -> None:
    people = [person.pk for person in (plan.teacher, *plan.assistants)]
    groups = [group.pk for group in plan.class_groups]
    period = {"starts_at": plan.starts_at, "ends_at": plan.ends_at}
    taken = person_taken(people, **period, but=lesson.pk)
    if taken is None and not plan.overlap_reason:
        taken = group_taken(groups, **period, but=lesson.pk)
    if taken is not None:
        raise LessonOverlaps(taken)


def _require_students_free(lesson: Lesson, plan: LessonPlan) -> None:
    groups = {group.pk for group in plan.class_groups}
    found = students_taken(groups, starts_at=plan.starts_at, ends_at=plan.ends_at, without=lesson)
    if found:
        raise LessonOverlaps(found[0])


def snapshot_of_plan(plan: LessonPlan, state: str) -> LessonSnapshot:
    """A lesson as planned, in this state."""
    return LessonSnapshot(
        state=state,
        course=Named(plan.course.pk, plan.course.name),
        title=plan.shown_title(),
        teacher=Named(plan.teacher.pk, plan.teacher.display_name),
        assistants=people_named(plan.assistants),
        class_groups=class_groups_named(plan.class_groups),
        starts_at=plan.starts_at.astimezone(dt.UTC),
        ends_at=plan.ends_at.astimezone(dt.UTC),
        room_type=plan.room_type,
        record_mode=plan.record_mode,
        students_may_download=plan.students_may_download,
        overlap_reason=plan.overlap_reason,
    )


def occupations_of(lesson: Lesson, plan: LessonPlan) -> list[Occupation]:
    """Whom the lesson takes, not written yet."""
    period = {"starts_at": plan.starts_at, "ends_at": plan.ends_at, "lesson": lesson}
    return [
        *(Occupation(person=person, **period) for person in (plan.teacher, *plan.assistants)),
        *(
            Occupation(class_group=group, is_exclusive=not plan.overlap_reason, **period)
            for group in plan.class_groups
        ),
    ]


def lock_parties(plans: Iterable[LessonPlan]) -> None:
    """Serialise planning for the same people, class groups and students, in one lock order.

    Of students no row is taken, but those of all class groups that share some with the plans'.
    """
    if not transaction.get_connection().features.has_select_for_update:
        return  # SQLite: transactions that write queue from their beginning
    people_ids: set[int] = set()
    group_ids: set[int] = set()
    first = dt.date.max
    for plan in plans:
        people_ids.update(person.pk for person in (plan.teacher, *plan.assistants))
        group_ids.update(group.pk for group in plan.class_groups)
        first = min(first, timezone.localdate(plan.starts_at))
    lock_people_and_groups(people_ids, group_ids, since=first)


def require_not_frozen(changes: Mapping[int, Set[str]]) -> None:
    """Refuse changes of these fields, by lesson, that come after the class has begun.

    Raises:
        LessonFrozen: one of the lessons cannot change so any more.
    """
    for begun in frozen_among(changes).values():
        raise LessonFrozen(begun)
