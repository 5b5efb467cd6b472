"""The statistics of a class: its member records, from the visits.

Each person has an address and a place of their own, made up, which the cloud sends with the rest. Expected are the
teacher, the assistants and the guests of the room; the cloud knows no other list of names here. Assumed: those who did
not come are listed, with zeros; a person's device is that of their last visit; time in the room before the class
starts counts, as being in the room is all that the vendor's text (在线时长) asks for.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import dataclass

from localcloud.callbacks import events
from localcloud.cloud import Cloud
from localcloud.state import members, visits
from localcloud.state.rooms import Room
from localcloud.state.visits import Visit

NOT_COME, ONLINE, OFFLINE, KICKED, KICKED_FOR_GOOD, DROPPED = range(6)
_STATES = {
    None: ONLINE,
    events.REASON_LEFT: OFFLINE,
    events.REASON_KICKED: KICKED,
    events.REASON_KICKED_FOR_GOOD: KICKED_FOR_GOOD,
    events.REASON_HEARTBEAT_LOST: DROPPED,
    events.REASON_ROOM_ENDED: OFFLINE,
}


@dataclass(frozen=True, slots=True)
class MemberRecord:
    """One person and one class; times are 0 of somebody who did not come."""

    user_id: str
    name: str
    role: int
    present_s: int = 0
    first_join_s: int = 0
    last_quit_s: int = 0
    device: int = 0
    state: int = NOT_COME

    @property
    def ip_address(self) -> str:
        """Return an address of the block for documentation, 2001:db8::/32, that is this person's alone."""
        digest = hashlib.sha256(self.user_id.encode()).hexdigest()
        return f"2001:db8:{digest[:4]}:{digest[4:8]}::{digest[8:12]}"

    @property
    def location(self) -> str:
        digest = hashlib.sha256(self.user_id.encode()).hexdigest()
        return f"本地省云端市测试路 {int(digest[:8], 16)} 号"


def member_records(cloud: Cloud, room: Room) -> list[MemberRecord]:
    """Return the records: who came, in order of arrival, then who was expected and did not."""
    by_user: dict[str, list[Visit]] = defaultdict(list)
    for visit in visits.of_room(cloud, room.room_id):
        by_user[visit.user_id].append(visit)
    records = [_record(own) for own in by_user.values()]
    absent = [user_id for user_id in _expected(room) if user_id not in by_user]
    return [*records, *(_absent(cloud, room, user_id) for user_id in absent)]


def peak(cloud: Cloud, room: Room) -> int:
    """Return how many people were there at once, at most."""
    moves = []
    for visit in visits.of_room(cloud, room.room_id):
        moves.append((visit.joined_s, 1))
        if visit.left_s is not None:
            moves.append((visit.left_s, -1))
    highest = present = 0
    for _, move in sorted(moves):
        present += move
        highest = max(highest, present)
    return highest


def present_seconds(stays: list[tuple[int, int]]) -> int:
    """Return the length of the union of stays."""
    total, until_s = 0, 0
    for joined_s, left_s in sorted(stays):
        total += max(left_s - max(joined_s, until_s), 0)
        until_s = max(until_s, left_s)
    return total


def _record(own: list[Visit]) -> MemberRecord:
    last = own[-1]
    stays = [(visit.joined_s, visit.left_s) for visit in own if visit.left_s is not None]
    return MemberRecord(
        user_id=last.user_id,
        name=own[0].name,
        role=members.ROLE_NUMBERS[last.role],
        present_s=present_seconds(stays),
        first_join_s=own[0].joined_s,
        last_quit_s=max((left_s for _, left_s in stays), default=0),
        device=last.device,
        state=_STATES[last.reason],
    )


def _expected(room: Room) -> list[str]:
    people = [room.fields["TeacherId"], *room.fields["Assistants"], *room.fields.get("Guests", ())]
    return list(dict.fromkeys(user_id for user_id in people if user_id))


def _absent(cloud: Cloud, room: Room, user_id: str) -> MemberRecord:
    row = cloud.db.execute("SELECT name FROM users WHERE user_id = ?", (user_id,)).fetchone()
    role = members.role_of(room, user_id, supervises=False)
    return MemberRecord(user_id, "" if row is None else row["name"], members.ROLE_NUMBERS[role])
