"""Guests of a lesson who were in its rooms: they stand apart, and count nowhere."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from attendance.counting.facts import sum_of
from attendance.formulas import Held, moment_of, presence, seconds_of
from attendance.lengths import length_text
from attendance.lesson_page.cloud_facts import CloudFacts, UserInRoom, moments_of
from attendance.models import LessonAttendance
from edu_platform.lib.periods import Period
from schedule.guests.user_ids import guests_by_user_id
from schedule.models import Guest


@dataclass(frozen=True, slots=True)
class GuestLine:
    guest: Guest
    first_in_at: dt.datetime | None
    last_out_at: dt.datetime | None
    in_class: str


def guests_among(user_ids: Collection[str], lesson_id: int) -> dict[str, Guest]:
    """Return those of these users who were guests of this lesson; one query, and none for no user."""
    guests = guests_by_user_id(user_ids, [lesson_id])
    return {user_id: guest for user_id, guest in guests.items() if guest.lesson_id == lesson_id}


def guest_lines(
    guests: dict[str, Guest], facts: CloudFacts, row: LessonAttendance | None
) -> list[GuestLine]:
    """Return a line for each guest, by the formulas for people of the roster, in the order in which they were invited."""
    user_ids: defaultdict[int, list[str]] = defaultdict(list)
    for user_id, guest in guests.items():
        user_ids[guest.pk].append(user_id)
    held = Held(() if row is None else row.held_periods)
    in_order = sorted(
        {guest.pk: guest for guest in guests.values()}.values(),
        key=lambda guest: (guest.invited_at, guest.pk),
    )
    return [_line(guest, facts.of(user_ids[guest.pk]), held) for guest in in_order]


def _line(guest: Guest, in_rooms: Sequence[UserInRoom], held: Held) -> GuestLine:
    stays = [Period(seconds_of(came), seconds_of(left)) for came, left in moments_of(in_rooms)]
    sums = [
        sum_of(user_in_room.record)
        for user_in_room in in_rooms
        if user_in_room.record is not None and not user_in_room.stays
    ]
    present = presence(stays, sums, held)
    first_s, last_s = present.first_in_s, present.last_out_s
    return GuestLine(
        guest=guest,
        first_in_at=None if first_s is None else moment_of(first_s),
        last_out_at=None if last_s is None else moment_of(last_s),
        in_class=length_text(present.seconds),
    )
