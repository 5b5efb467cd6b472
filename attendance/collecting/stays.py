"""Single comings and goings of a room as stays, by the cloud's user id."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from attendance import formulas
from attendance.formulas import seconds_of
from classroom.client.statistics import MemberEvent

StaysByUser = Mapping[str, tuple[formulas.Stay, ...]]


def stays_by_user(events: Iterable[MemberEvent]) -> StaysByUser:
    events_by_user: defaultdict[str, list[formulas.MemberEvent]] = defaultdict(list)
    for event in events:
        own_event = formulas.MemberEvent(seconds_of(event.at), event.has_come)
        events_by_user[event.user_id].append(own_event)
    return {user_id: formulas.stays(own) for user_id, own in events_by_user.items()}


def known_ends(stays: StaysByUser) -> int:
    """Return how many comings and goings the stays are made of: of two readings the one with more tells more."""
    ends = 0
    for own in stays.values():
        ends += sum(1 if stay.end_s is None else 2 for stay in own)
    return ends
