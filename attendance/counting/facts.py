"""The cloud's facts about a lesson's rooms, as the formulas take them: seconds since 1970, by the cloud's user id."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from attendance.counting.stages import statistics_of
from attendance.formulas import Sum, seconds_of
from attendance.models import MemberRecord, Stay
from edu_platform.lib.periods import Period
from schedule.lessons.begun import is_begun, is_over
from schedule.models import Room


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
    keys = [room.pk for room in over]
    in_events: set[tuple[int, str]] = set()
    for stay in Stay.objects.filter(statistics__in=keys):
        period = Period(seconds_of(stay.joined_at), seconds_of(stay.left_at))
        facts.stays[stay.classroom_user_id].append(period)
        in_events.add((stay.statistics_id, stay.classroom_user_id))
    for record in MemberRecord.objects.filter(statistics__in=keys, present_s__gt=0):
        if (record.statistics_id, record.classroom_user_id) not in in_events:
            facts.sums[record.classroom_user_id].append(_sum(record))
    return facts


def real_period(room: Room) -> Period | None:
    """Return when the class really ran in a room: as its statistics say, else as the room's state does."""
    statistics = statistics_of(room)
    started_at, ended_at = room.real_started_at, room.real_ended_at
    if statistics is not None:
        started_at = statistics.real_started_at or started_at
        ended_at = statistics.real_end
    if started_at is None or ended_at is None:
        return None
    return Period(seconds_of(started_at), seconds_of(ended_at))


def _sum(record: MemberRecord) -> Sum:
    return Sum(
        present_s=record.present_s,
        first_in_s=_optional_seconds(record.first_joined_at),
        last_out_s=_optional_seconds(record.last_quit_at),
    )


def _optional_seconds(moment: dt.datetime | None) -> int | None:
    return None if moment is None else seconds_of(moment)
