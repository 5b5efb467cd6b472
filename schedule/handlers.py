"""What the timetable does when the cloud calls: look at the room, and save what it has become."""

from __future__ import annotations

from functools import partial

from classroom.client.errors import CloudUnavailable
from classroom.enums import Source
from classroom.registry import NotOurs, RoomHint, Save
from classroom.selectors import are_too_many_unknown, was_found_foreign
from schedule.models import Room
from schedule.services.room_states import (
    adopt_room,
    is_being_made,
    save_gone,
    save_room_state,
    state_of_look,
)


def refresh_room(hint: RoomHint) -> Save:
    """Look at a room, and adopt one of our application that is not known here yet.

    Raises:
        NotOurs: no such room, or it belongs to another application.
        CloudUnavailable: it may be a room of ours whose making is not answered yet.
    """
    room = Room.objects.filter(room_id=hint.room_id).first()
    if room is None:
        return _adopt(hint)
    if not hint.look.is_ours:
        return partial(save_gone, room.pk, asked_at=hint.look.asked_at, source=hint.look.source)
    return partial(save_room_state, room.pk, state_of_look(hint.look))


def _refuse_guesses(hint: RoomHint) -> None:
    """Look unknown rooms up once: whoever can sign callbacks could have us ask about any number.

    Raises:
        NotOurs: it was looked up lately.
        CloudUnavailable: too many unknown rooms at once; this one has to wait.
    """
    if was_found_foreign(hint.room_id, at=hint.look.asked_at):
        raise NotOurs
    if are_too_many_unknown(at=hint.look.asked_at):
        raise CloudUnavailable("DescribeRoom", "too many unknown rooms", outcome_is_known=True)


def _adopt(hint: RoomHint) -> Save:
    if hint.look.source == Source.CALLBACK:
        _refuse_guesses(hint)
    details = hint.look.details
    if details is None or not hint.look.is_ours:
        raise NotOurs
    if is_being_made(details):
        raise CloudUnavailable("CreateRoom", "not answered yet", outcome_is_known=True)
    return partial(adopt_room, details, state_of_look(hint.look))
