"""What a platform that is in use keeps when its tables get other names."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from replays.models import PlaybackUse, Replay, ReplayEvent
from schedule.enums import RoomType
from schedule.models import Room

pytestmark = pytest.mark.django_db(transaction=True)

BEFORE = "0004_search_and_list_columns"
MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def old_tables() -> Iterator[None]:
    call_command("migrate", "replays", BEFORE, verbosity=0)
    yield
    call_command("migrate", "replays", verbosity=0)


def test_questions_events_and_uses_are_kept(old_tables: None):
    at = timezone.now()
    old = MigrationExecutor(connection).loader.project_state(("replays", BEFORE)).apps
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

    call_command("migrate", "replays", verbosity=0)

    kept = Replay.objects.get(code="kept")
    assert (kept.due_at, kept.unreachable_since, kept.asks) == (at + MINUTE, at, 3)
    assert (kept.attempts, kept.lease_token, kept.leased_until) == (0, "", None)
    assert kept.last_error == "CloudUnavailable: no answer"
    assert list(Replay.objects.due(at + MINUTE)) == [kept]
    assert [event.kind for event in ReplayEvent.objects.filter(replay=kept)] == ["silent"]
    assert [use.visitor for use in PlaybackUse.objects.filter(file__replay=kept)] == ["x"]
    ContentType.objects.clear_cache()
    assert ContentType.objects.get(pk=step_type).model == "replayevent"
