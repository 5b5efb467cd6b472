"""The cloud's facts about a lesson's rooms, as the formulas take them: seconds since 1970, by the cloud's user id."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from attendance import formulas
from attendance.counting.stages import statistics_of
from attendance.formulas import Sum, seconds_of
from attendance.models import MemberRecord, Stay
from edu_platform.lib.periods import Period
from schedule.lessons.begun import is_begun, is_over
from schedule.models import Room

# By so much the cloud's clock may be ahead of the platform's.
CLOCKS_DIFFER = dt.timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Facts:
    """The real periods of rooms whose class is over, and the stays and sums of users in them."""

    real: Sequence[Period] = ()
    stays: defaultdict[str, list[Period]] = field(default_factory=lambda: defaultdict(list))
    # They come from rooms that told no stays of the user.
    sums: defaultdict[str, list[Sum]] = field(default_factory=lambda: defaultdict(list))


def facts_of(rooms: Iterable[Room]) -> Facts:
    """Read what is known of rooms that were read with their statistics; two queries."""
    over = [room for room in rooms if is_begun(room) and is_over(room)]
    facts = Facts([period for room in over if (period := real_period(room)) is not None])
    records = records_of(over)
    stays = stays_of(over, records)
    for (_room_pk, user_id), periods in stays.items():
        facts.stays[user_id] += periods
    for key, record in records.items():
        if record.present_s and key not in stays:
            facts.sums[record.classroom_user_id].append(sum_of(record))
    return facts


# A room's key, and the cloud's id of a user in it.
UserKey = tuple[int, str]


def records_of(rooms: Iterable[Room]) -> dict[UserKey, MemberRecord]:
    """Return the cloud's sums about the users in these rooms; one query."""
    records = MemberRecord.objects.filter(statistics__in=[room.pk for room in rooms])
    return {(record.statistics_id, record.classroom_user_id): record for record in records}


def stays_of(
    rooms: Iterable[Room], records: Mapping[UserKey, MemberRecord]
) -> dict[UserKey, list[Period]]:
    """Return the stays of users in these rooms, in order and all with an end; one query.

    Who came in only when the class was over is not among them.
    """
    ends = {room.pk: _real_times(room)[1] for room in rooms}
    stays: defaultdict[UserKey, list[Period]] = defaultdict(list)
    for row in Stay.objects.filter(statistics__in=list(ends)).order_by("joined_at", "pk"):
        key, end = (row.statistics_id, row.classroom_user_id), ends[row.statistics_id]
        last_out_at = records[key].last_quit_at if key in records else None
        stay = formulas.Stay(seconds_of(row.joined_at), _optional_seconds(row.left_at))
        end_s = stay.start_s if end is None else seconds_of(end)
        period = formulas.closed(stay, end_s, _optional_seconds(last_out_at))
        if period.length_s:
            stays[key].append(period)
    return dict(stays)


def real_period(room: Room) -> Period | None:
    """Return when the class really ran in a room: as its statistics say, else as the room's state does."""
    started_at, ended_at = _real_times(room)
    if started_at is None or ended_at is None:
        return None
    return Period(seconds_of(started_at), seconds_of(ended_at))


def _real_times(room: Room) -> tuple[dt.datetime | None, dt.datetime | None]:
    statistics = statistics_of(room)
    if statistics is None:
        return room.real_started_at, room.real_ended_at
    own_end = statistics.end_without_statistics
    started_at = statistics.real_started_at or room.real_started_at
    ended_at = statistics.real_ended_at or own_end
    asked_at = statistics.statistics_at
    # Times that cannot be are not taken: out of order, or later than the moment at which they were told.
    is_in_order = started_at is None or started_at <= ended_at
    is_past = asked_at is None or ended_at <= max(asked_at + CLOCKS_DIFFER, own_end)
    return (started_at, ended_at) if is_in_order and is_past else (room.real_started_at, own_end)


def sum_of(record: MemberRecord) -> Sum:
    """Return the cloud's sum as the formulas take it."""
    return Sum(
        present_s=record.present_s,
        first_in_s=_optional_seconds(record.first_joined_at),
        last_out_s=_optional_seconds(record.last_quit_at),
    )


def _optional_seconds(moment: dt.datetime | None) -> int | None:
    return None if moment is None else seconds_of(moment)
