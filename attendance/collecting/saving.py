"""Saving what the cloud told of a room: a later look wins, and the same facts in any order end in the same rows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.db import transaction

from accounts.erasing.erased_ids import erased_among
from attendance.collecting.asking_times import has_events, next_asking
from attendance.collecting.fetching import RoomAnswer
from attendance.collecting.stays import stays_by_user
from attendance.counting.due_lessons import count_soon
from attendance.enums import MissingReason
from attendance.formulas import moment_of
from attendance.models import MemberRecord, RoomStatistics, Stay
from classroom.client.statistics import MemberEvent, RoomSummary
from edu_platform.lib.batches import ROWS_A_STATEMENT
from schedule.guests.user_ids import guests_by_user_id


@transaction.atomic
def save_answer(statistics_pk: int, answer: RoomAnswer, at: dt.datetime) -> None:
    """Save an answer, and when the room is asked again, if it is. Safe to repeat.

    After a refusal the caller says when.
    """
    row = _locked(statistics_pk)
    is_news = False
    if answer.summary is not None and _is_later(answer, row.statistics_at):
        _save_summary(row, answer.summary)
        row.statistics_at, is_news = answer.asked_at, True
    if answer.events is not None and _is_later(answer, row.events_at):
        _save_events(row, answer.events)
        row.events_at, is_news = answer.asked_at, True
    was_missing = row.missing_reason
    if is_news:
        row.source, row.missing_reason = answer.source, ""
    if answer.refusal is None:
        _plan(row, at, is_gone=answer.is_gone)
    row.save()
    if is_news or row.missing_reason != was_missing:
        _count(row, at)


@transaction.atomic
def give_up(statistics_pk: int, reason: MissingReason, at: dt.datetime) -> None:
    """Note why it will never be known who was in a room, unless it is."""
    row = _locked(statistics_pk)
    if not row.is_answered:
        row.missing_reason, row.due_at = _exact(row, reason), None
        row.save(update_fields=["missing_reason", "due_at"])
        _count(row, at)


def _locked(statistics_pk: int) -> RoomStatistics:
    rows = RoomStatistics.objects.select_for_update(of=("self",), no_key=True).select_related(
        "room"
    )
    return rows.get(pk=statistics_pk)


def _is_later(answer: RoomAnswer, known_at: dt.datetime | None) -> bool:
    return known_at is None or answer.asked_at >= known_at


def _count(row: RoomStatistics, at: dt.datetime) -> None:
    if row.room.lesson_id is not None:
        count_soon([row.room.lesson_id], at, can_wait=True)


def _plan(row: RoomStatistics, at: dt.datetime, *, is_gone: bool) -> None:
    """Say when the room is asked again, or why it never is."""
    wants_events = row.events_at is None and has_events(row.ended_at, at)
    is_whole = row.has_told_all and not wants_events
    row.due_at = None if is_whole or is_gone else next_asking(row.ended_at, at)
    if row.due_at is None and not row.is_answered:
        reason = MissingReason.ROOM_GONE if is_gone else MissingReason.NEVER_CAME
        row.missing_reason = _exact(row, reason)


def _exact(row: RoomStatistics, reason: MissingReason) -> MissingReason:
    """Return why it is not known who was in a room: where some people were told of, that is the reason."""
    return reason if row.statistics_at is None else MissingReason.INCOMPLETE


def _save_summary(row: RoomStatistics, summary: RoomSummary) -> None:
    row.real_started_at = summary.real_started_at
    row.real_ended_at = summary.real_ended_at
    row.missing_lines = summary.missing_people
    row.members.all().delete()
    user_ids = [member.user_id for member in summary.members]
    lessons = [] if row.room.lesson_id is None else [row.room.lesson_id]
    erased, guests = erased_among(user_ids), guests_by_user_id(user_ids, lessons)
    records = [
        MemberRecord(
            statistics=row,
            classroom_user_id=member.user_id,
            # A guest's name stands in their own row alone, where it is forgotten in time.
            nickname="" if member.user_id in guests else member.nickname,
            role=member.role,
            present_s=member.present_s,
            first_joined_at=member.first_joined_at,
            last_quit_at=member.last_quit_at,
            device=member.device,
        )
        for member in summary.members
        if member.user_id not in erased
    ]
    MemberRecord.objects.bulk_create(records, batch_size=ROWS_A_STATEMENT)


def _save_events(row: RoomStatistics, events: Iterable[MemberEvent]) -> None:
    row.stays.all().delete()
    stays_of_users = stays_by_user(events)
    erased = erased_among(list(stays_of_users))
    stays = [
        Stay(
            statistics=row,
            classroom_user_id=user_id,
            joined_at=moment_of(stay.start_s),
            left_at=None if stay.end_s is None else moment_of(stay.end_s),
        )
        for user_id, own in stays_of_users.items()
        if user_id not in erased
        for stay in own
    ]
    Stay.objects.bulk_create(stays, batch_size=ROWS_A_STATEMENT)
