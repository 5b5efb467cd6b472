"""The beginning of a class, what of its lesson changes from then on, and until when a lesson can be deleted.

A class has begun once any room of its lesson has: also a room that was put aside since, because the lesson was
opened again. From then on its title, class groups and the like change; where and with whom it is held does not.

One exception: while the current room of a lesson that was opened again has not begun, its teacher and assistants
may still change, so that somebody can stand in. Its date and time may not: a class was held at that time.

In queries, `Lesson.objects.begun()` and its neighbours say the same.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Container, Iterable, Mapping, Set
from enum import Enum, auto
from typing import Protocol

from django.utils import timezone
from django.utils.translation import gettext

from edu_platform.lib.batches import in_batches
from schedule.enums import BEGUN, CloudStatus
from schedule.models import Lesson, LessonSnapshot, Room
from schedule.models.lessons import room_has_begun


class Begun(Enum):
    """The extent to which the class of a lesson has begun."""

    # It was held in a room that was put aside, and nobody has begun it again.
    OPENED_AGAIN = auto()
    IN_CURRENT_ROOM = auto()


# These fields do not change once the lesson's class has begun.
FROZEN_FIELDS: Mapping[Begun, frozenset[str]] = {
    Begun.OPENED_AGAIN: frozenset({"starts_at", "ends_at", "room_type", "record_mode"}),
    Begun.IN_CURRENT_ROOM: frozenset(
        {"teacher", "assistants", "starts_at", "ends_at", "room_type", "record_mode"}
    ),
}


class RoomFacts(Protocol):
    """The facts that the cloud has said of a room."""

    @property
    def cloud_status(self) -> int: ...

    @property
    def real_started_at(self) -> dt.datetime | None: ...


def is_begun(room: RoomFacts) -> bool:
    """Return whether the class of this room is being held, or was; `room_has_begun` says it in queries."""
    return room.cloud_status in BEGUN or room.real_started_at is not None


def is_over(room: Room) -> bool:
    """Return whether a class that was begun in this room cannot go on there; `room_is_over` says it in queries."""
    return room.cloud_status == CloudStatus.ENDED or room.gone_at is not None


def begun_among(lesson_ids: Iterable[int | None]) -> dict[int, Begun]:
    """Return those of the lessons whose class has begun; one query for hundreds."""
    begun_by_lesson: dict[int, Begun] = {}
    rooms = Room.objects.filter(room_has_begun()).order_by("is_current")
    for batch in in_batches(pk for pk in lesson_ids if pk is not None):
        # Where both have begun, the current room counts.
        for pk, is_current in rooms.filter(lesson__in=batch).values_list("lesson", "is_current"):
            if pk is not None:
                begun_by_lesson[pk] = Begun.IN_CURRENT_ROOM if is_current else Begun.OPENED_AGAIN
    return begun_by_lesson


def begun_of(lesson: Lesson) -> Begun | None:
    """Return how far the class of a lesson is, or None while nobody has begun it."""
    return begun_among([lesson.pk]).get(lesson.pk)


def has_begun(lesson: Lesson) -> bool:
    return begun_of(lesson) is not None


# --- What follows from it -------------------------------------------------------------------------


def changed_fields(before: LessonSnapshot, after: LessonSnapshot) -> frozenset[str]:
    """Return what differs of the fields that a class freezes once it has begun."""
    pairs = {
        "teacher": (before.teacher.pk, after.teacher.pk),
        "assistants": (before.assistant_ids, after.assistant_ids),
        "starts_at": (before.starts_at, after.starts_at),
        "ends_at": (before.ends_at, after.ends_at),
        "room_type": (before.room_type, after.room_type),
        "record_mode": (before.record_mode, after.record_mode),
    }
    return frozenset(name for name, (was, becomes) in pairs.items() if was != becomes)


def frozen_among(changes: Mapping[int, Set[str]]) -> dict[int, Begun]:
    """Return, of these changed fields by lesson, the lessons that cannot change so any more.

    Asks nothing where only words change.
    """
    begun = begun_among(pk for pk, fields in changes.items() if fields)
    return {pk: how for pk, how in begun.items() if changes[pk] & FROZEN_FIELDS[how]}


def may_be_deleted(lesson: Lesson, begun: Container[int], *, at: dt.datetime) -> bool:
    """Return whether a lesson can be deleted: it is not among those begun, and its time has not come.

    Nobody waits for a draft, so it has no time that could come.
    """
    return lesson.pk not in begun and (lesson.is_draft or lesson.starts_at > at)


def by_now(at: dt.datetime) -> dt.datetime:
    """Return the moment by which to judge what has begun where something was asked for at `at`, and is done now."""
    return max(at, timezone.now())


def frozen_in_words(begun: Begun) -> str:
    if begun is Begun.OPENED_AGAIN:
        return gettext(
            "A class was held before the lesson was opened again: nothing but its title, class groups, teacher"
            " and assistants can change."
        )
    return gettext("The class has begun: nothing but its title and class groups can change.")
