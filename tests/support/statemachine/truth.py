"""Truths that must hold in every example: after each step, and once everything has come to rest."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.models import Notice
from classroom.enums import EventState
from classroom.models import CallbackEvent
from edu_platform.lib.statements import Statement
from replays.enums import ReplayReason, ReplayState
from replays.models import Replay, ReplayFile, ReplayPurge
from replays.overdue import class_end
from replays.polling_times import GIVE_UP_AFTER
from replays.wording import explain
from replays.wording.notices import MANY_READY_NOTICE, READY_NOTICE
from schedule.enums import CloudStatus
from schedule.models import Room, RoomPolling
from tests.support.statemachine.threadless_cloud import ThreadlessCloud
from tests.support.statemachine.world import World

WITH_IT = ("room__polling", "lesson", "teacher", "purge")
HELD = {int(CloudStatus.RUNNING), int(CloudStatus.ENDED)}
# The cloud ends a class, and we notice, so much later or earlier than by the plan.
ABOUT = dt.timedelta(minutes=5)

# What is asked after each step.
ROOMS = Statement(Room.objects.made)
REPLAYS = Statement(lambda: Replay.objects.select_related(*WITH_IT).prefetch_related("files"))
EVENTS = Statement(lambda: CallbackEvent.objects.defer("data"))


def check_now(world: World) -> None:
    """Check what holds at any moment, however much was lost."""
    assert not world.complaints, world.complaints
    check_rooms(world)
    replays = REPLAYS.rows()
    check_files(world, replays)
    for replay in replays:
        check_state(world, replay)
        check_told(world, replay)
    check_trash(world, replays)
    check_accepted(world)
    check_notices(replays)


def check_rooms(world: World) -> None:
    """A room is in a state in which it was in the cloud, and never goes back."""
    for room in ROOMS.rows():
        known = world.cloud.statuses[room.number]
        assert room.cloud_status in known | {0}, (room.number, room.cloud_status, known)
        status, asked_at = world.seen_rooms.get(room.number, (0, None))
        assert room.cloud_status >= status, f"room {room.number} went back to {room.cloud_status}"
        assert asked_at is None or (room.asked_at is not None and room.asked_at >= asked_at)
        world.seen_rooms[room.number] = (room.cloud_status, room.asked_at)
        if room.real_ended_at is not None:
            assert int(CloudStatus.ENDED) in known


def check_files(world: World, replays: list[Replay]) -> None:
    """Each file was in the room's list, and is there once."""
    rooms = Counter(replay.room_id for replay in replays if replay.room_id is not None)
    assert max(rooms.values(), default=1) == 1
    shown: Counter[tuple[int, str]] = Counter()
    for replay in replays:
        for file in replay.files.all():
            assert replay.room is not None
            address = "" if file.is_signalling else file.url
            assert address in world.cloud.ready_at_s[replay.room.number], (
                f"{address} was never there"
            )
            shown[replay.room.number, address] += 1
    assert max(shown.values(), default=1) == 1, shown


def check_state(world: World, replay: Replay) -> None:
    """The state is one that follows from what was ever true."""
    state, reason = ReplayState(replay.state), ReplayReason(replay.reason)
    present = [file for file in replay.files.all() if file.gone_at is None]
    if state is not ReplayState.DELETED:
        assert bool(present) == (state is ReplayState.READY), f"{state} with {len(present)} files"
    ever = world.cloud.statuses[replay.room.number] if replay.room is not None else set()
    if state in {ReplayState.RECORDING, ReplayState.PROCESSING}:
        assert ever & HELD, f"{state} of a class that was never begun"
    if state is ReplayState.PROCESSING:
        assert int(CloudStatus.ENDED) in ever or replay.room is None or replay.room.gone_at
    if reason is ReplayReason.CANCELLED:
        assert replay.lesson is not None
        assert replay.lesson.is_cancelled
    if reason is ReplayReason.NEVER_HELD and not world.lied_gone:
        assert not ever & HELD, "never held, though it was"
    if reason is ReplayReason.GIVEN_UP:
        assert timezone.now() >= class_end(replay) + GIVE_UP_AFTER - ABOUT
    if reason is ReplayReason.VANISHED:
        check_vanished(world.cloud, replay, is_lie_of_room=world.lied_gone)


def check_vanished(cloud: ThreadlessCloud, replay: Replay, *, is_lie_of_room: bool) -> None:
    assert replay.room is not None
    number = replay.room.number
    assert is_lie_of_room or number in cloud.lost_files | cloud.hidden_files


def check_told(world: World, replay: Replay) -> None:
    """Whatever it is, there are words for it."""
    standing = replay.state, replay.reason
    if world.seen_replays.get(replay.pk) != standing:
        world.seen_replays[replay.pk] = standing
        assert explain(replay, timezone.now()).sentence


def check_trash(world: World, replays: list[Replay]) -> None:
    """Check that what people delete stays deleted until they bring it back; we delete nothing else."""
    for replay in replays:
        is_trashed = replay.pk in world.trashed
        reasons = {ReplayReason.TRASHED, ReplayReason.DELETED_HERE}
        assert is_trashed == (replay.deleted_at is not None)
        assert is_trashed == (replay.reason in reasons), f"{replay.reason} of {world.trashed}"
        assert is_trashed == hasattr(replay, "purge")


def check_accepted(world: World) -> None:
    """Check that what was answered with 200 is kept, or will be answered by a look that begins after it came."""
    if not world.accepted:
        return
    events = EVENTS.rows()
    digests = {event.digest for event in events}
    for each in world.accepted:
        if each.digest in digests:
            continue
        alike = [event for event in events if event.room_id == each.room_id]
        assert any(
            event.state == EventState.WAITING
            or (event.begun_at is not None and event.begun_at >= each.at)
            for event in alike
        ), f"{each} is lost"


def check_notices(replays: list[Replay]) -> None:
    """Nobody hears twice that a replay is ready; and it was."""
    ready = Notice.objects.filter(kind__in=(READY_NOTICE, MANY_READY_NOTICE))
    told = Counter(ready.values_list("user", "cause"))
    assert max(told.values(), default=1) == 1
    assert all(replay.files.all() for replay in replays if replay.ready_told_at is not None)


# --- At rest -------------------------------------------------------------------------------------


def check_rest(world: World) -> None:
    """Nothing is left to be done: no lease, no event, no work overdue."""
    at = timezone.now()
    left: dict[str, QuerySet[Any]] = {
        "events": CallbackEvent.objects.waiting(),
        "leases of events": CallbackEvent.objects.filter(leased_until__gt=at),
        "leases of replays": Replay.objects.filter(leased_until__gt=at),
        "replays to ask for": Replay.objects.filter(due_at__lte=at),
        "replays to be told of": Replay.objects.filter(
            state=ReplayState.READY, ready_told_at=None, planned_end__gt=at - dt.timedelta(days=6)
        ),
        "deletions": ReplayPurge.objects.filter(due_at__lte=at),
        "rooms to change": Room.objects.to_sync().filter(Q(due_at=None) | Q(due_at__lte=at)),
        "leases of rooms": Room.objects.filter(leased_until__gt=at),
        "rooms to ask for": RoomPolling.objects.filter(due_at__lte=at),
    }
    found = {what: list(rows) for what, rows in left.items() if rows.exists()}
    assert not found, found


def check_found(world: World, *, within: dt.timedelta, ended_after: dt.datetime) -> None:
    """Without anybody's help: what the cloud has of a late class, if it came so soon after its end."""
    for room in world.cloud.rooms():
        if room.real_end_s < ended_after.timestamp():
            continue
        kept = Replay.objects.filter(room__room_id=room.room_id).first()
        ready = world.cloud.ready(room.room_id)
        if not ready or room.room_id not in world.rooms() or (kept and kept.deleted_at):
            continue
        assert kept is not None, f"room {room.room_id} has a recording and no replay"
        if room.room_id in world.cloud.hidden_files:
            assert present_of(kept), f"of room {room.room_id} nothing was found again"
            continue
        soon_s = room.real_end_s + within.total_seconds()
        at_s = world.cloud.ready_at_s[room.room_id]
        wanted = {url for url in ready if at_s[url] <= soon_s}
        assert wanted <= present_of(kept), f"of room {room.room_id} something was not found"


def check_same(world: World) -> None:
    """Everything is as it is in the cloud, exactly."""
    for room in world.cloud.rooms():
        kept = Replay.objects.filter(room__room_id=room.room_id).first()
        ready = world.cloud.ready(room.room_id)
        row = Room.objects.filter(room_id=room.room_id).first()
        assert row is not None or not ready, f"nobody knows of room {room.room_id}"
        if row is not None and row.gone_at is None:
            assert row.cloud_status == room.status, f"room {room.room_id}"
        if kept is None:
            assert not ready, f"room {room.room_id} has a recording and no replay"
        elif kept.purged_at is not None:
            assert not ready, f"room {room.room_id} was deleted, and is still there"
        else:
            assert present_of(kept) == ready, f"files of room {room.room_id}"
    for file in ReplayFile.objects.filter(gone_at=None).select_related("replay__room"):
        assert file.replay.room is not None
        number = file.replay.room.number
        assert ("" if file.is_signalling else file.url) in world.cloud.ready(number)


def present_of(replay: Replay) -> set[str]:
    present = ReplayFile.objects.filter(replay=replay, gone_at=None)
    return {"" if file.is_signalling else file.url for file in present}
