"""Read what the cloud itself told of who was in the rooms of a lesson, by its own id of a user."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from attendance.counting.facts import records_of, stays_of
from attendance.counting.stages import statistics_of
from attendance.enums import DeviceKind, MemberRole
from attendance.formulas import moment_of
from attendance.lengths import length_text
from attendance.models import MemberRecord
from edu_platform.lib.formatting import NOTHING, listed
from schedule.models import Room

# A class that was open to everybody had thousands; more than so many are counted.
UNINVITED_SHOWN = 200


class OwnStay(NamedTuple):
    joined_at: dt.datetime
    left_at: dt.datetime


@dataclass(frozen=True, slots=True)
class UserInRoom:
    """A user in one room: single stays, as long as they are kept, and the cloud's sum."""

    user_id: str
    room_number: str
    stays: Sequence[OwnStay]
    record: MemberRecord | None

    @property
    def summed(self) -> str:
        return "" if self.record is None else length_text(self.record.present_s)

    @property
    def device(self) -> str:
        """Return the kind of their device; empty where it is not known."""
        if self.record is None or self.record.device == DeviceKind.UNKNOWN:
            return ""
        return str(DeviceKind(self.record.device).label)


@dataclass(frozen=True, slots=True)
class Uninvited:
    """A user who is on no roster: matched to nobody."""

    user_id: str
    nickname: str
    role: str
    in_rooms: Sequence[UserInRoom]


class CloudFacts:
    """Keep what the cloud told of the rooms of one lesson; two queries."""

    def __init__(self, rooms: Iterable[Room]) -> None:
        answered = [room for room in rooms if statistics_of(room) is not None]
        records = records_of(answered)
        stays = {
            key: [OwnStay(moment_of(start_s), moment_of(end_s)) for start_s, end_s in periods]
            for key, periods in stays_of(answered, records).items()
        }
        self._in_rooms: defaultdict[str, list[UserInRoom]] = defaultdict(list)
        for room in answered:
            ids = {user_id for key, user_id in (*stays, *records) if key == room.pk}
            for user_id in sorted(ids):
                key = room.pk, user_id
                user_in_room = UserInRoom(
                    user_id, str(room.room_id), stays.get(key, ()), records.get(key)
                )
                self._in_rooms[user_id].append(user_in_room)

    @property
    def user_ids(self) -> set[str]:
        return set(self._in_rooms)

    def of(self, user_ids: Iterable[str]) -> list[UserInRoom]:
        """Return what was told of somebody, who may have had several ids."""
        return [
            user_in_room for user_id in user_ids for user_in_room in self._in_rooms.get(user_id, ())
        ]

    def uninvited(self, invited: Collection[str]) -> tuple[list[Uninvited], int]:
        """Return the first users of whom none of these ids is, and how many there are besides."""
        user_ids = sorted(self._in_rooms.keys() - invited)
        shown = user_ids[:UNINVITED_SHOWN]
        lines = [_uninvited(user_id, self._in_rooms[user_id]) for user_id in shown]
        return lines, len(user_ids) - len(shown)


def _uninvited(user_id: str, in_rooms: Sequence[UserInRoom]) -> Uninvited:
    records = [user_in_room.record for user_in_room in in_rooms if user_in_room.record is not None]
    nicknames = dict.fromkeys(record.nickname for record in records if record.nickname)
    roles = dict.fromkeys(str(MemberRole(record.role).label) for record in records)
    return Uninvited(
        user_id=user_id,
        nickname=listed(nicknames) or NOTHING,
        role=listed(roles) or NOTHING,
        in_rooms=in_rooms,
    )


def moments_of(in_rooms: Iterable[UserInRoom]) -> list[tuple[dt.datetime, dt.datetime]]:
    """Return all single stays, room by room."""
    return [
        (stay.joined_at, stay.left_at) for user_in_room in in_rooms for stay in user_in_room.stays
    ]
