"""What the replays do when the cloud calls: ask which files there are, save them, and note the call."""

from __future__ import annotations

from functools import partial

from classroom.registry import RoomHint, Save
from classroom.selectors import first_received
from replays.models import Replay
from replays.services.asking import fetch_answer
from replays.services.trail import note_new_callbacks


def refresh_replay(hint: RoomHint) -> Save:
    """Fetch the files of the room; the timetable's own handler has gone before."""
    return partial(_save, hint, fetch_answer(hint))


def _save(hint: RoomHint, save_answer: Save) -> None:
    save_answer()
    replay = Replay.objects.filter(room__room_id=hint.room_id).first()
    if replay is not None:
        told_at = first_received(hint.room_id, hint.event_types)
        note_new_callbacks(replay, told_at, source=hint.look.source)
