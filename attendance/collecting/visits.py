"""Single comings and goings of a room as stays, by the cloud's user id."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from attendance import formulas
from attendance.formulas import seconds_of
from classroom.client.statistics import Visit

StaysByUser = Mapping[str, tuple[formulas.Stay, ...]]


def stays_by_user(visits: Iterable[Visit]) -> StaysByUser:
    own_visits: defaultdict[str, list[formulas.Visit]] = defaultdict(list)
    for visit in visits:
        moved = formulas.Visit(seconds_of(visit.at), visit.has_come)
        own_visits[visit.user_id].append(moved)
    return {user_id: formulas.stays(own) for user_id, own in own_visits.items()}


def known_ends(stays: StaysByUser) -> int:
    """Return how many comings and goings the stays are made of: of two readings the one with more tells more."""
    ends = 0
    for own in stays.values():
        ends += sum(1 if stay.end_s is None else 2 for stay in own)
    return ends
