"""The replays on a lesson's page, and beside the lessons of a week."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db.models import OuterRef, Subquery
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.permissions import Action, Relation, may
from edu_platform.lib.aggregates import cells_in, lines_of
from edu_platform.lib.formatting import StateWords
from edu_platform.lib.http import with_query
from edu_platform.lib.statements import Statement
from replays.enums import LISTED, ReplayState
from replays.models import Replay
from replays.models.sessions import with_sessions
from replays.wording import short_reason, state_words, words_of_state
from schedule.access import general_relations
from schedule.enums import Stage
from schedule.hooks import LinkedState, PageLink, Panel, SeenLessons
from schedule.models import ClassGroup, Lesson

# On a lesson's page: above courseware.
PANEL_ORDER = 20

# What a line of it follows from, first that of which the state beside a lesson is made.
FACTS = (
    *("pk", "state", "code", "listed_at"),
    *("reason", "state_since", "due_at", "refused_since", "unreachable_since"),
    *("room_number", "room__polling__unreachable_since", "room__polling__due_at"),
)

_OF_LESSON = Statement(
    lambda lesson_id: (
        with_sessions(Replay.objects.filter(lesson_id=lesson_id))
        .select_related("room__polling")
        .order_by("-listed_at", "-pk")
    )
)


@dataclass(frozen=True, slots=True)
class PanelLine:
    code: str
    # Which session of the lesson, when there were several.
    session: int | None
    state: StateWords
    is_ready: bool
    # None: it is still to come.
    since: dt.datetime | None
    # Why there is none, or none yet.
    reason: str
    room_number: str


def lesson_replay_panel(
    lesson: Lesson, relations: Collection[Relation], _viewer: User
) -> Panel | None:
    """The replays of a lesson, newest first: one for each room that its class was held in."""
    if not may(Action.SEE_REPLAY, relations):
        return None
    replays = _OF_LESSON.rows(lesson_id=lesson.pk)
    telling = [replay for replay in replays if replay.state != ReplayState.NONE]
    lines = [_line(replay) for replay in telling or replays[:1]]
    if not lines:
        return None
    # The newest comes first.
    playable = next((line.code for line in lines if line.is_ready), "")
    return Panel(
        "replays/_lesson_panel.html",
        {"lines": lines, "playable": playable},
        comes_first={Stage.AFTER},
        action="replays/_lesson_action.html" if playable else "",
    )


def lesson_replay_facts() -> Subquery:
    """Return the facts that the panel of a lesson follows from, for a page that asks again and again."""
    return lines_of(Replay.objects.filter(lesson=OuterRef("pk")), *FACTS, of="lesson")


def _line(replay: Replay) -> PanelLine:
    return PanelLine(
        code=replay.code,
        session=replay.session,
        state=state_words(replay),
        is_ready=replay.state == ReplayState.READY,
        since=replay.shown_since,
        reason=short_reason(replay, timezone.now()),
        room_number="" if replay.room_number is None else str(replay.room_number),
    )


def past_replay_states(seen: SeenLessons, at: dt.datetime) -> dict[int, LinkedState]:
    """The replay of each past lesson that was recorded or should be; of several the latest ready one."""
    words = {state.value: words_of_state(state) for state in LISTED}
    # Looking up an address costs more than all else of it.
    before, after = reverse("replays:detail", args=["CODE"]).rsplit("CODE")
    what = _("Replay")
    states = {}
    for lesson, relations in seen.items():
        facts = lesson.facts.get(lesson_replay_facts)
        if not facts or lesson.ends_at > at or not lesson.is_published:
            continue
        listed = [fact for fact in cells_in(facts) if fact[1] in words]
        if listed and may(Action.SEE_REPLAY, relations):
            _pk, state, code, *_others = max(listed, key=_by_readiness)
            states[lesson.pk] = LinkedState(what, words[state], f"{before}{code}{after}")
    return states


def _by_readiness(fact: tuple[Any, ...]) -> tuple[bool, str, int]:
    pk, state, _code, listed_at, *_others = fact
    return state == ReplayState.READY, listed_at or "", pk


# --- The page of a class group --------------------------------------------------------------------


def class_group_replays_link(user: User, class_group: ClassGroup) -> PageLink | None:
    """Lead to the replays of a class group, for those who see all of them; no query."""
    if not may(Action.SEE_ALL_REPLAYS, general_relations(user)):
        return None
    path = reverse("replays:list")
    return PageLink(with_query(path, {"class_group": class_group.name}), _("Replays"))
