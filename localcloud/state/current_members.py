"""The people of a class that goes on, as DescribeCurrentMemberList tells them.

Assumed, because the cloud's pages are silent: only who is there is listed, in order of arrival, and who has been there
before has the time of that quit; somebody whose heartbeat was lost is there, briefly dropped (暂时掉线), until
`dropped_s` have passed. With `current` set to all, those who have left and those who were expected and never came are
listed too; the Total counts who is there all the same, as its description (当前房间的总人数) says.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

from localcloud.cloud import Cloud
from localcloud.state import attendance_settings, statistics, visits
from localcloud.state.rooms import Room
from localcloud.state.statistics import DROPPED, OFFLINE, ONLINE, MemberRecord, present_seconds
from localcloud.state.visits import Visit

PRESENT = frozenset({ONLINE, DROPPED})


def listed(cloud: Cloud, room: Room) -> tuple[list[MemberRecord], int]:
    """Return the records of an open room as the settings want them, and the number of people who are there."""
    settings = attendance_settings.load(cloud, room.room_id)
    by_user: dict[str, list[Visit]] = defaultdict(list)
    for visit in visits.of_room(cloud, room.room_id):
        by_user[visit.user_id].append(visit)
    everybody = [
        replace(
            record,
            present_s=_present_s(cloud, by_user.get(record.user_id, [])),
            state=_state(cloud, record, by_user.get(record.user_id, []), settings.dropped_s),
        )
        for record in statistics.member_records(cloud, room)
    ]
    present = [record for record in everybody if record.state in PRESENT]
    lists_all = settings.current == attendance_settings.CURRENT_ALL
    return (everybody if lists_all else present), len(present)


def _state(cloud: Cloud, record: MemberRecord, own_visits: list[Visit], dropped_s: float) -> int:
    if any(visit.left_s is None for visit in own_visits):
        return ONLINE
    if record.state != DROPPED:
        return record.state
    is_brief = cloud.time_s() < record.last_quit_s + dropped_s
    return DROPPED if is_brief else OFFLINE


def _present_s(cloud: Cloud, own_visits: list[Visit]) -> int:
    now_s = cloud.now_s()
    return present_seconds(
        [(visit.joined_s, now_s if visit.left_s is None else visit.left_s) for visit in own_visits]
    )
