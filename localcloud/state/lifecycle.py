"""The lifecycle of a room: its states, and what follows for members, recordings and callbacks.

Rooms are brought up to date before each action, and once a second by the clock's thread, so that callbacks of
expiry and overtime are sent in time (`room_expiry` says when), and no recording is too long. Assumed: an expired
room cannot be revived; deleting a room deletes its recordings and unbinds its documents, without a callback.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from localcloud.callbacks import events
from localcloud.cloud import Cloud
from localcloud.state import bindings, marquees, members, recordings, rooms
from localcloud.state.rooms import ENDED, EXPIRED, RUNNING, WAITING, Room


@contextmanager
def settled(cloud: Cloud) -> Iterator[None]:
    """One transaction over rooms that are up to date with the clock."""
    with cloud.transaction():
        settle(cloud)
        yield


def settle(cloud: Cloud) -> None:
    """Expire waiting rooms, end running ones and recordings whose time is over, and put out whose page is silent."""
    members.drop_silent(cloud)
    for room in rooms.closing(cloud):
        if room.status == WAITING:
            expire(cloud, room)
        else:
            end(cloud, room, at_s=max(room.closes_s or 0, room.real_start_s))
    for recording in recordings.too_long(cloud):
        recordings.finish(cloud, recording, at_s=cloud.now_s())


def settle_if_due(cloud: Cloud) -> None:
    """Settle, without a transaction when there is nothing to do."""
    with cloud.lock:
        if rooms.closing(cloud) or members.any_silent(cloud) or recordings.too_long(cloud):
            with cloud.transaction():
                settle(cloud)


def start(cloud: Cloud, room: Room) -> None:
    room.status, room.real_start_s = RUNNING, cloud.now_s()
    rooms.save(cloud, room)
    events.queue(cloud, events.ROOM_START, room.room_id)


def end(cloud: Cloud, room: Room, *, at_s: int | None = None) -> None:
    """End a running class and remove everybody from the room."""
    room.status, room.real_end_s = ENDED, cloud.now_s() if at_s is None else at_s
    rooms.save(cloud, room)
    events.queue(cloud, events.ROOM_END, room.room_id, at_s=room.real_end_s)
    members.remove_all(cloud, room, at_s=room.real_end_s)
    recordings.close_room(cloud, room)


def expire(cloud: Cloud, room: Room) -> None:
    room.status = EXPIRED
    rooms.save(cloud, room)
    events.queue(cloud, events.ROOM_EXPIRE, room.room_id)
    members.remove_all(cloud, room)


def delete(cloud: Cloud, room: Room) -> None:
    members.remove_all(cloud, room)
    running = recordings.find_running(cloud, room.room_id)
    if running is not None:
        recordings.finish(cloud, running, at_s=cloud.now_s())
    everything = {*recordings.FILES, recordings.SIGNALLING}
    recordings.delete_all(cloud, room.room_id, kinds=everything)
    bindings.unbind_all(cloud, room)
    marquees.remove(cloud, room.room_id)
    rooms.remove(cloud, room)
