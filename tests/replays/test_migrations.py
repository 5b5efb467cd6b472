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
    """One way forward and back for all migrations of rows: most of a test's time is the way."""
    at = timezone.now()
    with end_with_all():
        step_type = make_questions_events_and_uses(migrate(("replays", BEFORE)), at)
        make_deletions(migrate(("replays", BEFORE_PURGES)), at)
        make_failed_ones(migrate(("replays", BEFORE_ORDER)), at)

        migrate_all()

        questions_events_and_uses_are_kept(step_type, at)
        deletions_keep_their_turn_their_tries_and_their_reason(at)
        assert places_of(Replay) == places_by_time(at)

        assert places_of(migrate(("replays", BEFORE_ORDER)).get_model("replays", "Replay")) == {
            **places_by_time(at),
            "failed": (0, at + 40 * MINUTE),
            "untold": (0, at),
        }
        columns_of_deletions_are_back(migrate(("replays", BEFORE_PURGES)), at)


def make_replay(old: Any, code: str, at: dt.datetime, **fields: Any) -> Any:
    """A replay of those days; each has a room of its own."""
    room = Room.objects.create(sdk_app_id=1, room_id=Room.objects.count() + 1)
    fields = {"planned_start": at, "planned_end": at, "listed_at": at, **fields}
    return old.get_model("replays", "Replay").objects.create(
        code=code, room_type=RoomType.INTERACTIVE, title="旧回放", room_id=room.pk, **fields
    )


def make_questions_events_and_uses(old: Any, at: dt.datetime) -> int:
    """Make a replay that was asked for, and return the type of its events."""
    replay = make_replay(
        old,
        "asked",
        at,
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
    return ContentType.objects.get(app_label="replays", model="step").pk


def questions_events_and_uses_are_kept(step_type: int, at: dt.datetime) -> None:
    kept = Replay.objects.get(code="asked")
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


def columns_of_deletions(at: dt.datetime) -> dict[str, dict[str, Any]]:
    return {
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


def make_deletions(old: Any, at: dt.datetime) -> None:
    for code, own in columns_of_deletions(at).items():
        make_replay(old, code, at, **own)


def deletions_keep_their_turn_their_tries_and_their_reason(at: dt.datetime) -> None:
    names = ("replay__code", "due_at", "attempts", "last_error", "has_begun")
    assert set(ReplayPurge.objects.values_list(*names)) == {
        ("trashed", at + MINUTE, 0, "", False),
        ("refused", at + MINUTE, 3, "StillListed: it is there", True),
        ("gone", None, 1, "", True),
    }


def columns_of_deletions_are_back(old: Any, at: dt.datetime) -> None:
    replays = old.get_model("replays", "Replay").objects
    nothing = {"purge_at": None, "purge_tries": 0, "purge_error": ""}
    for code, columns in columns_of_deletions(at).items():
        was, replay = {**nothing, **columns}, replays.get(code=code)
        assert {name: getattr(replay, name) for name in was} == was


def make_failed_ones(old: Any, start: dt.datetime) -> None:
    end, made = start + 45 * MINUTE, start + 40 * MINUTE
    kinds: dict[str, dict[str, Any]] = {
        "failed": {"state": "failed", "reason": "given_up", "made_at": made, "listed_at": made},
        "untold": {"state": "failed", "reason": "given_up"},
        "waits": {"state": "processing", "reason": "ended"},
        "ready": {"state": "ready", "reason": "found", "listed_at": made, "list_rank": 1},
    }
    for code, own in kinds.items():
        make_replay(old, code, start, planned_end=end, **own)


def places_by_time(start: dt.datetime) -> dict[str, tuple[int, dt.datetime]]:
    """Where those that failed stand among the others, by rank and time."""
    end, made = start + 45 * MINUTE, start + 40 * MINUTE
    return {"failed": (1, made), "untold": (1, end), "waits": (0, start), "ready": (1, made)}


def places_of(model: Any) -> dict[str, tuple[int, dt.datetime]]:
    those = model.objects.filter(code__in=("failed", "untold", "waits", "ready"))
    rows = those.values_list("code", "list_rank", "listed_at")
    return {code: (rank, at) for code, rank, at in rows}
