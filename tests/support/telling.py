"""The people who were told of a replay, and what there was to tell."""

from __future__ import annotations

from typing import Any

from accounts.models import Notice
from replays.enums import ReplayReason, ReplayState
from replays.models import Replay

CLASS = frozenset({"teacher", "assistant", "student"})
STAFF = frozenset({"planner", "administrator", "superuser"})


def told(kind: str = "") -> set[str]:
    notices = Notice.objects.filter(kind__startswith=kind)
    return set(notices.values_list("user__username", flat=True))


def set_state(replay: Replay, state: ReplayState, reason: ReplayReason, **columns: Any) -> None:
    Replay.objects.filter(pk=replay.pk).update(state=state, reason=reason, **columns)
    replay.refresh_from_db()


def be_made(replay: Replay) -> None:
    set_state(replay, ReplayState.PROCESSING, ReplayReason.ENDED)


def be_ready(replay: Replay) -> None:
    set_state(replay, ReplayState.READY, ReplayReason.FOUND)
