"""Tests of what the cloud tells of an erased person later: it is kept without the person."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from django.utils import timezone

from accounts.erasing.late_callbacks import TOLD_FOR, strike_late_callbacks
from accounts.models import Erasure, User
from classroom.models import CallbackEvent
from tests.factories.attendance import cloud_id
from tests.factories.classroom import CallbackEventFactory
from tests.support.erasing import ERASED, erased, somebody

pytestmark = pytest.mark.django_db


@pytest.fixture
def person() -> User:
    return somebody()


def payload_of(event: CallbackEvent) -> Any:
    return json.loads(CallbackEvent.objects.get(pk=event.pk).data)


def late(data: object) -> CallbackEvent:
    event: CallbackEvent = CallbackEventFactory.create(data=json.dumps(data))
    return event


def test_the_id_goes_and_every_text_beside_it(person: User):
    user_id, other = cloud_id(person), cloud_id(somebody("司马青云"))
    erased(person)
    joined = late({"RoomId": 1, "UserId": user_id, "Nickname": "明月", "Device": 5})
    listed = late({"RoomId": 1, "Users": [user_id, other]})
    of_other = late({"RoomId": 1, "UserId": other, "Nickname": "司马青云"})

    strike_late_callbacks(timezone.now())

    assert payload_of(joined) == {"RoomId": 1, "UserId": ERASED, "Nickname": ERASED, "Device": 5}
    assert payload_of(listed) == {"RoomId": 1, "Users": [ERASED, other]}
    assert payload_of(of_other) == {"RoomId": 1, "UserId": other, "Nickname": "司马青云"}


def test_what_is_no_object_stays_and_nobody_minds(person: User):
    cloud_id(person)
    erased(person)
    events = [late(data) for data in (None, 7, [], [1, "text"], "text", {"a": {"b": [None]}})]

    strike_late_callbacks(timezone.now())

    assert [payload_of(event) for event in events] == [
        None,
        7,
        [],
        [1, "text"],
        "text",
        {"a": {"b": [None]}},
    ]


def test_when_nobody_can_come_any_more_callbacks_are_not_read(
    person: User, django_assert_num_queries: Any
):
    user_id = cloud_id(person)
    erased(person)
    event = late({"UserId": user_id})
    Erasure.objects.update(erased_at=timezone.now() - TOLD_FOR - dt.timedelta(minutes=1))

    with django_assert_num_queries(1):
        strike_late_callbacks(timezone.now())

    assert payload_of(event) == {"UserId": user_id}
