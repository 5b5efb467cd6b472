"""Courseware in the classes of lessons: what should be there. `binding_sync` brings it to the cloud.

Positions are numbers that only grow. The cloud keeps no order of its own, and is taken to list what a
class has in the order in which it was bound; so whatever moves behind something else gets a new, higher
number, and is bound once more.

Code that changes the courseware of lessons locks all of them first (`lock_lessons`); what else is
locked comes after them, as everywhere: lesson, room, courseware, bindings.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.db import transaction
from django.db.models import Max, Q, QuerySet
from django.utils import timezone

from courseware.enums import Release
from courseware.models import Binding, BindingQuerySet, CourseBinding, Courseware
from edu_platform.lib.queueing import enqueue_on_commit
from edu_platform.lib.statements import Statement
from schedule.models import Lesson, LessonQuerySet, Substitution

LARGEST_POSITION = 32_767


class CoursewareGone(Exception):
    """It was deleted since it was chosen."""


class LessonGone(Exception):
    """It was deleted since its page was opened."""


@transaction.atomic
def bind(
    *,
    courseware: Courseware,
    lesson: Lesson,
    is_shown_at_once: bool = False,
    release: str = Release.NEVER,
) -> Binding:
    """Have courseware in a lesson's class, behind what it has already.

    What the lesson has already keeps its place, and takes the other choices.

    Raises:
        LessonGone, CoursewareGone: somebody deleted it meanwhile.
    """
    if not lock_lesson(lesson.pk):
        raise LessonGone
    require_kept(courseware)
    choices: dict[str, object] = {
        "is_from_course": False,
        "is_shown_at_once": is_shown_at_once,
        "release": release,
        **due_columns(timezone.now()),
    }
    there = Binding.objects.filter(courseware=courseware, lesson=lesson)
    if not there.filter(removed_at=None).exists():
        choices |= {"position": next_position(lesson.pk), "removed_at": None}
    # What the cloud was told, and the lease, are written by the worker only.
    binding, _is_new = Binding.objects.update_or_create(
        courseware=courseware, lesson=lesson, defaults=choices
    )
    enqueue_on_commit("courseware.sync_bindings")
    return binding


@transaction.atomic
def change_binding(
    binding: Binding, *, is_shown_at_once: bool, release: str, at: dt.datetime
) -> None:
    """Choose again whether it is shown when the class opens, and when students may have it."""
    lock_lesson(binding.lesson_id)
    Binding.objects.filter(pk=binding.pk).update(
        is_shown_at_once=is_shown_at_once, release=release, **due_columns(at)
    )
    enqueue_on_commit("courseware.sync_bindings")


@transaction.atomic
def unbind(binding: Binding, *, at: dt.datetime) -> None:
    """Take courseware out of a lesson's class. Safe to repeat.

    What the course brings stays away from this lesson: the row remembers it.
    """
    lock_lesson(binding.lesson_id)
    comes_with_course = _is_brought(binding)
    take_away(Binding.objects.filter(pk=binding.pk), at, is_from_course=comes_with_course)


@transaction.atomic
def reorder(lesson: Lesson, codes: Sequence[str]) -> None:
    """Put a lesson's courseware into this order; what is not named comes after it, as it was."""
    lock_lesson(lesson.pk)
    present = list(
        Binding.objects.kept().filter(lesson=lesson).in_order().select_related("courseware")
    )
    rank = {code: number for number, code in enumerate(codes)}
    wanted = sorted(present, key=lambda each: rank.get(each.courseware.code, len(rank)))
    pairs = zip(present, wanted, strict=True)
    first = next((n for n, (old, new) in enumerate(pairs) if old.pk != new.pk), None)
    if first is None:
        return
    start = _last_position(lesson.pk) + 1
    if start + len(wanted) > LARGEST_POSITION:
        first = start = 0
    for number, binding in enumerate(wanted[first:], start=start):
        binding.position = number
        _make_due(binding, timezone.now())
    Binding.objects.bulk_update(wanted[first:], ["position", *due_columns(timezone.now())])
    enqueue_on_commit("courseware.sync_bindings")


@transaction.atomic
def move(binding: Binding, *, by: int) -> None:
    """Move courseware so many places down its lesson's order, or up; not beyond the ends."""
    lock_lesson(binding.lesson_id)
    order = Binding.objects.kept().filter(lesson=binding.lesson_id).in_order()
    codes = list(order.values_list("courseware__code", flat=True))
    if binding.courseware.code not in codes:
        return  # taken out meanwhile
    place = codes.index(binding.courseware.code)
    codes.insert(max(place + by, 0), codes.pop(place))
    reorder(binding.lesson, codes)


def lock_lesson(lesson_id: int) -> bool:
    """Serialise changes to a lesson's courseware; return whether it is there.

    Then nobody deletes it until the transaction ends.
    """
    return bool(_LOCKED.rows(lesson_id=lesson_id))


def lock_lessons(lessons: LessonQuerySet) -> list[int]:
    """Serialise changes to the courseware of these lessons; return the lessons' ids.

    In one statement and one order, against deadlocks. Joins would be locked too.
    """
    return list(locking(lessons))


def locking(lessons: LessonQuerySet) -> QuerySet[Lesson, int]:
    """The query of `lock_lessons`, for a statement."""
    return lessons.order_by("pk").select_for_update(no_key=True).values_list("pk", flat=True)


_LOCKED = Statement(lambda lesson_id: locking(Lesson.objects.filter(pk=lesson_id)))


def require_kept(courseware: Courseware) -> None:
    """Hold courseware for the transaction, so that nobody deletes it while it is bound.

    Raises:
        CoursewareGone: somebody deleted it already.
    """
    kept = Courseware.objects.kept().filter(pk=courseware.pk)
    if not list(kept.select_for_update(no_key=True).values_list("pk")):
        raise CoursewareGone


def next_position(lesson_id: int, *, count: int = 1) -> int:
    """The first of so many positions behind all that the lesson has.

    When the numbers run out, they begin again.
    """
    last = _last_position(lesson_id)
    if last + count <= LARGEST_POSITION:
        return last + 1
    ordered = list(Binding.objects.filter(lesson=lesson_id).in_order())
    for number, binding in enumerate(ordered):
        binding.position = number
    Binding.objects.bulk_update(ordered, ["position"])
    return len(ordered)


def _last_position(lesson_id: int) -> int:
    last = Binding.objects.filter(lesson=lesson_id).aggregate(last=Max("position"))["last"]
    return -1 if last is None else int(last)


def take_away(bindings: BindingQuerySet, at: dt.datetime, *, is_from_course: bool = False) -> None:
    """Mark bindings as taken away; those of which the cloud knows nothing are over at once.

    With `is_from_course` somebody did not want what the course brings. The caller holds the lessons.
    """
    pks = list(bindings.filter(removed_at=None).values_list("pk", flat=True))
    mine = Binding.objects.filter(pk__in=pks)
    mine.update(removed_at=at, is_from_course=is_from_course, **due_columns(at))
    # A lease that ran out may be that of a worker which was killed after it had told the cloud.
    for binding in mine.filter(leased_until=None, bound_document_id="").select_related("lesson"):
        end_removed(binding)
    enqueue_on_commit("courseware.sync_bindings")


def end_removed(binding: Binding) -> None:
    """Delete a binding that was taken away, after the cloud was told.

    Where its course would bring back at the next change of the lesson what somebody took out of it, the
    row stays as a note that it is not wanted there.
    """
    if binding.is_from_course and _is_brought(binding):
        Binding.objects.filter(pk=binding.pk).update(
            bound_room=None, bound_document_id="", bound_position=None, due_at=None
        )
    else:
        binding.delete()


def _is_brought(binding: Binding) -> bool:
    """Tell whether the lesson's course brings it, now."""
    brought = course_bindings_of(binding.lesson).filter(courseware=binding.courseware_id)
    return brought.exists()


def course_bindings_of(lesson: Lesson) -> QuerySet[CourseBinding]:
    """Return what the lesson's course brings into it; also for the teacher whom somebody stands in for."""
    absent = Substitution.objects.filter(lesson=lesson).values("absent_teacher")
    whose = Q(teacher=None) | Q(teacher=lesson.teacher_id) | Q(teacher__in=absent)
    return CourseBinding.objects.filter(whose, course=lesson.course_id).order_by("position", "pk")


def due_columns(at: dt.datetime) -> dict[str, object]:
    """Return the values to set when the cloud has to learn of something new: earlier failures are over."""
    return {"due_at": at, "attempts": 0, "trouble": "", "last_error": ""}


def _make_due(binding: Binding, at: dt.datetime) -> None:
    for name, value in due_columns(at).items():
        setattr(binding, name, value)
