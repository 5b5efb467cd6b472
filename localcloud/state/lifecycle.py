"""How a room's state becomes the next, and whom that concerns: members, recordings, callbacks.

Rooms change with time when they are looked at, and once a second by the clock's thread, so that callbacks of
expiry and overtime go out without anybody looking. Assumed: a room that was never started expires at
EndTime + max(EndDelayTime, 0) minutes (the cloud's pages name no moment); an expired room cannot be revived; with
a room its recordings are deleted and its documents unbound, and no callback tells of that.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from localcloud.callbacks import events
from localcloud.cloud import Cloud
from localcloud.state import bindings, members, recordings, rooms
from localcloud.state.rooms import ENDED, EXPIRED, RUNNING, WAITING, Room


@contextmanager
def looking(cloud: Cloud) -> Iterator[None]:
    """One transaction over rooms that are up to date with the clock."""
    with cloud.transaction():
        settle(cloud)
        yield


def settle(cloud: Cloud) -> None:
    """Let rooms expire, and running ones end, whose time has come."""
    for room in rooms.closing(cloud):
        if room.status == WAITING:
            expire(cloud, room)
        else:
            end(cloud, room, at_s=max(room.closes_s or 0, room.real_start_s))


def settle_if_due(cloud: Cloud) -> None:
    """Settle, without a transaction when there is nothing to do."""
    with cloud.lock:
        if rooms.closing(cloud):
            with cloud.transaction():
                settle(cloud)


def start(cloud: Cloud, room: Room) -> None:
    room.status, room.real_start_s = RUNNING, cloud.now_s()
    rooms.save(cloud, room)
    events.queue(cloud, events.ROOM_START, room.room_id)


def end(cloud: Cloud, room: Room, *, at_s: int | None = None) -> None:
    """End a running class and put everybody out."""
    room.status, room.real_end_s = ENDED, cloud.now_s() if at_s is None else at_s
    rooms.save(cloud, room)
    events.queue(cloud, events.ROOM_END, room.room_id)
    members.put_all_out(cloud, room)
    recordings.close_room(cloud, room)


def expire(cloud: Cloud, room: Room) -> None:
    room.status = EXPIRED
    rooms.save(cloud, room)
    events.queue(cloud, events.ROOM_EXPIRE, room.room_id)
    members.put_all_out(cloud, room)


def delete(cloud: Cloud, room: Room) -> None:
    members.put_all_out(cloud, room)
    running = recordings.running_one(cloud, room.room_id)
    if running is not None:
        recordings.finish(cloud, running, at_s=cloud.now_s())
    everything = {*recordings.FILES, recordings.SIGNALLING}
    recordings.delete_all(cloud, room.room_id, kinds=everything)
    bindings.unbind_all(cloud, room)
    rooms.remove(cloud, room)
