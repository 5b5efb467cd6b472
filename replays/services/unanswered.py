"""Unanswered questions to the cloud: since when, why, and the next try."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.db.models import Q, QuerySet

from classroom.client.errors import CloudRejected
from edu_platform.lib.due import by_age
from edu_platform.lib.text import error_summary
from replays.enums import FAULT, ReplayEventKind
from replays.models import Replay, ReplayEvent
from replays.models.replay import locked
from replays.overdue import class_end
from replays.polling_times import FIRST_RETRY, GROWTH, LAST_RETRY, LONG_SILENCE, LONGEST_WAIT
from replays.services.history import DETAIL_CHARS, note, note_many
from replays.services.state_sync import note_state, set_facts
from replays.states import is_refused_for_good


def pause(replay: Replay, _err: Exception, at: dt.datetime) -> dt.timedelta:
    """The back-off of an unanswered replay."""
    age = at - (replay.unreachable_since or at)
    longest = LAST_RETRY if age < LONG_SILENCE else LONGEST_WAIT
    return by_age(age, GROWTH, FIRST_RETRY, longest)


def put_off(replay_id: int, err: Exception, at: dt.datetime, *, began_at: dt.datetime) -> None:
    """Record that a question was not answered, and when to ask again.

    After GIVE_UP_AFTER of refusals the cloud is not asked again. A question that began before the last answer is
    ignored.
    """
    is_news = Q(asked_at=None) | Q(asked_at__lt=began_at)
    _put_off(Replay.objects.filter(is_news, pk=replay_id), err, at)


def put_off_leased(replay: Replay, err: Exception, at: dt.datetime) -> None:
    """Do the same of a leased one; an answer that came meanwhile has ended the lease."""
    _put_off(Replay.objects.filter(pk=replay.pk, lease_token=replay.lease_token), err, at)


@transaction.atomic
def _put_off(wanted: QuerySet[Replay], err: Exception, at: dt.datetime) -> None:
    replay = locked(wanted).first()
    if replay is None:
        return
    is_refusal = isinstance(err, CloudRejected)
    before = _trouble(replay)
    replay.unreachable_since = replay.unreachable_since or at
    replay.refused_since = (replay.refused_since or at) if is_refusal else None
    replay.last_error = error_summary(err)
    is_silence = not is_refusal and not replay.is_held_up_by_fault
    replay.silent_since = (replay.silent_since or at) if is_silence else None
    replay.due_at = at + pause(replay, err, at)
    replay.end_lease()
    has_turned = set_facts(replay, files=list(replay.files.all()), at=at)
    if is_refused_for_good(replay.refused_since, class_end(replay), at):
        replay.due_at = None
    replay.save()
    if _trouble(replay) != before:
        _note_trouble(replay, err, at)
    if has_turned:
        note_state(replay, at=at)


def _trouble(replay: Replay) -> tuple[bool, bool, bool]:
    """Tell whether the last question was not answered, and whether for a refusal or a fault of ours."""
    is_unanswered = replay.unreachable_since is not None
    return is_unanswered, replay.refused_since is not None, replay.is_held_up_by_fault


def _note_trouble(replay: Replay, err: Exception, at: dt.datetime) -> None:
    if replay.refused_since is not None:
        note(replay, ReplayEventKind.REFUSED, at=at, detail=error_code(err))
    else:
        note(
            replay,
            ReplayEventKind.SILENT,
            at=at,
            detail=FAULT if replay.is_held_up_by_fault else "",
        )


def error_code(err: Exception) -> str:
    """The cloud's error code; empty when it did not answer at all."""
    return err.code[:DETAIL_CHARS] if isinstance(err, CloudRejected) else ""


@transaction.atomic
def note_silence(at: dt.datetime) -> None:
    """Put all due replays off to the next run, and record since when the cloud is silent."""
    due = Replay.objects.due(at).order_by("pk")
    locked = due.select_for_update().values_list("pk", "unreachable_since")
    newly = [pk for pk, since in locked if since is None]
    note_many([ReplayEvent(replay_id=pk, kind=ReplayEventKind.SILENT, at=at) for pk in newly])
    due.filter(unreachable_since=None).update(unreachable_since=at, silent_since=at)
    due.update(due_at=at + FIRST_RETRY)
