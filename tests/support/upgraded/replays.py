"""Replays that were asked for, watched, deleted, or that failed."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.migrations.state import StateApps

from replays.models import PlaybackUse, Replay, ReplayEvent, ReplayPurge
from schedule.enums import RoomType

MOVED = ("replays", "0011_failed_ones_in_their_place")
BEFORE = ("replays", "0007_words_of_the_trash_and_of_callbacks")
MINUTE = dt.timedelta(minutes=1)


def put(old: StateApps, at: dt.datetime) -> int:
    """Return the type of content of their events."""
    put_one_with_events_and_uses(old, at)
    for code, columns in columns_of_deletions(at).items():
        make_replay(old, code, at, **columns)
    put_failed_ones(old, at)
    return ContentType.objects.get(app_label="replays", model="step").pk


def assert_back(old: StateApps, at: dt.datetime) -> None:
    replays: Any = old.get_model("replays", "Replay")
    assert places_of(replays) == {
        **places_by_time(at),
        "failed": (0, at + 40 * MINUTE),
        "untold": (0, at),
    }
    nothing = {"purge_at": None, "purge_tries": 0, "purge_error": ""}
    for code, columns in columns_of_deletions(at).items():
        was, replay = {**nothing, **columns}, replays.objects.get(code=code)
        assert {name: getattr(replay, name) for name in was} == was


def assert_kept(step_type: int, at: dt.datetime) -> None:
    questions_events_and_uses_are_kept(step_type, at)
    deletions_keep_their_turn_their_tries_and_their_reason(at)
    assert places_of(Replay) == places_by_time(at)


def make_replay(old: StateApps, code: str, at: dt.datetime, **fields: Any) -> Any:
    """A replay of those days; each has a room of its own."""
    room: Any = old.get_model("schedule", "Room").objects.create(sdk_app_id=1)
    fields = {"planned_start": at, "planned_end": at, "listed_at": at, **fields}
    replays: Any = old.get_model("replays", "Replay").objects
    return replays.create(
        code=code, room_type=RoomType.INTERACTIVE, title="旧回放", room=room, **fields
    )


def put_one_with_events_and_uses(old: StateApps, at: dt.datetime) -> None:
    replay = make_replay(
        old,
        "asked",
        at,
        asks=3,
        next_ask_at=at + MINUTE,
        unanswered_since=at,
        last_error="CloudUnavailable: no answer",
    )
    events: Any = old.get_model("replays", "Step").objects
    events.create(replay=replay, kind="silent", at=at)
    files: Any = old.get_model("replays", "ReplayFile").objects
    file = files.create(replay=replay, number=1, source="poll", first_seen_at=at)
    uses: Any = old.get_model("replays", "Use").objects
    uses.create(file=file, visitor="x", kind="play", at=at)


def questions_events_and_uses_are_kept(step_type: int, at: dt.datetime) -> None:
    kept = Replay.objects.get(code="asked")
    assert (kept.due_at, kept.unreachable_since, kept.asks) == (at + MINUTE, at, 3)
    assert (kept.attempts, kept.lease_token, kept.leased_until) == (0, "", None)
    assert kept.last_error == "CloudUnavailable: no answer"
    assert kept in Replay.objects.due(at + MINUTE)
    assert [event.kind for event in ReplayEvent.objects.filter(replay=kept)] == ["silent"]
    assert [use.visitor for use in PlaybackUse.objects.filter(file__replay=kept)] == ["x"]
    ContentType.objects.clear_cache()
    assert ContentType.objects.get(pk=step_type).model == "replayevent"


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


def deletions_keep_their_turn_their_tries_and_their_reason(at: dt.datetime) -> None:
    names = ("replay__code", "due_at", "attempts", "last_error", "has_begun")
    purges = ReplayPurge.objects.filter(replay__code__in=columns_of_deletions(at))
    assert set(purges.values_list(*names)) == {
        ("trashed", at + MINUTE, 0, "", False),
        ("refused", at + MINUTE, 3, "StillListed: it is there", True),
        ("gone", None, 1, "", True),
    }


def put_failed_ones(old: StateApps, start: dt.datetime) -> None:
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
    """Return where those that failed stand among the others, by rank and time."""
    end, made = start + 45 * MINUTE, start + 40 * MINUTE
    return {"failed": (1, made), "untold": (1, end), "waits": (0, start), "ready": (1, made)}


def places_of(model: Any) -> dict[str, tuple[int, dt.datetime]]:
    those = model.objects.filter(code__in=("failed", "untold", "waits", "ready"))
    rows = those.values_list("code", "list_rank", "listed_at")
    return {code: (rank, at) for code, rank, at in rows}
