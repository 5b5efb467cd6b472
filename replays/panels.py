"""What a lesson's page says of its replays."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

from accounts.permissions import Action, Relation, may
from replays.enums import ReplayState
from replays.models import Replay
from replays.wording import StateWords, state_words
from schedule.models import Lesson
from schedule.panels import Panel


@dataclass(frozen=True, slots=True)
class PanelLine:
    code: str
    state: StateWords
    since: dt.datetime
    # Why there is none, or none yet.
    reason: str


def lesson_replay_panel(lesson: Lesson, relations: Collection[Relation]) -> Panel | None:
    """The replays of a lesson, newest first: one for each room that its class was held in."""
    if not may(Action.SEE_REPLAY, relations):
        return None
    replays = list(Replay.objects.filter(lesson=lesson).order_by("-listed_at", "-pk"))
    telling = [replay for replay in replays if replay.state != ReplayState.NONE]
    lines = [_line(replay) for replay in telling or replays[:1]]
    return Panel("replays/_lesson_panel.html", {"lines": lines}) if lines else None


def _line(replay: Replay) -> PanelLine:
    return PanelLine(
        code=replay.code,
        state=state_words(replay),
        since=replay.state_since,
        reason="" if replay.is_ready else replay.get_reason_display(),
    )
