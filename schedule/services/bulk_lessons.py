"""Planning and changing many lessons at once: what `services.lessons` does for one, for thousands."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterable, Mapping, Sequence

from django.db import IntegrityError, transaction

from edu_platform.lib.batches import ROWS_A_STATEMENT, in_batches
from edu_platform.lib.queueing import enqueue_on_commit
from edu_platform.lib.statements import Statement
from schedule import hooks
from schedule.enums import LessonState
from schedule.lessons.begun import changed_fields
from schedule.models import Lesson, LessonSnapshot, Occupation, PlanningAction
from schedule.services.changes import record_changes, record_planned, snapshot_of
from schedule.services.lessons import (
    PLANNED_COLUMNS,
    LessonOverlaps,
    LessonPlan,
    apply_plan,
    keeps_place,
    lock_parties,
    occupations_of,
    require_not_frozen,
    snapshot_of_plan,
)
from schedule.services.occupations import check_exclusion_now, lock_lessons, request_room_sync
from schedule.services.overlaps import (
    Booking,
    Holder,
    bookings_in_timetable,
    find_overlaps,
    taken_by,
)


@transaction.atomic
def schedule_lessons(
    plans: Sequence[LessonPlan], *, is_draft: bool = False, action: PlanningAction | None = None
) -> list[Lesson]:
    """Put many lessons into the timetable in a few statements; a worker makes their rooms.

    Raises:
        LessonOverlaps: a teacher, assistant, class group or student is taken; the first is named. All
            of them are found beforehand by `services.overlaps.find_overlaps`.
    """
    if not plans:
        return []
    lock_parties(plans)
    state = LessonState.DRAFT if is_draft else LessonState.PUBLISHED
    lessons = [_lesson_of(plan, state) for plan in plans]
    _require_no_overlap(lessons, plans)
    Lesson.objects.bulk_create(lessons, batch_size=ROWS_A_STATEMENT)
    _add_people_and_groups(lessons, plans)
    _occupy(lessons, plans)
    snapshots = [snapshot_of_plan(plan, state) for plan in plans]
    record_planned(action or PlanningAction(), list(zip(lessons, snapshots, strict=True)))
    hooks.lessons_changed([lesson.pk for lesson in lessons])
    enqueue_on_commit("schedule.make_rooms_ahead")
    return lessons


@transaction.atomic
def change_lessons(
    wanted: Sequence[tuple[Lesson, LessonPlan]], *, action: PlanningAction | None = None
) -> int:
    """Make these lessons as planned, in a few statements, and return how many differed.

    None of them may be cancelled. They let go of their people first, so that they may swap places.

    Raises:
        LessonOverlaps: a teacher, assistant, class group or student is taken.
        LessonFrozen: the class of one of them has begun, and more than words of it changes.
    """
    lock_lessons(lesson for lesson, _plan in wanted)
    lock_parties(plan for _lesson, plan in wanted)
    plans = {lesson.pk: plan for lesson, plan in wanted}
    lessons = lessons_as_they_are(plans)
    before = {lesson.pk: snapshot_of(lesson) for lesson in lessons}
    after = {lesson.pk: snapshot_of_plan(plans[lesson.pk], lesson.state) for lesson in lessons}
    lessons = [lesson for lesson in lessons if before[lesson.pk] != after[lesson.pk]]
    if not lessons:
        return 0
    require_not_frozen(
        {each.pk: changed_fields(before[each.pk], after[each.pk]) for each in lessons}
    )
    in_place = {lesson.pk for lesson in lessons if keeps_place(lesson, plans[lesson.pk])}
    for lesson in lessons:
        apply_plan(lesson, plans[lesson.pk])
    _replace_people_and_groups(lessons, plans, before, after)
    _occupy_again(lessons, [plans[lesson.pk] for lesson in lessons], in_place)
    made = [(lesson, before[lesson.pk], after[lesson.pk]) for lesson in lessons]
    record_changes(action or PlanningAction(), made, columns=PLANNED_COLUMNS)
    request_room_sync([lesson.pk for lesson in lessons])
    # After the rooms: lesson, room, replay is the order in which everybody locks.
    hooks.lessons_changed([lesson.pk for lesson in lessons])
    return len(lessons)


@transaction.atomic
def publish_lessons(lessons: Iterable[Lesson], *, action: PlanningAction | None = None) -> int:
    """Show those that are drafts to everybody they concern, in a few statements; return how many they were."""
    wanted = list(lessons)
    lock_lessons(wanted)
    drafts = [each for each in lessons_as_they_are(lesson.pk for lesson in wanted) if each.is_draft]
    if not drafts:
        return 0
    made = []
    for lesson in drafts:
        before = snapshot_of(lesson)
        lesson.state = LessonState.PUBLISHED
        made.append((lesson, before, dataclasses.replace(before, state=lesson.state)))
    record_changes(action or PlanningAction(), made, columns=["state"])
    hooks.lessons_changed([lesson.pk for lesson in drafts])
    enqueue_on_commit("schedule.make_rooms_ahead")
    return len(drafts)


def lessons_as_they_are(lesson_ids: Iterable[int]) -> list[Lesson]:
    """Read anew, with all that plans and snapshots are made of."""
    found: list[Lesson] = []
    for batch in in_batches(lesson_ids):
        found += _AS_THEY_ARE.rows(lesson_ids=batch)
    return found


_AS_THEY_ARE = Statement(
    lambda lesson_ids: (
        Lesson.objects.filter(pk__in=lesson_ids)
        .select_related("course", "teacher")
        .prefetch_related("assistants", "class_groups")
        .order_by("pk")
    )
)


def _replace_people_and_groups(
    lessons: Sequence[Lesson],
    plans: Mapping[int, LessonPlan],
    before: Mapping[int, LessonSnapshot],
    after: Mapping[int, LessonSnapshot],
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


def _occupy_again(
    lessons: Sequence[Lesson], plans: Sequence[LessonPlan], in_place: Collection[int]
) -> None:
    for batch in in_batches(lesson.pk for lesson in lessons):
        Occupation.objects.filter(lesson__in=batch).delete()
    _require_no_overlap(lessons, plans, in_place)
    _occupy(lessons, plans)


def _occupy(lessons: Sequence[Lesson], plans: Sequence[LessonPlan]) -> None:
    Occupation.objects.bulk_create(
        [
            occupation
            for lesson, plan in zip(lessons, plans, strict=True)
            for occupation in occupations_of(lesson, plan)
        ],
        batch_size=ROWS_A_STATEMENT,
    )
    try:
        check_exclusion_now()
    except IntegrityError as err:
        raise LessonOverlaps from err


def bookings_of(plan: LessonPlan, *, order: int, is_in_place: bool = False) -> list[Booking]:
    """Whom a plan would take; class groups that may overlap are not among them.

    `is_in_place`: it is the plan of a lesson that keeps its time and its class groups.
    """
    holders = [Holder(is_person=True, pk=user.pk) for user in (plan.teacher, *plan.assistants)]
    if not plan.overlap_reason:
        holders += [Holder(is_person=False, pk=group.pk) for group in plan.class_groups]
    return [
        Booking(holder, plan.starts_at, plan.ends_at, order, is_in_place=is_in_place)
        for holder in holders
    ]


def _require_no_overlap(
    lessons: Sequence[Lesson], plans: Sequence[LessonPlan], in_place: Collection[int] = ()
) -> None:
    """`lessons` are those of the plans, saved or not; they take nobody at the moment."""
    bookings = bookings_in_timetable(
        starts_at=min(plan.starts_at for plan in plans),
        ends_at=max(plan.ends_at for plan in plans),
    )
    for order, (lesson, plan) in enumerate(zip(lessons, plans, strict=True), start=1):
        bookings += bookings_of(plan, order=order, is_in_place=lesson.pk in in_place)
    for overlap in find_overlaps(bookings):
        taken = overlap.taken
        # One of the timetable, or one of these.
        lesson = lessons[taken.order - 1] if taken.order else _taking(taken)
        raise LessonOverlaps(taken_by(overlap, lesson))


def _taking(booking: Booking) -> Lesson:
    return Lesson.objects.select_related("course", "teacher").get(pk=booking.lesson_pk or 0)


def _lesson_of(plan: LessonPlan, state: LessonState) -> Lesson:
    return Lesson(
        title=plan.shown_title(),
        course=plan.course,
        teacher=plan.teacher,
        starts_at=plan.starts_at,
        ends_at=plan.ends_at,
        room_type=plan.room_type,
        record_mode=plan.record_mode,
        students_may_download=plan.students_may_download,
        overlap_reason=plan.overlap_reason,
        state=state,
    )


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
