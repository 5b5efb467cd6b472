"""What writes of several lessons share: their rows, whom they take, and their rooms in the cloud."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from edu_platform.lib.batches import in_batches
from edu_platform.lib.queueing import enqueue_on_commit
from edu_platform.lib.statements import Statement
from schedule.models import Lesson, Occupation, Room


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


@transaction.atomic
def vacate(lessons: Iterable[Lesson]) -> None:
    """Free everybody whom these lessons take, before each of them is changed.

    For changes of several lessons at once, in which people may swap places.
    """
    Occupation.objects.filter(lesson__in=lessons).delete()


def check_exclusion_now() -> None:
    """Let PostgreSQL check its deferred constraint here, where the cause is still known.

    Raises:
        IntegrityError: somebody is taken twice, which only the database saw.
    """
    connection = transaction.get_connection()
    if connection.vendor != "postgresql":
        return
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")


def request_room_sync(lesson_ids: Iterable[int]) -> None:
    """Have workers tell the cloud what became of the rooms of these lessons, and make those that are missing."""
    at = timezone.now()
    room_pks: list[int] = []
    for batch in in_batches(lesson_ids):
        room_pks += Room.objects.current().filter(lesson__in=batch).values_list("pk", flat=True)
    for batch in in_batches(sorted(room_pks)):
        rooms = Room.objects.current().filter(pk__in=batch)
        rooms.update_in_order(must_change_in_cloud=True, due_at=at, attempts=0)
    enqueue_on_commit("schedule.sync_rooms")
    enqueue_on_commit("schedule.make_rooms_ahead")
