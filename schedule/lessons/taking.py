"""Taking people and class groups for lessons: lock them, look who is taken already, write the rows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any, Literal

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext, gettext_lazy

from edu_platform.lib.batches import ROWS_A_STATEMENT, in_batches
from edu_platform.lib.statements import Statement
from schedule.lessons.begun import Begun
from schedule.lessons.plan import LessonPlan, bookings_of, occupations_of
from schedule.models import LESSON_YEARS, LONGEST_LESSON, Lesson, Occupation
from schedule.occupancy.bookings import Booking, Party, party_of, read_bookings
from schedule.occupancy.overlaps import Overlap, give_way, shared_within
from schedule.occupancy.party_locks import check_exclusion_now, lock_people_and_groups
from schedule.occupancy.students import SharedStudents
from schedule.occupancy.words import StudentsTaken, taken_by


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
    own: list[Booking] = []
    for order, (lesson, plan) in enumerate(zip(lessons, plans, strict=True), start=1):
        own += bookings_of(plan, order=order, is_in_place=lesson.pk in in_place)
    bookings, shared = _in_the_way(own)
    overlaps = list(give_way([*bookings, *own], shared))
    if overlaps:
        overlap = min(overlaps, key=_named_first)
        taken = overlap.taken
        # One of the timetable, or one of these.
        lesson = lessons[taken.order - 1] if taken.order else _taking(taken)
        raise LessonOverlaps(taken_by(overlap, lesson))


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


def lock_lessons(lessons: Iterable[Lesson], *, will_delete: bool = False) -> None:
    """Take the rows of many lessons at once, in one order, before each is changed, or some are deleted."""
    lesson_ids = list({lesson.pk for lesson in lessons})
    if transaction.get_connection().features.has_select_for_update:
        (_LOCKED_WITH_KEY if will_delete else _LOCKED).rows(lesson_ids=lesson_ids)


def _locking(lesson_ids: list[int], *, no_key: bool) -> QuerySet[Lesson, Any]:
    rows = Lesson.objects.select_for_update(no_key=no_key).filter(pk__in=lesson_ids)
    return rows.order_by("pk").values_list("pk")


_LOCKED = Statement(lambda lesson_ids: _locking(lesson_ids, no_key=True))
_LOCKED_WITH_KEY = Statement(lambda lesson_ids: _locking(lesson_ids, no_key=False))


def lock_parties(plans: Iterable[LessonPlan]) -> None:
    """Serialise planning for the same people, class groups and students, in one lock order.

    Of students no row is taken, but those of all class groups that share some with the plans'.
    """
    if not transaction.get_connection().features.has_select_for_update:
        return  # SQLite: transactions that write queue from their beginning
    people_ids: set[int] = set()
    group_ids: set[int] = set()
    first = dt.datetime.max.replace(tzinfo=dt.UTC)
    for plan in plans:
        people_ids.update(person.pk for person in (plan.teacher, *plan.assistants))
        group_ids.update(group.pk for group in plan.class_groups)
        first = min(first, plan.starts_at)
    if people_ids:
        lock_people_and_groups(people_ids, group_ids, since=timezone.localdate(first))


# In the words of files; forms begin it with a capital.
ENDS_BEFORE_START = gettext_lazy("the end does not lie after the start")


def not_a_teacher_in_words(name: str) -> str:
    """Say that somebody may neither teach nor assist; those who have left are no teachers either."""
    return gettext("%(name)s does not have the role teacher.") % {"name": name}


def period_faults(
    starts_at: dt.datetime, ends_at: dt.datetime
) -> Iterator[tuple[Literal["start", "end"], str]]:
    """Yield what is wrong with a period, and with which side of it."""
    if starts_at.year not in LESSON_YEARS:
        yield "start", gettext("This year is not in the calendar.")
    if ends_at <= starts_at:
        yield "end", capfirst(str(ENDS_BEFORE_START))
    if ends_at - starts_at > LONGEST_LESSON:
        hours = LONGEST_LESSON // dt.timedelta(hours=1)
        yield "end", gettext("A class lasts %(hours)s hours at most.") % {"hours": hours}


def past_in_words(ends_at: dt.datetime) -> str:
    return gettext(
        "This lies in the past: the lesson would have been over on %(moment)s. Correct its time, or confirm it here."
    ) % {"moment": f"{timezone.localtime(ends_at):%Y-%m-%d %H:%M}"}


def assists_oneself_in_words() -> str:
    return gettext("The teacher is not their own assistant.")


def frozen_in_words(begun: Begun) -> str:
    if begun is Begun.OPENED_AGAIN:
        return gettext(
            "A class was held before the lesson was opened again: nothing but its title, class groups, teacher"
            " and assistants can change."
        )
    return gettext("The class has begun: nothing but its title and class groups can change.")
