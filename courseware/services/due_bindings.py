"""Courseware of lessons that is to be synced; said as statements, of which a run asks some for each row."""

from __future__ import annotations

import datetime as dt

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery

from courseware.enums import CoursewareState
from courseware.models import Binding, Courseware
from edu_platform.lib.batches import ROWS_A_STATEMENT
from edu_platform.lib.statements import NO_KEY, Statement
from schedule.enums import CloudStatus, LessonState
from schedule.models import Room

# Classes overrun; later than this nothing new is added.
AFTER_THE_END = dt.timedelta(hours=2)


def differing(at: dt.datetime) -> list[int]:
    """The keys of what should be in a room and is not, or should not and is, and is not due yet."""
    return _DIFFERING.rows(ended_after=at - AFTER_THE_END)


def _differing_query(ended_after: dt.datetime) -> QuerySet[Binding, int]:
    room = Room.objects.current().open().filter(lesson=OuterRef("lesson"))
    idle = Binding.objects.filter(
        due_at=None, removed_at=None, lesson__ends_at__gt=ended_after
    ).annotate(
        room=Subquery(room.values("pk")[:1]), status=Subquery(room.values("cloud_status")[:1])
    )
    superseded = Courseware.objects.filter(
        version_of=OuterRef("courseware"),
        superseded_at__isnull=False,
        document_id=OuterRef("bound_document_id"),
    )
    # A class that runs keeps the version with which it began.
    has_document = Q(bound_document_id=F("courseware__document_id")) | Q(
        Exists(superseded), status=CloudStatus.RUNNING
    )
    told_all = Q(has_document, bound_room=F("room"), bound_shown_at_once=F("is_shown_at_once"))
    is_out_of_order = Q(bound_position=None) | ~Q(bound_position=F("position"))
    differs = Q(bound_room=None) | ~told_all | Q(is_out_of_order, status=CloudStatus.NOT_STARTED)
    should_be_there = Q(
        courseware__state=CoursewareState.READY,
        courseware__deleted_at=None,
        lesson__state=LessonState.PUBLISHED,
        room__isnull=False,
    )
    is_unwanted = Q(lesson__state=LessonState.CANCELLED) | Q(courseware__deleted_at__isnull=False)
    should_leave = is_unwanted & Q(bound_room__isnull=False)
    found = idle.filter(should_be_there & differs | should_leave).order_by("pk")
    return found.values_list("pk", flat=True)[:ROWS_A_STATEMENT]


_DIFFERING = Statement(_differing_query)


def lessons(at: dt.datetime) -> list[tuple[int, str]]:
    """The lesson and the trouble of all that is due, the next lesson first."""
    return _LESSONS.rows(at=at)


_LESSONS = Statement(
    lambda at: (
        Binding.objects.filter(due_at__lte=at)
        .order_by("lesson__starts_at", "lesson")
        .values_list("lesson", "trouble")
    )
)


def next_of(lesson_id: int, token: str, *, but: list[int], at: dt.datetime) -> Binding | None:
    """Return what comes next of a lesson that was leased, after these."""
    return _NEXT.first(lesson_id=lesson_id, token=token, but=but or [NO_KEY], at=at)


def all_of(lesson_id: int, token: str, *, but: list[int], at: dt.datetime) -> QuerySet[Binding]:
    """All that is due of a lesson that was leased, without these. Removals first: they make room.

    Asked only when the cloud is silent, so it is no statement.
    """
    order = (F("removed_at").asc(nulls_last=True), "position", "pk")
    mine = Binding.objects.filter(lesson=lesson_id, lease_token=token, due_at__lte=at)
    return mine.exclude(pk__in=but).order_by(*order)


_NEXT = Statement(
    lambda **what: all_of(**what).select_related("courseware", "lesson", "bound_room")[:1],
    never_empty=["but"],
)


def is_superseded_in(binding: Binding, room: Room) -> bool:
    """Return whether a room has an earlier version of the courseware, as far as is known for certain.

    A change that was tried and failed may have taken it out already.
    """
    document_id = binding.bound_document_id
    if binding.bound_room_id != room.pk or binding.attempts:
        return False
    if document_id in ("", binding.courseware.document_id):
        return False
    versions = Courseware.objects.filter(version_of=binding.courseware_id)
    return versions.filter(superseded_at__isnull=False, document_id=document_id).exists()


def open_room_of(lesson_id: int) -> Room | None:
    """The room of a lesson in which its class is to be held, or runs."""
    return _OPEN_ROOM.first(lesson_id=lesson_id)


_OPEN_ROOM = Statement(
    lambda lesson_id: Room.objects.current().open().filter(lesson=lesson_id).order_by("pk")[:1]
)
