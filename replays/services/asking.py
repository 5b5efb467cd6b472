"""Asking the cloud for a room's recording, and saving the answer.

The same questions are asked whoever asks: a callback's handler, the chaser, a command.
"""

from __future__ import annotations

import datetime as dt
from functools import partial

from django.db import transaction

from classroom.client.budgets import Urgency
from classroom.client.records import Recording
from classroom.enums import Source
from classroom.looking import RoomLook
from classroom.registry import RoomHint, Save
from classroom.selectors import RECORD_FINISHED
from replays.models import Replay, ReplayFile
from replays.services.expectations import follow_rooms
from replays.services.files import fetch_files, save_files
from replays.services.situations import schedule_next_ask, set_facts
from schedule.enums import CloudStatus
from schedule.handlers import refresh_room
from schedule.models import Room


def ask(room_id: int, *, urgency: Urgency, source: Source) -> Save:
    """Look at a room of the cloud; return what saves what became of its class and recording.

    Raises:
        NotOurs: no room of our application, and none that was known here.
        CloudUnavailable, CloudRejected, CloudGarbled: the cloud did not tell.
    """
    look = RoomLook(room_id, urgency=urgency, source=source)
    hint = RoomHint(room_id=room_id, event_types=frozenset(), look=look)
    saves = (refresh_room(hint), fetch_answer(hint))

    @transaction.atomic
    def save_all() -> None:
        for save in saves:
            save()

    return save_all


def fetch_answer(hint: RoomHint) -> Save:
    """Fetch which files there are of a class that may have some; return what saves them.

    Raises:
        CloudUnavailable, CloudRejected, CloudGarbled: the cloud did not tell.
    """
    known = list(ReplayFile.objects.filter(replay__room__room_id=hint.room_id))
    details = hint.look.details
    if details is None or not hint.look.is_ours:
        # Gone, or somebody else's under a number that was mistyped here.
        files: tuple[Recording, ...] | None = ()
    elif _may_have_files(hint, details.status) or known:
        files = fetch_files(hint.look, known=known)
    else:
        files = None
    return partial(save_answer, hint.look, files)


def _may_have_files(hint: RoomHint, status: int) -> bool:
    # Recordings by hand can be finished while the class goes on.
    return status == CloudStatus.ENDED or RECORD_FINISHED in hint.event_types


@transaction.atomic
def save_answer(look: RoomLook, files: tuple[Recording, ...] | None) -> None:
    """Save what the cloud listed, unless a later answer was saved before.

    Without `files` the cloud was not asked for any. The room's own state must be saved already.
    """
    if files is None:
        return
    replay = _locked_replay(look.room_id)
    if replay is None:
        # A room of before there were replays: nothing that changed has told of it.
        follow_rooms(Room.objects.filter(room_id=look.room_id).values_list("pk", flat=True))
        replay = _locked_replay(look.room_id)
    if replay is None:
        return
    if replay.asked_at is not None and replay.asked_at > look.asked_at:
        return
    _take_answer(replay, files, source=look.source, at=look.asked_at)


def _locked_replay(room_id: int) -> Replay | None:
    return (
        Replay.objects.select_for_update(of=("self",))
        .select_related("lesson", "room")
        .filter(room__room_id=room_id)
        .first()
    )


def _take_answer(
    replay: Replay, files: tuple[Recording, ...], *, source: Source, at: dt.datetime
) -> None:
    saved = save_files(replay, files, source=source, at=at)
    if saved and replay.found_at is None:
        replay.found_at, replay.found_by = at, source
    replay.asked_at = at
    if replay.room is not None and replay.room.cloud_status == CloudStatus.ENDED:
        replay.asks += 1
    replay.unanswered_since = None
    replay.last_error = ""
    set_facts(replay, files=saved, at=at)
    schedule_next_ask(replay, files=saved, at=at)
    replay.save()
