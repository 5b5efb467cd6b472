"""Rows that were there before a migration are what they were after it."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from tests.support.migrations import end_with_all, migrate

pytestmark = pytest.mark.django_db(transaction=True)


def test_rows_keep_what_they_say():
    """One way back and forward for all migrations of rows: most of a test's time is the way."""
    with end_with_all():
        rooms_keep_their_turn_and_what_waits_is_due()
        rooms_that_were_put_off_stay_so()
        class_groups_get_codes_of_their_own()


def rooms_keep_their_turn_and_what_waits_is_due() -> None:
    before = migrate(("schedule", "0006_recordings_refused"))
    rooms, at = before.get_model("schedule", "Room").objects, timezone.now()
    common = {"sdk_app_id": 1, "claim": "theirs", "claimed_until": at, "failed_tries": 3}
    flagged = {"must_change_in_cloud": True}
    rooms.create(room_id=1, next_try_at=at, last_error="no", **flagged, **common)
    rooms.create(room_id=2, next_try_at=None, **flagged, **common)
    rooms.create(room_id=3, next_try_at=None, **common)

    after = rooms_of(migrate(("schedule", "0007_rooms_due"))).order_by("room_id")

    assert [(room.lease_token, room.leased_until, room.attempts) for room in after] == [
        ("theirs", at, 3)
    ] * 3
    first, second, third = after
    assert (first.due_at, first.last_error) == (at, "no")
    assert second.due_at is not None
    assert third.due_at is None
    after.delete()


def rooms_that_were_put_off_stay_so() -> None:
    rooms, at = rooms_of(migrate(("schedule", "0007_rooms_due"))), timezone.now()
    rooms.create(room_id=1, sdk_app_id=1, unanswered_since=at, next_look_at=at)
    rooms.create(room_id=2, sdk_app_id=1, next_look_at=at)
    rooms.create(room_id=3, sdk_app_id=1)

    after = migrate(("schedule", "0010_no_put_off_questions_among_the_columns_of_rooms"))

    polled = after.get_model("schedule", "RoomPolling").objects
    columns = ("room__room_id", "unreachable_since", "due_at")
    assert set(polled.values_list(*columns)) == {(1, at, at), (2, None, at)}
    back = rooms_of(migrate(("schedule", "0007_rooms_due")))
    assert set(back.values_list("room_id", "unanswered_since", "next_look_at")) == {
        (1, at, at),
        (2, None, at),
        (3, None, None),
    }
    back.all().delete()


def rooms_of(apps: Any) -> Any:
    return apps.get_model("schedule", "Room").objects


def class_groups_get_codes_of_their_own() -> None:
    before = migrate(("schedule", "0013_fields_of_rooms_have_names"))
    groups = before.get_model("schedule", "ClassGroup").objects
    for name in ("一班", "二班", "三班"):
        groups.create(name=name)

    after = migrate(("schedule", "0015_codes_of_class_groups_once"))

    codes = after.get_model("schedule", "ClassGroup").objects.values_list("code", flat=True)
    assert len(set(codes)) == 3
    assert all(len(code) == 12 for code in codes)
