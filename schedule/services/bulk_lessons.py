"""Planning many lessons at once: what `services.lessons` does for one, for thousands."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import IntegrityError, transaction

from edu_platform.lib.queueing import enqueue_on_commit
from schedule import hooks
from schedule.enums import LessonState
from schedule.models import Lesson, Occupation, PlanningAction
from schedule.services.changes import record_planned
from schedule.services.lessons import (
    LessonOverlaps,
    LessonPlan,
    check_exclusion_now,
    lock_parties,
    occupations_of,
    snapshot_of_plan,
)
from schedule.services.overlaps import Booking, Holder, bookings_in_timetable, find_overlaps

ROWS_A_STATEMENT = 500


@transaction.atomic
def schedule_lessons(
    plans: Sequence[LessonPlan], *, is_draft: bool = False, action: PlanningAction | None = None
) -> list[Lesson]:
    """Put many lessons into the timetable in a few statements; a worker makes their rooms.

    Raises:
        LessonOverlaps: a teacher, assistant or class group is taken. Who, and by what, is
            asked beforehand by `services.overlaps.find_overlaps`.
    """
    if not plans:
        return []
    lock_parties(plans)
    _require_no_overlap(plans)
    state = LessonState.DRAFT if is_draft else LessonState.PUBLISHED
    lessons = Lesson.objects.bulk_create(
        [_lesson_of(plan, state) for plan in plans], batch_size=ROWS_A_STATEMENT
    )
    _add_people_and_groups(lessons, plans)
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
    snapshots = [snapshot_of_plan(plan, state) for plan in plans]
    record_planned(action or PlanningAction(), list(zip(lessons, snapshots, strict=True)))
    hooks.lessons_changed([lesson.pk for lesson in lessons])
    enqueue_on_commit("schedule.make_rooms_ahead")
    return lessons


def bookings_of(plan: LessonPlan, *, order: int) -> list[Booking]:
    """Whom a plan would take; class groups that may overlap are not among them."""
    holders = [Holder(is_person=True, pk=user.pk) for user in (plan.teacher, *plan.assistants)]
    if not plan.overlap_reason:
        holders += [Holder(is_person=False, pk=group.pk) for group in plan.class_groups]
    return [Booking(holder, plan.starts_at, plan.ends_at, order) for holder in holders]


def _require_no_overlap(plans: Sequence[LessonPlan]) -> None:
    bookings = bookings_in_timetable(
        starts_at=min(plan.starts_at for plan in plans),
        ends_at=max(plan.ends_at for plan in plans),
    )
    for order, plan in enumerate(plans, start=1):
        bookings += bookings_of(plan, order=order)
    if any(True for _overlap in find_overlaps(bookings)):
        raise LessonOverlaps


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
