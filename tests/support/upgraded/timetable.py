"""Rooms with work to do, rooms that were put off, and class groups without codes."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db.migrations.state import StateApps

from schedule.models import ClassGroup, Room, RoomPolling

MOVED = ("schedule", "0010_no_put_off_questions_among_the_columns_of_rooms")
BEFORE = ("schedule", "0007_rooms_due")
LEASED = (1, 2, 3)
PUT_OFF = (4, 5)


def put(old: StateApps, at: dt.datetime) -> None:
    rooms: Any = old.get_model("schedule", "Room").objects
    common = {"sdk_app_id": 1, "claim": "theirs", "claimed_until": at, "failed_tries": 3}
    flagged = {"must_change_in_cloud": True}
    rooms.create(room_id=1, next_try_at=at, last_error="no", **flagged, **common)
    rooms.create(room_id=2, next_try_at=None, **flagged, **common)
    rooms.create(room_id=3, next_try_at=None, **common)
    rooms.create(room_id=4, sdk_app_id=1, unanswered_since=at, next_look_at=at)
    rooms.create(room_id=5, sdk_app_id=1, next_look_at=at)


def assert_back(old: StateApps, at: dt.datetime) -> None:
    rooms = old.get_model("schedule", "Room").objects.filter(room_id__in=(3, *PUT_OFF))
    assert set(rooms.values_list("room_id", "unanswered_since", "next_look_at")) == {
        (3, None, None),
        (4, at, at),
        (5, None, at),
    }


def assert_kept(at: dt.datetime) -> None:
    rooms_keep_their_turn_and_what_waits_is_due(at)
    rooms_that_were_put_off_stay_so(at)
    class_groups_have_codes_of_their_own()


def rooms_keep_their_turn_and_what_waits_is_due(at: dt.datetime) -> None:
    rooms = Room.objects.filter(room_id__in=LEASED).order_by("room_id")
    assert [(room.lease_token, room.leased_until, room.attempts) for room in rooms] == [
        ("theirs", at, 3)
    ] * 3
    first, second, third = rooms
    assert (first.due_at, first.last_error) == (at, "no")
    assert second.due_at is not None
    assert third.due_at is None


def rooms_that_were_put_off_stay_so(at: dt.datetime) -> None:
    polled = RoomPolling.objects.filter(room__room_id__in=(*LEASED, *PUT_OFF))
    assert set(polled.values_list("room__room_id", "unreachable_since", "due_at")) == {
        (4, at, at),
        (5, None, at),
    }


def class_groups_have_codes_of_their_own() -> None:
    codes = ClassGroup.objects.values_list("code", flat=True)
    assert len(set(codes)) == len(codes) >= 3
    assert all(len(code) == 12 for code in codes)
