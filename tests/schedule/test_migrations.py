"""Rows that were there before a migration are what they were after it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from schedule.models import RoomPolling

pytestmark = pytest.mark.django_db(transaction=True)

BEFORE = ("schedule", "0006_recordings_refused")
AFTER = ("schedule", "0007_rooms_due")


def migrate(target: tuple[str, str]) -> Any:
    executor = MigrationExecutor(connection)
    executor.migrate([target])
    return MigrationExecutor(connection).loader.project_state([target]).apps


@pytest.fixture
def apps_before() -> Iterator[Any]:
    yield migrate(BEFORE)
    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes())


def test_rooms_keep_their_turn_and_what_waits_is_due(apps_before: Any):
    rooms, at = apps_before.get_model("schedule", "Room").objects, timezone.now()
    common = {"sdk_app_id": 1, "claim": "theirs", "claimed_until": at, "failed_tries": 3}
    flagged = {"must_change_in_cloud": True}
    rooms.create(room_id=1, next_try_at=at, last_error="no", **flagged, **common)
    rooms.create(room_id=2, next_try_at=None, **flagged, **common)
    rooms.create(room_id=3, next_try_at=None, **common)

    after = migrate(AFTER).get_model("schedule", "Room").objects.order_by("room_id")

    assert [(room.lease_token, room.leased_until, room.attempts) for room in after] == [
        ("theirs", at, 3)
    ] * 3
    first, second, third = after
    assert (first.due_at, first.last_error) == (at, "no")
    assert second.due_at is not None
    assert third.due_at is None


@pytest.fixture
def columns_of_put_off() -> Iterator[Any]:
    yield migrate(("schedule", "0007_rooms_due"))
    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes())


def test_rooms_that_were_put_off_stay_so(columns_of_put_off: Any):
    rooms, at = columns_of_put_off.get_model("schedule", "Room").objects, timezone.now()
    rooms.create(room_id=1, sdk_app_id=1, unanswered_since=at, next_look_at=at)
    rooms.create(room_id=2, sdk_app_id=1, next_look_at=at)
    rooms.create(room_id=3, sdk_app_id=1)

    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes())

    columns = ("room__room_id", "unreachable_since", "due_at")
    assert set(RoomPolling.objects.values_list(*columns)) == {(1, at, at), (2, None, at)}
    back = migrate(("schedule", "0007_rooms_due")).get_model("schedule", "Room").objects
    assert set(back.values_list("room_id", "unanswered_since", "next_look_at")) == {
        (1, at, at),
        (2, None, at),
        (3, None, None),
    }


@pytest.fixture
def groups_without_code() -> Iterator[Any]:
    yield migrate(("schedule", "0013_fields_of_rooms_have_names"))
    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes())


def test_class_groups_get_codes_of_their_own(groups_without_code: Any):
    groups = groups_without_code.get_model("schedule", "ClassGroup").objects
    for name in ("一班", "二班", "三班"):
        groups.create(name=name)

    after = migrate(("schedule", "0015_codes_of_class_groups_once"))

    codes = after.get_model("schedule", "ClassGroup").objects.values_list("code", flat=True)
    assert len(set(codes)) == 3
    assert all(len(code) == 12 for code in codes)
