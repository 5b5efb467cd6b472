"""Saving what a look into a room showed: an earlier look never overwrites a later one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.db import transaction

from attendance.enums import ALARMS_ABOUT_PEOPLE, MemberRole
from attendance.models import Alarm, RoomPresence
from attendance.presence.judging_soon import judge_soon
from classroom.client.members import CurrentMember
from edu_platform.lib.statements import Statement

TEACHING = (MemberRole.TEACHER, MemberRole.ASSISTANT)
# The cloud's id of somebody inside, their role and nickname, as a row keeps them.
MemberCells = list[str | int]


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
    known = _LOCKED.first(pk=row.pk)
    if known is None:
        return  # the room is over, and its row is gone
    if known.due_at == row.due_at and next_at is not None:
        known.due_at = next_at
    if known.looked_at is None or known.looked_at <= look.asked_at:
        _take(known, look)
    known.save(
        update_fields=[
            "due_at",
            "looked_at",
            "members",
            "teacher_away_since",
            "changed_at",
            "over_at",
        ]
    )


def _take(known: RoomPresence, look: Look) -> None:
    before = (known.members, known.teacher_away_since, known.over_at)
    is_first = known.looked_at is None
    who_before = _kinds_inside(known)
    known.teacher_away_since = _away_since(known, look)
    known.members = members_inside(look.members or ())
    known.over_at = (known.over_at or look.asked_at) if look.members is None else None
    known.looked_at = look.asked_at
    has_changed = before != (known.members, known.teacher_away_since, known.over_at)
    if is_first or has_changed:
        known.changed_at = look.asked_at
    if is_first or who_before != _kinds_inside(known) or (has_changed and _has_alarm(known)):
        judge_soon(_LESSON.rows(pk=known.pk), look.asked_at)


def members_inside(members: Iterable[CurrentMember]) -> list[MemberCells]:
    """Return the people inside, as a row keeps them."""
    inside = sorted((member for member in members if member.is_inside), key=lambda one: one.user_id)
    return [[member.user_id, member.role, member.nickname] for member in inside]


def is_teaching(members: Collection[MemberCells]) -> bool:
    """Return whether the teacher or an assistant is among these."""
    return any(role in TEACHING for _user_id, role, _nickname in members)


def _kinds_inside(row: RoomPresence) -> tuple[object, ...]:
    has_student = any(role == MemberRole.STUDENT for _user_id, role, _nickname in row.members)
    return is_teaching(row.members), has_student, row.teacher_away_since


def _away_since(known: RoomPresence, look: Look) -> dt.datetime | None:
    """Return since when, by this look, neither teacher nor assistant is inside; None also where none was ever seen.

    Since the cloud told that the last of them left, or else since the first look that did not show them any more.
    """
    teaching = [member for member in look.members or () if member.role in TEACHING]
    if look.members is None or any(member.is_inside for member in teaching):
        return None
    left_at = max((one.left_at for one in teaching if one.left_at is not None), default=None)
    if left_at is not None:
        # The cloud's clock may be ahead.
        left_at = min(left_at, look.asked_at)
    if is_teaching(known.members):
        # Nor did anybody leave before the look that showed them: the cloud's clock may be behind.
        return max(left_at or look.asked_at, known.looked_at or look.asked_at)
    times = [moment for moment in (known.teacher_away_since, left_at) if moment is not None]
    return max(times, default=None)


def _has_alarm(row: RoomPresence) -> bool:
    return _ALARM.first(pk=row.pk) is not None


_LOCKED = Statement(
    lambda pk: RoomPresence.objects.select_for_update(of=("self",), no_key=True).filter(pk=pk)
)
_LESSON = Statement(
    lambda pk: RoomPresence.objects.filter(pk=pk, room__lesson__isnull=False).values_list(
        "room__lesson", flat=True
    )
)
_ALARM = Statement(
    lambda pk: (
        Alarm.objects.open()
        .filter(lesson__rooms=pk, kind__in=ALARMS_ABOUT_PEOPLE)
        .values_list("pk", flat=True)[:1]
    )
)
