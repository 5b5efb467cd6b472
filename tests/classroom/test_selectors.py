"""The kept callbacks about a room: the first of each type."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from classroom.enums import EventState
from classroom.selectors import KeptCall, first_received, kept_calls
from tests.factories.classroom import CallbackEventFactory

pytestmark = pytest.mark.django_db

MINUTE = dt.timedelta(minutes=1)
ROOM = 3_461_739


@pytest.mark.parametrize(
    ("first", "later", "is_waiting"),
    [
        (EventState.WAITING, EventState.PROCESSED, True),
        (EventState.PROCESSED, EventState.WAITING, False),
        (EventState.DEAD, EventState.WAITING, False),
    ],
)
def test_first_of_each_type_counts(first: EventState, later: EventState, is_waiting: Any):
    at = timezone.now()
    for number, state in enumerate((first, later, later)):
        CallbackEventFactory.create(received_at=at + number * MINUTE, state=state)
    CallbackEventFactory.create(received_at=at, event_type="RoomEnd")
    CallbackEventFactory.create(received_at=at - MINUTE, room_id=1)

    kept = kept_calls(ROOM, ["RoomStart", "RecordFinish"])

    assert kept == {"RoomStart": KeptCall(at, is_waiting=is_waiting)}
    assert first_received(ROOM, ["RoomStart", "RecordFinish"]) == {"RoomStart": at}


def test_however_many_came_one_row_of_each_type_is_fetched():
    for _number in range(3):
        CallbackEventFactory.create()
        CallbackEventFactory.create(event_type="RoomEnd")

    with CaptureQueriesContext(connection) as asked:
        kept = kept_calls(ROOM, ["RoomStart", "RoomEnd"])

    (question,) = (query["sql"] for query in asked)
    with connection.cursor() as cursor:
        cursor.execute(question)
        assert len(cursor.fetchall()) == len(kept) == 2
