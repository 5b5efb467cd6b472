"""Conflicts of lessons that a term's plan would place: somebody is taken, or cannot take part."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from edu_platform.lib.progress import Phase, counted
from schedule.lessons.may_teach import CannotTeach, cannot_teach
from schedule.lessons.taking import bookings_of, keeps_place
from schedule.models import Lesson, LessonSnapshot
from schedule.occupancy.bookings import Booking, Holder, read_bookings
from schedule.occupancy.overlaps import Who, give_way
from schedule.terms.planning.placements import Placement


@dataclass(frozen=True, slots=True)
class PlanConflict:
    """A lesson that cannot be placed, and who of it is the cause."""

    placement: Placement
    holder: Holder
    # By what the holder is taken: a lesson that is there, or one of the plan. Neither: the holder takes no part.
    lesson_id: int | None = None
    other: Placement | None = None
    # Why the holder takes part in no lesson: an account or class group of former times.
    cannot_teach: CannotTeach | None = None
    is_archived: bool = False
    # Who is in both, where somebody is taken.
    who: Who | None = None

    @property
    def takes_no_part(self) -> bool:
        return self.is_archived or self.cannot_teach is not None


@dataclass(frozen=True, slots=True)
class Wanted:
    """A lesson to be placed, beside the one that is to become it."""

    placement: Placement
    lesson: Lesson | None = None
    before: LessonSnapshot | None = None
    after: LessonSnapshot | None = None

    @property
    def is_in_place(self) -> bool:
        """Tell whether it keeps its time and its class groups."""
        before, after = self.before, self.after
        return before is not None and after is not None and keeps_place(before, after)


class Timetable:
    """Knows what is taken within a term, read once."""

    def __init__(self, wanted: Sequence[Wanted]) -> None:
        plans = [wanted_lesson.placement.plan for wanted_lesson in wanted]
        self._bookings: list[Booking] = []
        if plans:
            self._bookings = read_bookings(
                starts_at=min(plan.starts_at for plan in plans),
                ends_at=max(plan.ends_at for plan in plans),
            )

    def without(self, lesson_ids: Collection[int]) -> list[Booking]:
        return [booking for booking in self._bookings if booking.lesson_pk not in lesson_ids]


def conflicts_of(
    wanted: Sequence[Wanted], timetable: Timetable, *, removed: Iterable[int]
) -> list[PlanConflict]:
    """At most one of each lesson: who takes no part in any, before who is taken by another one.

    Of two lessons of the plan the later one gives way; one that is there and stays never does.
    """
    conflicts: dict[int, PlanConflict] = {}
    leaving = {
        wanted_lesson.lesson.pk for wanted_lesson in wanted if wanted_lesson.lesson is not None
    }.union(removed)
    bookings = timetable.without(leaving)
    counted_lessons = counted(wanted, Phase.CHECKING, len(wanted))
    for order, wanted_lesson in enumerate(counted_lessons, start=1):
        unfit = _unfit(wanted_lesson)
        if unfit is not None:
            conflicts[order] = unfit
        else:
            bookings += bookings_of(
                wanted_lesson.placement.plan, order=order, is_in_place=wanted_lesson.is_in_place
            )
    for overlap in give_way(bookings):
        order, other = overlap.booking.order, overlap.taken.order
        conflict = PlanConflict(
            placement=wanted[order - 1].placement,
            holder=overlap.booking.holder,
            lesson_id=overlap.taken.lesson_pk,
            other=wanted[other - 1].placement if other else None,
            who=overlap.who,
        )
        conflicts.setdefault(order, conflict)
    return [conflicts[order] for order in sorted(conflicts)]


def _unfit(wanted: Wanted) -> PlanConflict | None:
    """Find whom nobody would choose any more. Who is in the lesson already stays in it, as in planners' forms."""
    plan, before = wanted.placement.plan, wanted.before
    pks_before = set() if before is None else {before.teacher.pk, *before.assistant_ids}
    for user in (plan.teacher, *plan.assistants):
        if user.pk not in pks_before and (reason := cannot_teach(user)):
            holder = Holder(is_person=True, pk=user.pk)
            return PlanConflict(wanted.placement, holder, cannot_teach=reason)
    pks_before = set() if before is None else before.class_group_ids
    for group in plan.class_groups:
        if group.pk not in pks_before and group.archived_at is not None:
            holder = Holder(is_person=False, pk=group.pk)
            return PlanConflict(wanted.placement, holder, is_archived=True)
    return None
