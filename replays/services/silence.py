"""What is kept of a question that the cloud did not answer: since when, why, and the next try."""

from __future__ import annotations

import datetime as dt
import logging

from django.db import transaction

from classroom.client.errors import CloudRejected
from edu_platform.lib.text import error_summary
from replays.enums import FAULT, StepKind
from replays.lateness import class_end
from replays.models import Replay, Step
from replays.services.locking import locked
from replays.services.situations import note_state, set_facts
from replays.services.trail import DETAIL_CHARS, note, note_many
from replays.states import GROWTH, LONGEST_WAIT, is_refused_for_good

logger = logging.getLogger(__name__)

# While the cloud does not answer. One question that is never answered comes more and more seldom, so
# that it does not stand before the others.
FIRST_RETRY = dt.timedelta(minutes=1)
LAST_RETRY = dt.timedelta(minutes=10)
# A question that was not answered for so long is not going to be soon.
LONG_SILENCE = dt.timedelta(days=1)


@transaction.atomic
def put_off(replay_id: int, err: Exception, at: dt.datetime, *, began_at: dt.datetime) -> None:
    """Note that a question was not answered, and when it is asked again.

    One that the cloud has refused for 30 days on end is not asked any more. A question that began
    before the cloud last answered tells nothing any more.
    """
    replay = locked(Replay.objects.filter(pk=replay_id)).first()
    if replay is None or (replay.asked_at is not None and replay.asked_at >= began_at):
        return
    logger.warning("recording of room %s: %s", replay.room_number, error_summary(err))
    since = replay.unanswered_since or at
    longest = LAST_RETRY if at - since < LONG_SILENCE else LONGEST_WAIT
    is_refusal = isinstance(err, CloudRejected)
    before = _trouble(replay)
    replay.unanswered_since = since
    replay.refused_since = (replay.refused_since or at) if is_refusal else None
    replay.last_error = error_summary(err)
    is_silence = not is_refusal and not replay.is_held_up_by_fault
    replay.silent_since = (replay.silent_since or at) if is_silence else None
    replay.next_ask_at = at + min(max((at - since) * GROWTH, FIRST_RETRY), longest)
    has_turned = set_facts(replay, files=list(replay.files.all()), at=at)
    if is_refused_for_good(replay.refused_since, class_end(replay), at):
        replay.next_ask_at = None
    replay.save()
    if _trouble(replay) != before:
        _note_trouble(replay, err, at)
    if has_turned:
        note_state(replay, at=at)


def _trouble(replay: Replay) -> tuple[bool, bool, bool]:
    """Whether it was not answered of late, and whether for a refusal, or a fault of ours."""
    is_unanswered = replay.unanswered_since is not None
    return is_unanswered, replay.refused_since is not None, replay.is_held_up_by_fault


def _note_trouble(replay: Replay, err: Exception, at: dt.datetime) -> None:
    if replay.refused_since is not None:
        note(replay, StepKind.REFUSED, at=at, detail=error_code(err))
    else:
        note(replay, StepKind.SILENT, at=at, detail=FAULT if replay.is_held_up_by_fault else "")


def error_code(err: Exception) -> str:
    """What the cloud calls its refusal; empty when it did not answer at all."""
    return err.code[:DETAIL_CHARS] if isinstance(err, CloudRejected) else ""


@transaction.atomic
def note_silence(at: dt.datetime) -> None:
    """Let all that is due wait for the next run, and say since when nobody could be asked."""
    due = Replay.objects.filter(next_ask_at__lte=at)
    locked = due.select_for_update().order_by("pk").values_list("pk", "unanswered_since")
    newly = [pk for pk, since in locked if since is None]
    note_many([Step(replay_id=pk, kind=StepKind.SILENT, at=at) for pk in newly])
    due.filter(unanswered_since=None).update(unanswered_since=at, silent_since=at)
    due.update(next_ask_at=at + FIRST_RETRY)
