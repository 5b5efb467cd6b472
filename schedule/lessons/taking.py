"""Taking people and class groups for lessons: look who is taken already, then write the rows that say so."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from django.db import IntegrityError

from edu_platform.lib.batches import ROWS_A_STATEMENT, in_batches
from schedule.lessons.plan import LessonPlan
from schedule.models import (
    Lesson,
    LessonSnapshot,
    Occupation,
)
from schedule.occupancy.bookings import Booking, Holder, Party, party_of, read_bookings
from schedule.occupancy.overlaps import Overlap, give_way, shared_within
from schedule.occupancy.party_locks import check_exclusion_now
from schedule.occupancy.students import SharedStudents
from schedule.occupancy.words import StudentsTaken, is_in_words, taken_by, who_in_words


class LessonOverlaps(Exception):
    """A person or class group would be in two lessons at once; `taken` says which."""

    def __init__(self, taken: Occupation | StudentsTaken | None = None) -> None:
        super().__init__(str(taken) if taken else "refused by the database's own constraint")
        # None when another transaction was quicker, and only the database saw it.
        self.taken = taken


def require_nobody_taken(
    lessons: Sequence[Lesson], plans: Sequence[LessonPlan], in_place: Collection[int] = ()
) -> None:
    """Look whether everybody is free for these lessons, saved or not, which take nobody at the moment; two queries.

    Where students joined a second class group since, lessons that stay where they are (`in_place`, by key) can be
    changed all the same.

    Raises:
        LessonOverlaps: somebody is taken; of several, people are named before class groups, and these before students.
    """
    overlaps = _overlaps(lessons, plans, in_place)
    if overlaps:
        overlap = min(overlaps, key=_named_first)
        taken = overlap.taken
        # One of the timetable, or one of these.
        lesson = lessons[taken.order - 1] if taken.order else _taking(taken)
        raise LessonOverlaps(taken_by(overlap, lesson))


def giving_way(lessons: Sequence[Lesson], plans: Sequence[LessonPlan]) -> dict[int, str]:
    """Say who is taken of those of these lessons, by key, that cannot stand beside the others and the timetable.

    They take nobody at the moment. Six queries, more for hundreds.
    """
    if not lessons:
        return {}
    overlap_of: dict[int, Overlap] = {}
    for overlap in sorted(_overlaps(lessons, plans), key=_named_first):
        overlap_of.setdefault(lessons[overlap.booking.order - 1].pk, overlap)
    names = who_in_words({overlap.who for overlap in overlap_of.values()})
    in_timetable = _lessons_taking(overlap_of.values())

    def reason(overlap: Overlap) -> str:
        order, count = overlap.taken.order, len(overlap.students) or 1
        other = lessons[order - 1] if order else in_timetable.get(overlap.taken.lesson_pk or 0)
        return is_in_words(names[overlap.who], other, count=count)

    return {pk: reason(overlap) for pk, overlap in overlap_of.items()}


def _lessons_taking(overlaps: Iterable[Overlap]) -> dict[int, Lesson]:
    """Return the lessons of the timetable that stand in the way, by their keys."""
    keys = (overlap.taken.lesson_pk for overlap in overlaps if not overlap.taken.order)
    return {
        pk: lesson
        for batch in in_batches(key for key in keys if key is not None)
        for pk, lesson in Lesson.objects.in_bulk(batch).items()
    }


def _overlaps(
    lessons: Sequence[Lesson], plans: Sequence[LessonPlan], in_place: Collection[int] = ()
) -> list[Overlap]:
    own: list[Booking] = []
    for order, (lesson, plan) in enumerate(zip(lessons, plans, strict=True), start=1):
        own += bookings_of(plan, order=order, is_in_place=lesson.pk in in_place)
    bookings, shared = _in_the_way(own)
    return list(give_way([*bookings, *own], shared))


def _in_the_way(own: Sequence[Booking]) -> tuple[list[Booking], SharedStudents]:
    """Read what could stand against these bookings, and who shares students with those that are new in their place."""
    starts_at = min(booking.starts_at for booking in own)
    ends_at = max(booking.ends_at for booking in own)
    party = party_of(booking.holder for booking in own)
    groups = party_of(booking.holder for booking in own if not booking.is_in_place).class_groups
    shared = shared_within(starts_at, ends_at, of=groups)
    near = party.class_groups | shared.near(groups)
    whose = Party(party.people, frozenset(near))
    return read_bookings(starts_at=starts_at, ends_at=ends_at, of=whose), shared


def _named_first(overlap: Overlap) -> tuple[bool, bool, object]:
    taken = overlap.taken
    return not taken.holder.is_person, bool(overlap.students), taken.starts_at


def _taking(booking: Booking) -> Lesson:
    return Lesson.objects.select_related("course", "teacher").get(pk=booking.lesson_pk or 0)


def take(lessons: Sequence[Lesson], plans: Sequence[LessonPlan]) -> None:
    """Write whom these lessons take. PostgreSQL's exclusion constraint stands behind the look that came before.

    Raises:
        LessonOverlaps: another transaction was quicker.
    """
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


def take_again(
    lessons: Sequence[Lesson], plans: Sequence[LessonPlan], in_place: Collection[int] = ()
) -> None:
    """Let go of all whom these lessons took, so that they may swap places, and take whom they plan.

    Raises:
        LessonOverlaps: as above.
    """
    for batch in in_batches(lesson.pk for lesson in lessons):
        Occupation.objects.filter(lesson__in=batch).delete()
    require_nobody_taken(lessons, plans, in_place)
    take(lessons, plans)


def keeps_place(before: LessonSnapshot, after: LessonSnapshot) -> bool:
    """Return whether the students of a lesson stay where they are."""
    return place_of(before) == place_of(after)


def place_of(lesson: LessonSnapshot) -> tuple[object, ...]:
    """Return what decides where the students are; another wording of why they may overlap moves nobody."""
    return lesson.class_group_ids, lesson.starts_at, lesson.ends_at, bool(lesson.overlap_reason)


def bookings_of(
    plan: LessonPlan, *, order: int, lesson_pk: int | None = None, is_in_place: bool = False
) -> list[Booking]:
    """Return whom a plan would take; class groups that may overlap are not among them.

    `is_in_place`: it is the plan of a lesson that keeps its time and its class groups.
    """
    holders = [Holder(is_person=True, pk=user.pk) for user in (plan.teacher, *plan.assistants)]
    if not plan.overlap_reason:
        holders += [Holder(is_person=False, pk=group.pk) for group in plan.class_groups]
    return [
        Booking(holder, plan.starts_at, plan.ends_at, order, lesson_pk, is_in_place)
        for holder in holders
    ]


def occupations_of(lesson: Lesson, plan: LessonPlan) -> list[Occupation]:
    """Return whom the lesson takes, not written yet."""
    shared = {"lesson_id": lesson.pk, "starts_at": plan.starts_at, "ends_at": plan.ends_at}
    people = (plan.teacher, *plan.assistants)
    is_exclusive = not plan.overlap_reason
    return [
        *(Occupation(person_id=person.pk, **shared) for person in people),
        *(
            Occupation(class_group_id=group.pk, is_exclusive=is_exclusive, **shared)
            for group in plan.class_groups
        ),
    ]
