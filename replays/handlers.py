"""Handlers of the cloud's callbacks: fetch the files, save them, and record the callback."""

from __future__ import annotations

from dataclasses import dataclass

from classroom.hooks import RoomEvent
from classroom.selectors import first_received
from replays.models import Replay
from replays.services.history import note_new_callbacks
from replays.services.refresh import RoomAnswer, fetch_answer


@dataclass(frozen=True, slots=True)
class ReplayRefreshed:
    """The answer, and which callbacks it follows from."""

    answer: RoomAnswer
    event: RoomEvent

    def apply(self) -> None:
        self.answer.apply()
        event = self.event
        replay = Replay.objects.filter(room__room_id=event.room_id).first()
        if replay is not None:
            told_at = first_received(event.room_id, event.event_types)
            note_new_callbacks(replay, told_at, source=event.snapshot.source)


def refresh_replay(event: RoomEvent) -> ReplayRefreshed:
    """Fetch the files of the room; the timetable's own handler has gone before."""
    return ReplayRefreshed(fetch_answer(event), event)
