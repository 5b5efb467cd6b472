"""What a platform that is in use keeps when its tables get other names."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.contrib.contenttypes.models import ContentType
from django.utils import timezone

from replays.models import PlaybackUse, Replay, ReplayEvent, ReplayFile, ReplayPurge
from schedule.enums import RoomType
from schedule.models import Room
from tests.support.migrations import end_with_all, migrate, migrate_all

pytestmark = pytest.mark.django_db(transaction=True)

BEFORE = "0004_search_and_list_columns"
BEFORE_PURGES = "0007_words_of_the_trash_and_of_callbacks"
BEFORE_ORDER = "0010_no_deletions_among_the_columns_of_replays"
MINUTE = dt.timedelta(minutes=1)


def test_rows_keep_what_they_say():
    """One way back and forward for all migrations of rows: most of a test's time is the way."""
    with end_with_all():
        questions_events_and_uses_are_kept()
        deletions_keep_their_turn_their_tries_and_their_reason()
        failed_ones_move_to_their_place_by_time()


def questions_events_and_uses_are_kept() -> None:
    old, at = migrate(("replays", BEFORE)), timezone.now()
    replay = old.get_model("replays", "Replay").objects.create(
        code="kept",
        room_type=RoomType.INTERACTIVE,
        title="旧回放",
        planned_start=at,
        planned_end=at,
        listed_at=at,
        room_id=Room.objects.create(sdk_app_id=1, room_id=347).pk,
        asks=3,
        next_ask_at=at + MINUTE,
        unanswered_since=at,
        last_error="CloudUnavailable: no answer",
    )
    old.get_model("replays", "Step").objects.create(replay=replay, kind="silent", at=at)
    file = old.get_model("replays", "ReplayFile").objects.create(
        replay=replay, number=1, source="poll", first_seen_at=at
    )
    old.get_model("replays", "Use").objects.create(file=file, visitor="x", kind="play", at=at)
    step_type = ContentType.objects.get(app_label="replays", model="step").pk

    migrate_all()

    kept = Replay.objects.get(code="kept")
    assert (kept.due_at, kept.unreachable_since, kept.asks) == (at + MINUTE, at, 3)
    assert (kept.attempts, kept.lease_token, kept.leased_until) == (0, "", None)
    assert kept.last_error == "CloudUnavailable: no answer"
    assert list(Replay.objects.due(at + MINUTE)) == [kept]
    assert [event.kind for event in ReplayEvent.objects.filter(replay=kept)] == ["silent"]
    assert [use.visitor for use in PlaybackUse.objects.filter(file__replay=kept)] == ["x"]
    ContentType.objects.clear_cache()
    assert ContentType.objects.get(pk=step_type).model == "replayevent"
    PlaybackUse.objects.all().delete()
    ReplayFile.objects.all().delete()
    kept.delete()
    Room.objects.all().delete()


def deletions_keep_their_turn_their_tries_and_their_reason() -> None:
    old, at = migrate(("replays", BEFORE_PURGES)), timezone.now()
    columns: dict[str, dict[str, Any]] = {
        "kept": {},
        "trashed": {"deleted_at": at, "purge_at": at + MINUTE},
        "refused": {
            "deleted_at": at,
            "purge_at": at + MINUTE,
            "purge_tries": 3,
            "purge_error": "StillListed: it is there",
        },
        "gone": {"deleted_at": at, "purged_at": at, "purge_tries": 1},
    }
    for number, (code, own) in enumerate(columns.items(), start=1):
        old.get_model("replays", "Replay").objects.create(
            code=code,
            room_type=RoomType.INTERACTIVE,
            title="旧回放",
            planned_start=at,
            planned_end=at,
            listed_at=at,
            room_id=Room.objects.create(sdk_app_id=1, room_id=number).pk,
            **own,
        )

    migrate_all()

    names = ("replay__code", "due_at", "attempts", "last_error", "has_begun")
    assert set(ReplayPurge.objects.values_list(*names)) == {
        ("trashed", at + MINUTE, 0, "", False),
        ("refused", at + MINUTE, 3, "StillListed: it is there", True),
        ("gone", None, 1, "", True),
    }
    migrate(("replays", BEFORE_PURGES))
    back = old.get_model("replays", "Replay").objects.order_by("pk")
    for replay in back:
        was = {"purge_at": None, "purge_tries": 0, "purge_error": "", **columns[replay.code]}
        assert {name: getattr(replay, name) for name in was} == was
    back.all().delete()
    Room.objects.all().delete()


def failed_ones_move_to_their_place_by_time() -> None:
    old, start = migrate(("replays", BEFORE_ORDER)), timezone.now()
    end, made = start + 45 * MINUTE, start + 40 * MINUTE
    kinds: dict[str, dict[str, Any]] = {
        "failed": {"state": "failed", "reason": "given_up", "made_at": made, "listed_at": made},
        "untold": {"state": "failed", "reason": "given_up", "listed_at": start},
        "waits": {"state": "processing", "reason": "ended", "listed_at": start},
        "ready": {"state": "ready", "reason": "found", "listed_at": made, "list_rank": 1},
    }
    for number, (code, own) in enumerate(kinds.items(), start=1):
        old.get_model("replays", "Replay").objects.create(
            code=code,
            room_type=RoomType.INTERACTIVE,
            title="旧回放",
            planned_start=start,
            planned_end=end,
            room_id=Room.objects.create(sdk_app_id=1, room_id=number).pk,
            **own,
        )

    migrate_all()

    places = Replay.objects.values_list("code", "list_rank", "listed_at")
    assert set(places.all()) == {
        ("failed", 1, made),
        ("untold", 1, end),
        ("waits", 0, start),
        ("ready", 1, made),
    }
    migrate(("replays", BEFORE_ORDER))
    assert set(places.all()) == {
        ("failed", 0, made),
        ("untold", 0, start),
        ("waits", 0, start),
        ("ready", 1, made),
    }
