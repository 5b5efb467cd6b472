"""Saving what a look into a room showed: an earlier look never overwrites a later one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from django.db import transaction

from attendance.enums import INSIDE_AS_GUEST, MemberRole
from attendance.models import Alarm, RoomPresence
from attendance.presence.judging_soon import judge_soon
from classroom.client.clock_difference import by_our_clock
from classroom.client.members import CurrentMember
from edu_platform.lib.statements import Statement
from schedule.guests.user_ids import guests_by_user_id
from schedule.models import Room

TEACHING = (MemberRole.TEACHER, MemberRole.ASSISTANT)
# The cloud's id of somebody inside, their role and nickname, as a row keeps them; of a guest no nickname is kept.
MemberCells = list[str | int]
_Cells = TypeVar("_Cells", bound=Sequence[str | int])


@dataclass(frozen=True, slots=True)
class Look:
    """A look into a room: when it began, and the people whom the cloud named; None: the class is over."""

    asked_at: dt.datetime
    members: tuple[CurrentMember, ...] | None


@transaction.atomic
def save_look(row: RoomPresence, look: Look, next_at: dt.datetime | None) -> None:
    """Save a look at a leased row, and when the next one is wanted. Safe to repeat.

    Who wants another look meanwhile gets it.
    """
    presence = _LOCKED.first(pk=row.pk)
    if presence is None:
        return  # the room is over, and its row is gone
    if presence.due_at == row.due_at and next_at is not None:
        presence.due_at = next_at
    if presence.looked_at is None or presence.looked_at <= look.asked_at:
        _apply(presence, look)
    presence.save(
        update_fields=[
            "due_at",
            "looked_at",
            "members",
            "teacher_away_since",
            "changed_at",
            "over_at",
        ]
    )


def _apply(presence: RoomPresence, look: Look) -> None:
    """Bring a row up to a look; what changed has the alarms of its lesson judged."""
    is_first = presence.looked_at is None
    facts_before, kinds_before = _facts_of(presence), _kinds_inside(presence)
    presence.teacher_away_since = _away_since(presence, look)
    presence.members = _members_inside(presence, look.members or ())
    presence.over_at = (presence.over_at or look.asked_at) if look.members is None else None
    presence.looked_at = look.asked_at
    has_changed = _facts_of(presence) != facts_before
    if is_first or has_changed:
        presence.changed_at = look.asked_at
    is_news = is_first or _kinds_inside(presence) != kinds_before
    if is_news or (has_changed and has_alarm_about_people(presence)):
        judge_soon(_LESSON.rows(pk=presence.pk), look.asked_at)


def _facts_of(presence: RoomPresence) -> tuple[object, ...]:
    return presence.members, presence.teacher_away_since, presence.over_at


def _members_inside(presence: RoomPresence, members: Iterable[CurrentMember]) -> list[MemberCells]:
    """Return the people inside, as the row keeps them; one query where students are among them."""
    inside = [member for member in members if member.is_inside]
    inside.sort(key=lambda member: member.user_id)
    students = [member.user_id for member in inside if member.role == MemberRole.STUDENT]
    guests = guests_by_user_id(students, Room.objects.filter(pk=presence.pk).values("lesson"))
    return [
        [member.user_id, INSIDE_AS_GUEST, ""]
        if member.user_id in guests
        else [member.user_id, member.role, member.nickname]
        for member in inside
    ]


def without_supervisors(members: Iterable[_Cells]) -> list[_Cells]:
    """Return those of the people inside who count: supervisors look in, and are nobody's students or teachers."""
    return [cells for cells in members if cells[1] != MemberRole.SUPERVISOR]


def is_teaching(members: Collection[MemberCells]) -> bool:
    """Return whether the teacher or an assistant is among these."""
    return any(role in TEACHING for _user_id, role, _nickname in members)


def has_alarm_about_people(presence: RoomPresence) -> bool:
    """Return whether an alarm about people is open for the lesson of this room. One query."""
    return _ALARM_ABOUT_PEOPLE.first(pk=presence.pk) is not None


def _kinds_inside(presence: RoomPresence) -> tuple[object, ...]:
    has_student = any(role == MemberRole.STUDENT for _user_id, role, _nickname in presence.members)
    return is_teaching(presence.members), has_student, presence.teacher_away_since


def _away_since(presence: RoomPresence, look: Look) -> dt.datetime | None:
    """Return since when, by this look, neither teacher nor assistant is inside; None also where none was ever seen.

    Since the cloud told that the last of them left, or else since the first look that did not show them any more.
    """
    teaching = [member for member in look.members or () if member.role in TEACHING]
    if look.members is None or any(member.is_inside for member in teaching):
        return None
    departures = [by_our_clock(member.left_at) for member in teaching if member.left_at]
    left_at = max(departures, default=None)
    if left_at is not None:
        # By how far clocks differ is known to some seconds.
        left_at = min(left_at, look.asked_at)
    if is_teaching(presence.members):
        # Nor did anybody leave before the look that showed them.
        return max(left_at or look.asked_at, presence.looked_at or look.asked_at)
    times = [moment for moment in (presence.teacher_away_since, left_at) if moment is not None]
    return max(times, default=None)


_LOCKED = Statement(
    lambda pk: RoomPresence.objects.select_for_update(of=("self",), no_key=True).filter(pk=pk)
)
_LESSON = Statement(
    lambda pk: RoomPresence.objects.filter(pk=pk, room__lesson__isnull=False).values_list(
        "room__lesson", flat=True
    )
)
_ALARM_ABOUT_PEOPLE = Statement(
    lambda pk: (
        Alarm.objects.open()
        .about_people()
        .filter(lesson__rooms=pk)
        .values_list("pk", flat=True)[:1]
    )
)
