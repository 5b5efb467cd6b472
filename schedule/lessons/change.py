"""Planning, changing and publishing lessons, thousands as well as one. What the cloud must learn goes by a worker.

`action` says who does it; without one a command does. `known` are the versions that a page showed, by the lesson's
key: what somebody has changed since is refused with NotAsShown.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterable, Mapping, Sequence, Set

from django.db import transaction

from edu_platform.lib.batches import ROWS_A_STATEMENT, in_batches
from edu_platform.lib.progress import Phase, report
from edu_platform.lib.queueing import enqueue_on_commit
from edu_platform.lib.statements import Statement
from schedule import hooks
from schedule.enums import LessonState
from schedule.history.snapshots import require_lesson_as_shown, snapshot_of
from schedule.history.writing import Made, record_changes, record_planned
from schedule.lessons.begun import Begun, changed_fields, frozen_among
from schedule.lessons.locks import lock_lessons, lock_parties
from schedule.lessons.plan import PLANNED_COLUMNS, LessonPlan, apply_plan, snapshot_of_plan
from schedule.lessons.taking import (
    keeps_place,
    place_of,
    require_nobody_taken,
    take,
    take_again,
)
from schedule.models import Lesson, LessonSnapshot, PlanningAction
from schedule.rooms.sync import request_room_sync

Versions = Mapping[int, str]
AS_IT_IS: Versions = {}
# A lesson that is planned or changed has so many with its people, class groups, history, replay and place in the plan
# of its term: for the bar, which need not be exact.
ROWS_A_LESSON = 7
# One that is published.
ROWS_A_PUBLISHED = 3
# As lessons were, or become, by their key.
Snapshots = Mapping[int, LessonSnapshot]


class LessonFrozen(Exception):
    """The class has begun (or is over): where and with whom it is held does not change any more."""

    def __init__(self, begun: Begun = Begun.IN_CURRENT_ROOM) -> None:
        super().__init__(begun)
        self.begun = begun


# --- New ones -------------------------------------------------------------------------------------


def schedule_lesson(
    plan: LessonPlan, *, is_draft: bool = False, action: PlanningAction | None = None
) -> Lesson:
    """Plan one lesson as `schedule_lessons` does."""
    (lesson,) = schedule_lessons([plan], is_draft=is_draft, action=action)
    return lesson


@transaction.atomic
def schedule_lessons(
    plans: Sequence[LessonPlan], *, is_draft: bool = False, action: PlanningAction | None = None
) -> list[Lesson]:
    """Put lessons into the timetable in a few statements; a worker makes their rooms inside the horizon.

    Raises:
        LessonOverlaps: a teacher, assistant, class group or student is taken; the first is named. All
            of them are found beforehand by `schedule.occupancy.overlaps.give_way`.
        ChangedMeanwhile: somebody has left since the plans were made.
    """
    if not plans:
        return []
    lock_parties(plans)
    state = LessonState.DRAFT if is_draft else LessonState.PUBLISHED
    lessons = [_lesson_of(plan, state) for plan in plans]
    require_nobody_taken(lessons, plans)
    Lesson.objects.bulk_create(lessons, batch_size=ROWS_A_STATEMENT)
    _add_people_and_groups(lessons, plans)
    take(lessons, plans)
    snapshots = [snapshot_of_plan(plan, state) for plan in plans]
    record_planned(action or PlanningAction(), list(zip(lessons, snapshots, strict=True)))
    hooks.lessons_changed([lesson.pk for lesson in lessons])
    enqueue_on_commit("schedule.make_rooms_ahead")
    return lessons


def _lesson_of(plan: LessonPlan, state: LessonState) -> Lesson:
    lesson = Lesson(state=state)
    apply_plan(lesson, plan)
    return lesson


# --- Those that are there -------------------------------------------------------------------------


def change_lesson(
    lesson: Lesson, plan: LessonPlan, *, action: PlanningAction | None = None, known: str = ""
) -> bool:
    """Make one lesson as planned, as `change_lessons` does, and return whether it differed."""
    return bool(change_lessons([(lesson, plan)], action=action, known={lesson.pk: known}))


@transaction.atomic
def change_lessons(
    wanted: Sequence[tuple[Lesson, LessonPlan]],
    *,
    action: PlanningAction | None = None,
    known: Versions = AS_IT_IS,
) -> int:
    """Make these lessons as planned, in a few statements, and return how many differed; repeating is harmless.

    A cancelled one stays cancelled, and takes nobody. The others let go of their people first, so that they may
    swap places.

    Raises:
        LessonOverlaps: a teacher, assistant, class group or student is taken.
        LessonFrozen: the class of one of them has begun, and more than words of it changes.
        ChangedMeanwhile: somebody has left since the plans were made.
        Lesson.DoesNotExist: one was deleted meanwhile.
    """
    plans = {lesson.pk: plan for lesson, plan in wanted}
    lessons = locked([lesson for lesson, _plan in wanted], known)
    before = {lesson.pk: snapshot_of(lesson) for lesson in lessons}
    after = {lesson.pk: snapshot_of_plan(plans[lesson.pk], lesson.state) for lesson in lessons}
    lessons = [lesson for lesson in lessons if before[lesson.pk] != after[lesson.pk]]
    if not lessons:
        return 0
    _require_not_frozen(
        {lesson.pk: changed_fields(before[lesson.pk], after[lesson.pk]) for lesson in lessons}
    )
    for lesson in lessons:
        apply_plan(lesson, plans[lesson.pk])
    _replace_people_and_groups(lessons, plans, before, after)
    _take_otherwise(lessons, plans, before, after)
    changes = [(lesson, before[lesson.pk], after[lesson.pk]) for lesson in lessons]
    record_changes(action or PlanningAction(), changes, columns=PLANNED_COLUMNS)
    request_room_sync([lesson.pk for lesson in lessons])
    # After the rooms: lesson, room, replay is the order in which everybody locks.
    hooks.lessons_changed([lesson.pk for lesson in lessons])
    return len(lessons)


def _take_otherwise(
    lessons: Iterable[Lesson],
    plans: Mapping[int, LessonPlan],
    before: Snapshots,
    after: Snapshots,
) -> None:
    """Take whom the lessons plan, where these are others than before, or at another time."""
    moving = [
        lesson
        for lesson in lessons
        if not lesson.is_cancelled and _taken(before[lesson.pk]) != _taken(after[lesson.pk])
    ]
    if moving:
        planned = [plans[lesson.pk] for lesson in moving]
        lock_parties(planned)
        keys = (lesson.pk for lesson in moving)
        take_again(moving, planned, {pk for pk in keys if keeps_place(before[pk], after[pk])})


def _taken(lesson: LessonSnapshot) -> tuple[object, ...]:
    return lesson.teacher.pk, lesson.assistant_ids, *place_of(lesson)


def _require_not_frozen(changes: Mapping[int, Set[str]]) -> None:
    """Refuse changes of these fields, by lesson, that come after the class has begun.

    Raises:
        LessonFrozen: one of the lessons cannot change so any more.
    """
    for begun in frozen_among(changes).values():
        raise LessonFrozen(begun)


def publish_lesson(
    lesson: Lesson, *, action: PlanningAction | None = None, known: str = ""
) -> None:
    """Publish one lesson as `publish_lessons` does."""
    publish_lessons([lesson], action=action, known={lesson.pk: known})


@transaction.atomic
def publish_lessons(
    lessons: Iterable[Lesson],
    *,
    action: PlanningAction | None = None,
    known: Versions = AS_IT_IS,
) -> int:
    """Show those that are drafts to everybody they concern, in a few statements; return how many they were.

    Raises:
        Lesson.DoesNotExist: one was deleted meanwhile.
    """
    return publish_locked(locked(list(lessons), known), action=action)


def publish_locked(lessons: Iterable[Lesson], *, action: PlanningAction | None) -> int:
    """Publish as above, in the transaction that has locked the lessons."""
    drafts = [lesson for lesson in lessons if lesson.is_draft]
    if drafts:
        set_state(drafts, LessonState.PUBLISHED, action)
        hooks.lessons_changed([lesson.pk for lesson in drafts])
        enqueue_on_commit("schedule.make_rooms_ahead")
    return len(drafts)


# --- Rows -----------------------------------------------------------------------------------------


def locked(lessons: Collection[Lesson], known: Versions = AS_IT_IS) -> list[Lesson]:
    """Return the lessons as they are now, which nobody else changes until the transaction ends.

    The lock is a statement of its own: with joins, PostgreSQL misses a lesson that got another teacher meanwhile.

    Raises:
        NotAsShown: somebody has changed one of them since it was shown so.
        Lesson.DoesNotExist: one was deleted meanwhile.
    """
    lock_lessons(lessons)
    pks = {lesson.pk for lesson in lessons}
    lessons_now = lessons_as_they_are(pks)
    if len(lessons_now) < len(pks):
        raise Lesson.DoesNotExist
    for lesson in lessons_now:
        require_lesson_as_shown(lesson, known.get(lesson.pk, ""))
    return lessons_now


def lessons_as_they_are(lesson_ids: Iterable[int]) -> list[Lesson]:
    """Read anew, with all that plans and snapshots are made of, those that are there."""
    lessons: list[Lesson] = []
    ordered = sorted(lesson_ids)
    for batch in in_batches(ordered):
        report(Phase.READING, len(lessons), len(ordered))
        lessons += _AS_THEY_ARE.rows(lesson_ids=batch)
    return lessons


_AS_THEY_ARE = Statement(
    lambda lesson_ids: (
        Lesson.objects.filter(pk__in=lesson_ids)
        .select_related("course", "teacher")
        .prefetch_related("assistants", "class_groups")
        .order_by("pk")
    )
)


def set_state(lessons: Iterable[Lesson], state: LessonState, action: PlanningAction | None) -> None:
    """Write the state of lessons, and why they are cancelled, with their history."""
    changes: list[Made] = []
    for lesson in lessons:
        before = snapshot_of(lesson)
        lesson.state = state
        changes.append((lesson, before, dataclasses.replace(before, state=state)))
    record_changes(action or PlanningAction(), changes, columns=["state", "cancel_reason"])


def _replace_people_and_groups(
    lessons: Iterable[Lesson],
    plans: Mapping[int, LessonPlan],
    before: Snapshots,
    after: Snapshots,
) -> None:
    differing = [
        lesson
        for lesson in lessons
        if before[lesson.pk].assistants != after[lesson.pk].assistants
        or before[lesson.pk].class_groups != after[lesson.pk].class_groups
    ]
    for batch in in_batches(lesson.pk for lesson in differing):
        Lesson.assistants.through.objects.filter(lesson__in=batch).delete()
        Lesson.class_groups.through.objects.filter(lesson__in=batch).delete()
    _add_people_and_groups(differing, [plans[lesson.pk] for lesson in differing])


def _add_people_and_groups(lessons: Sequence[Lesson], plans: Sequence[LessonPlan]) -> None:
    assisting = Lesson.assistants.through
    attending = Lesson.class_groups.through
    pairs = list(zip(lessons, plans, strict=True))
    assisting.objects.bulk_create(
        [
            assisting(lesson_id=lesson.pk, user_id=user.pk)
            for lesson, plan in pairs
            for user in plan.assistants
        ],
        batch_size=ROWS_A_STATEMENT,
    )
    attending.objects.bulk_create(
        [
            attending(lesson_id=lesson.pk, classgroup_id=group.pk)
            for lesson, plan in pairs
            for group in plan.class_groups
        ],
        batch_size=ROWS_A_STATEMENT,
    )
