"""Asking the cloud who was in a room's class. No function here may run inside a transaction."""

from __future__ import annotations

import datetime as dt
import logging
from collections import defaultdict
from dataclasses import dataclass

from django.utils import timezone

from attendance import formulas
from attendance.collecting.asking_times import FRESH, has_events
from attendance.collecting.stays import StaysByUser, known_ends, stays_by_user
from attendance.formulas import seconds_of
from attendance.models import RoomStatistics, Stay
from classroom.client import statistics as client
from classroom.client.error_codes import ErrorKind, is_kind
from classroom.client.errors import CloudError, CloudRejected
from classroom.client.rate_limits import Priority
from classroom.client.statistics import MemberEvent, RoomSummary, StatisticsNotReady
from classroom.enums import Source
from edu_platform.lib.periods import length_s, union
from edu_platform.lib.text import error_summary

logger = logging.getLogger(__name__)

# The cloud's sums and its events need not agree to the second.
CLOSE_ENOUGH_S = 5


@dataclass(frozen=True, slots=True)
class RoomAnswer:
    """The cloud's answer about who was in a room; what it did not tell, or was not asked, is None."""

    # When it began to be asked.
    asked_at: dt.datetime
    source: Source
    events: tuple[MemberEvent, ...] | None = None
    summary: RoomSummary | None = None
    # The cloud has no such room any more.
    is_gone: bool = False
    # What it said instead of the statistics; what it told before is saved all the same, as it may be gone later.
    refusal: CloudError | None = None


def fetch_answer(row: RoomStatistics, *, source: Source) -> RoomAnswer:
    """Ask for what is not known yet of a room: who came and left, while the cloud knows, and the statistics.

    Statistics that are still being made are no refusal. Nothing that is said against the events holds up the
    statistics, and nothing against these loses the events. A class without any event is believed only beside
    whole statistics: somebody had to begin it.
    """
    asked_at = timezone.now()
    number, priority = row.room.number, urgency(row, asked_at)
    wants_events = row.events_at is None and has_events(row.ended_at, asked_at)
    events = summary = None
    try:
        events = _fetch_events(number, priority) if wants_events else None
        summary = None if row.has_told_all else _fetch_summary(number, priority)
    except CloudError as err:
        if isinstance(err, CloudRejected) and is_kind(err, ErrorKind.ROOM_GONE):
            return RoomAnswer(asked_at, source, events=events or None, is_gone=True)
        return RoomAnswer(asked_at, source, events=events or None, refusal=err)
    if summary is not None and has_events(row.ended_at, asked_at):
        events = _with_overlooked(row, events, summary, priority)
    is_whole = row.has_told_all if summary is None else not summary.missing_people
    if not is_whole:
        events = events or None
    return RoomAnswer(asked_at, source, events=events, summary=summary)


def urgency(row: RoomStatistics, at: dt.datetime) -> Priority:
    return Priority.CLASS_ENDED if at - row.ended_at < FRESH else Priority.BACKGROUND


def _fetch_events(number: int, priority: Priority) -> tuple[MemberEvent, ...] | None:
    try:
        return client.list_member_events(number, priority)
    except CloudError as err:
        if isinstance(err, CloudRejected) and is_kind(err, ErrorKind.ROOM_GONE):
            raise
        logger.warning("events of room %s: %s", number, error_summary(err))
        return None


def _fetch_summary(number: int, priority: Priority) -> RoomSummary | None:
    try:
        summary = client.room_statistics(number, priority)
    except StatisticsNotReady:
        return None
    if summary.missing_lines:
        logger.warning("statistics of room %s: %s lines are missing", number, summary.missing_lines)
    return summary


def _with_overlooked(
    row: RoomStatistics,
    events: tuple[MemberEvent, ...] | None,
    summary: RoomSummary,
    priority: Priority,
) -> tuple[MemberEvent, ...] | None:
    """Return the events, read from all pages where they tell less of somebody than the statistics do."""
    if events is None and row.events_at is None:
        return None  # the cloud did not tell them; it is asked again
    stays = _saved_stays(row) if events is None else stays_by_user(events)
    if not _is_overlooked(row, stays, summary):
        return events
    try:
        by_page = client.list_member_events_by_page(row.room.number, priority)
    except CloudError as err:
        logger.warning("events of room %s: %s", row.room.number, error_summary(err))
        return events
    return by_page if known_ends(stays_by_user(by_page)) > known_ends(stays) else events


def _saved_stays(row: RoomStatistics) -> StaysByUser:
    stays: defaultdict[str, tuple[formulas.Stay, ...]] = defaultdict(tuple)
    for stay in Stay.objects.filter(statistics=row):
        left_s = None if stay.left_at is None else seconds_of(stay.left_at)
        stays[stay.classroom_user_id] += (formulas.Stay(seconds_of(stay.joined_at), left_s),)
    return stays


def _is_overlooked(row: RoomStatistics, stays: StaysByUser, summary: RoomSummary) -> bool:
    """Tell whether somebody came, or was there for longer, of whom these stays do not tell."""
    end_s = seconds_of(summary.real_ended_at or row.end_without_statistics)
    for member in summary.members:
        own = stays.get(member.user_id, ())
        last_out_s = None if member.last_quit_at is None else seconds_of(member.last_quit_at)
        periods = union(formulas.closed(stay, end_s, last_out_s) for stay in own)
        is_shorter = length_s(periods) + CLOSE_ENOUGH_S < member.present_s
        if is_shorter or (member.has_come and not own):
            return True
    return False
