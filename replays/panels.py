"""The replays on a lesson's page."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import OuterRef, Subquery
from django.utils import timezone

from accounts.permission_matrix import Action, Relation, may
from edu_platform.lib.database import lines_of
from edu_platform.lib.formatting import StateWords
from edu_platform.lib.statements import Statement
from replays.enums import ReplayState
from replays.models import Replay
from replays.wording import short_reason, state_words
from schedule.hooks import LessonPanel
from schedule.models import Lesson

# On a lesson's page: above courseware.
PANEL_ORDER = 20

# What a line of it follows from.
FACTS = (
    *("pk", "state", "reason", "state_since", "due_at", "refused_since", "unreachable_since"),
    *("room_number", "room__polling__unreachable_since", "room__polling__due_at"),
)

_OF_LESSON = Statement(
    lambda lesson_id: (
        Replay.objects.filter(lesson_id=lesson_id)
        .select_related("room__polling")
        .order_by("-listed_at", "-pk")
    )
)


@dataclass(frozen=True, slots=True)
class PanelLine:
    code: str
    state: StateWords
    since: dt.datetime
    # Why there is none, or none yet.
    reason: str
    room_number: str


def lesson_replay_panel(lesson: Lesson, relations: Collection[Relation]) -> LessonPanel | None:
    """The replays of a lesson, newest first: one for each room that its class was held in."""
    if not may(Action.SEE_REPLAY, relations):
        return None
    replays = _OF_LESSON.rows(lesson_id=lesson.pk)
    telling = [replay for replay in replays if replay.state != ReplayState.NONE]
    lines = [_line(replay) for replay in telling or replays[:1]]
    return LessonPanel("replays/_lesson_panel.html", {"lines": lines}) if lines else None


def lesson_replay_facts() -> Subquery:
    """What the panel of a lesson follows from, for a page that asks again and again."""
    return lines_of(Replay.objects.filter(lesson=OuterRef("pk")), *FACTS, of="lesson")


def _line(replay: Replay) -> PanelLine:
    return PanelLine(
        code=replay.code,
        state=state_words(replay),
        since=replay.state_since,
        reason=short_reason(replay, timezone.now()),
        room_number="" if replay.room_number is None else str(replay.room_number),
    )
