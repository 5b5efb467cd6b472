"""Courseware of a course: in its coming lessons, and in those made later."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Collection, Iterable
from typing import Any

from django.db import transaction
from django.db.models import Exists, Max, OuterRef, Q, QuerySet
from django.utils import timezone

from accounts.models import User
from courseware.enums import Release
from courseware.models import Binding, CourseBinding, Courseware
from courseware.services.binding import (
    LARGEST_POSITION,
    course_bindings_of,
    due_columns,
    lock_lessons,
    locking,
    next_position,
    require_kept,
    take_away,
)
from edu_platform.lib.batches import ROWS_A_STATEMENT, in_batches
from edu_platform.lib.due import Rules, each_batch
from edu_platform.lib.queueing import enqueue_on_commit
from edu_platform.lib.statements import Statement
from schedule.enums import LessonState
from schedule.models import Course, Lesson, LessonQuerySet, Substitution

# The database alone is asked, and a run takes no more than one statement's rows.
BRINGING = Rules(name="lessons without what their course brings", limit_s=math.inf)


@transaction.atomic
def bind_to_course(
    *,
    courseware: Courseware,
    course: Course,
    teacher: User | None = None,
    is_shown_at_once: bool = False,
    release: str = Release.NEVER,
    at: dt.datetime,
) -> CourseBinding:
    """Have courseware in the coming lessons of a course, and in those made later.

    With `teacher` only in the lessons that this person gives, or somebody in their place. Bound again, the
    other choices are taken; what a lesson has by itself stays as it is.

    Raises:
        CoursewareGone: somebody deleted it meanwhile.
    """
    coming = _coming_lessons(at).filter(course=course)
    if teacher is not None:
        stood_in_for = Substitution.objects.filter(absent_teacher=teacher).values("lesson")
        coming = coming.filter(Q(teacher=teacher) | Q(pk__in=stood_in_for))
    lessons = _locked(coming)
    require_kept(courseware)
    choices = {"is_shown_at_once": is_shown_at_once, "release": release}
    binding, _is_new = CourseBinding.objects.update_or_create(
        courseware=courseware,
        course=course,
        teacher=teacher,
        defaults=choices,
        create_defaults={**choices, "position": _next_position(course)},
    )
    brought = Binding.objects.filter(
        courseware=courseware, lesson__in=lessons, is_from_course=True, removed_at=None
    )
    brought.update(**choices, **due_columns(at))
    for lesson in lessons:
        _bring(lesson, [binding], at)
    enqueue_on_commit("courseware.sync_bindings")
    return binding


def _next_position(course: Course) -> int:
    """A position behind all that the course has; when the numbers run out, they begin again."""
    there = CourseBinding.objects.filter(course=course)
    last = there.aggregate(last=Max("position"))["last"]
    if last is None or last < LARGEST_POSITION:
        return 0 if last is None else int(last) + 1
    ordered = list(there.order_by("position", "pk").select_for_update(no_key=True))
    for number, binding in enumerate(ordered):
        binding.position = number
    CourseBinding.objects.bulk_update(ordered, ["position"])
    return len(ordered)


@transaction.atomic
def unbind_from_course(bindings: Iterable[CourseBinding], *, at: dt.datetime) -> None:
    """Take courseware out of courses, and out of the coming lessons that have it from there."""
    for binding in bindings:
        _unbind_one(binding, at)


def _unbind_one(binding: CourseBinding, at: dt.datetime) -> None:
    course_id, courseware_id = binding.course_id, binding.courseware_id
    having = Binding.objects.filter(courseware=courseware_id).values("lesson")
    lessons = _locked(Lesson.objects.filter(course=course_id, pk__in=having))
    binding.delete()
    for lesson in lessons:
        if _is_coming(lesson, at):
            _let_go(lesson, at, courseware=courseware_id)
    if CourseBinding.objects.filter(courseware=courseware_id, course=course_id).exists():
        return  # for another teacher's lessons
    # That it was not wanted in some lesson says nothing any more.
    unwanted = Binding.objects.filter(courseware=courseware_id, lesson__in=lessons)
    unwanted = unwanted.exclude(removed_at=None)
    unwanted.filter(due_at=None).delete()
    unwanted.update(is_from_course=False)


@transaction.atomic
def follow_lessons(lesson_ids: Collection[int]) -> None:
    """Give lessons that were made, or changed hands, what their course brings; take away what it no
    longer does. Safe to repeat.
    """
    at = timezone.now()
    losing: list[Lesson] = []
    gaining: list[Lesson] = []
    for some_ids in in_batches(sorted(lesson_ids)):
        _LOCKED.rows(lesson_ids=some_ids)
        lessons: list[Any] = _CONCERNED.rows(lesson_ids=some_ids, at=at)
        losing += [lesson for lesson in lessons if lesson.loses]
        gaining += [lesson for lesson in lessons if lesson.gains]
    for lesson in losing:
        _let_go(lesson, at)
    for lesson in gaining:
        _bring(lesson, course_bindings_of(lesson), at)
    if losing or gaining:
        enqueue_on_commit("courseware.sync_bindings")


def _concerned_query(lesson_ids: list[int], at: dt.datetime) -> LessonQuerySet:
    """Return those of these lessons to come that have something from their course, or may get something."""
    bringing = CourseBinding.objects.filter(course=OuterRef("course"))
    brought = Binding.objects.filter(lesson=OuterRef("pk"), is_from_course=True)
    coming = _coming_lessons(at).filter(pk__in=lesson_ids).in_page_order()
    coming = coming.annotate(loses=Exists(brought), gains=Exists(bringing))
    return coming.filter(Q(loses=True) | Q(gains=True))


_LOCKED = Statement(lambda lesson_ids: locking(Lesson.objects.filter(pk__in=lesson_ids)))
_CONCERNED = Statement(_concerned_query)


def bring_missing(at: dt.datetime) -> None:
    """Give lessons what their course brings and they do not have.

    A lesson that is made at the same moment as its course gets courseware, neither transaction seeing
    the other, would go without.
    """
    lesson_ids = _LACKING.rows(at=at)
    each_batch(BRINGING, [(lesson_ids, follow_lessons)], at)


def _lacking_query(at: dt.datetime) -> QuerySet[Lesson, int]:
    held = Binding.objects.filter(
        _is_held(), lesson=OuterRef(OuterRef("pk")), courseware=OuterRef("courseware")
    )
    given_by = Q(teacher=OuterRef("teacher")) | Q(teacher=OuterRef("substitution__absent_teacher"))
    whose = Q(teacher=None) | given_by
    missing = CourseBinding.objects.filter(whose, ~Exists(held), course=OuterRef("course"))
    lessons = _coming_lessons(at).filter(Exists(missing)).order_by("pk")
    return lessons.values_list("pk", flat=True)[:ROWS_A_STATEMENT]


_LACKING = Statement(_lacking_query)


@transaction.atomic
def follow_rooms(room_ids: Collection[int]) -> None:
    """Have what a lesson's class should have bound in its new room, without waiting for a later try."""
    at = timezone.now()
    pks = _OF_ROOMS.rows(room_ids=list(room_ids))
    if pks:
        # The caller, which tells of rooms, holds their lessons.
        Binding.objects.filter(pk__in=pks, due_at__gt=at).update(due_at=at)
        enqueue_on_commit("courseware.sync_bindings")


_OF_ROOMS = Statement(
    lambda room_ids: Binding.objects.filter(lesson__rooms__pk__in=room_ids).values_list(
        "pk", flat=True
    )
)


def _locked(lessons: LessonQuerySet) -> list[Lesson]:
    """Lock lessons, and return them as they are then, in the order of the timetable."""
    ids = lock_lessons(lessons)
    return list(Lesson.objects.filter(pk__in=ids).in_page_order())


def _is_coming(lesson: Lesson, at: dt.datetime) -> bool:
    return lesson.ends_at > at and not lesson.is_cancelled


def _coming_lessons(at: dt.datetime) -> LessonQuerySet:
    return Lesson.objects.filter(ends_at__gt=at).exclude(state=LessonState.CANCELLED)


def _bring(lesson: Lesson, course_bindings: Iterable[CourseBinding], at: dt.datetime) -> None:
    """Give the lesson what it does not have yet, in the order of the course."""
    held = Binding.objects.filter(_is_held(), lesson=lesson)
    there = set(held.values_list("courseware", flat=True))
    missing: dict[int, CourseBinding] = {}
    for brought in course_bindings:
        if brought.courseware_id not in there:
            missing.setdefault(brought.courseware_id, brought)
    start = next_position(lesson.pk, count=len(missing))
    rows = [
        Binding(
            courseware_id=courseware_id,
            lesson=lesson,
            position=position,
            is_shown_at_once=brought.is_shown_at_once,
            release=brought.release,
            is_from_course=True,
            due_at=at,
        )
        for position, (courseware_id, brought) in enumerate(missing.items(), start=start)
    ]
    # What is only about to leave stays; where it is in the cloud is the worker's to write.
    Binding.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["courseware", "lesson"],
        update_fields=[
            *("position", "removed_at", "is_shown_at_once", "release", "is_from_course"),
            *due_columns(at),
        ],
    )


def _is_held() -> Q:
    """Select what a lesson has, or was told that it is not wanted there."""
    return Q(removed_at=None) | Q(is_from_course=True)


def _let_go(lesson: Lesson, at: dt.datetime, **which: int) -> None:
    """Take away what came with a course that no longer brings it."""
    still = course_bindings_of(lesson).values("courseware")
    from_course = Binding.objects.filter(Q(**which), lesson=lesson, is_from_course=True)
    take_away(from_course.exclude(courseware__in=still), at)
