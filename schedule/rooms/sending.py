"""Sends to the cloud what differs between a lesson and its made room, and notes what the cloud was told.

No function here may run inside a transaction.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from django.utils import timezone

from classroom.client import rooms as cloud_rooms
from classroom.client.errors import CloudError
from classroom.client.rate_limits import Priority
from classroom.client.rooms import RoomChanges, RoomDetails, RoomPlan
from schedule.enums import RecordMode
from schedule.models import Lesson, Room, lesson_of
from schedule.rooms.plans import (
    SENT_COLUMNS,
    described_columns,
    sent_columns,
    version_of_plan,
)
from schedule.rooms.remedies import is_signalling_given_up
from schedule.rooms.requests import ask_for_refused_recordings, registered_plan

NO_CHANGES = RoomChanges()
NO_FIELDS: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Attempt:
    """A plan to send; the cloud is not told of the fields in `without`, which it refused."""

    plan: RoomPlan
    without: frozenset[str] = NO_FIELDS
    # The state of the lesson (`version_of_plan`) of which it refused them.
    refused_version: str = ""
    # People whom the cloud had forgotten are registered again once.
    has_registered_again: bool = False

    def with_plan(self, plan: RoomPlan) -> Attempt:
        return replace(self, plan=plan)


def wanted_plan(lesson: Lesson, room: Room, priority: Priority) -> RoomPlan:
    """Return what the cloud should hold for this lesson in a room that is made."""
    plan = registered_plan(room, lesson, priority)
    if plan.starts_at <= timezone.now() and room.sent_starts_at is not None:
        # A start that has passed cannot be changed, and need not be.
        return plan.starting_at(room.sent_starts_at)
    return plan


def first_attempt(room: Room, lesson: Lesson, plan: RoomPlan) -> Attempt:
    """Return the whole plan, or, while the lesson is unchanged, the plan without what the cloud refused."""
    if room.left_out_fields and was_refused(room, lesson):
        return Attempt(plan, frozenset(room.left_out_fields), room.refused_version)
    return Attempt(plan)


def was_refused(room: Room, lesson: Lesson) -> bool:
    """Tell whether the cloud refused something of the lesson as it is now."""
    return bool(room.refused_version) and room.refused_version == version_of_plan(lesson)


def send(room: Room, attempt: Attempt, priority: Priority) -> None:
    """Send what differs, and note that the cloud was told.

    Raises:
        CloudUnavailable, CloudProtocolError: whether the cloud took it is unknown.
        CloudRejected: the cloud refuses it.
    """
    changes = _changes_of(differing_fields(room, attempt.plan) - attempt.without, attempt.plan)
    if changes != NO_CHANGES:
        _modify(room, changes, priority)
    _save_sent(room, attempt)


def _modify(room: Room, changes: RoomChanges, priority: Priority) -> None:
    unsure = Room.objects.filter(pk=room.pk)
    # Before the call, as this process may be killed while it waits for the answer.
    unsure.update(is_change_unanswered=True)
    try:
        cloud_rooms.modify_room(room.number, changes, priority)
    except CloudError:
        # Also after a refusal: an earlier try of the same call may have gone through without an answer. And
        # a sync beside this one may have had its own answer meanwhile.
        unsure.update(is_change_unanswered=True)
        raise


def note_described(room: Room, details: RoomDetails) -> None:
    """Note what the cloud has, as it has just described the room; from it the next differences are counted."""
    Room.objects.filter(pk=room.pk).update(is_change_unanswered=False, **described_columns(details))
    room.refresh_from_db()


def differing_fields(room: Room, plan: RoomPlan) -> frozenset[str]:
    """Return the fields of a plan that the cloud was told otherwise."""
    wanted = sent_columns(plan)
    differing = {
        name for name, column in SENT_COLUMNS.items() if wanted[column] != getattr(room, column)
    }
    # One-to-one and interactive class are one type in the cloud, which tells them apart by the seats.
    had_one_seat = room.sent_max_mic_number == 1
    if "room_type" in differing or had_one_seat != (plan.max_mic_number == 1):
        return frozenset(differing | {"max_mic_number"})
    return frozenset(differing - {"max_mic_number"})


def _changes_of(fields: frozenset[str], plan: RoomPlan) -> RoomChanges:
    changes = RoomChanges(**{name: getattr(plan, name) for name in fields})
    if "max_mic_number" in fields:
        # So many seats may need another resolution than the one that the room was made with.
        changes = replace(changes, resolution=plan.resolution)
    if "disable_record" in fields:
        # It may have been made with the layout of another mode.
        changes = replace(changes, record_layout=plan.record_layout)
    return changes


def _save_sent(room: Room, attempt: Attempt) -> None:
    """Note what the cloud was told; the flag falls unless the lesson changed meanwhile.

    The worker and who enters may send at once: where the one that saves last sent the older state of the
    lesson, the flag rises again.
    """
    plan, lesson = attempt.plan, lesson_of(room)
    is_taken_after_all = room.recording_refused and _is_told_to_record(attempt)
    is_wanted = lesson.record_mode != RecordMode.NONE
    # Who asks for the recording after the plan was made has not been heard yet.
    answered = {"must_ask_for_recording": False} if room.must_ask_for_recording else {}
    Room.objects.filter(pk=room.pk).update(
        **_columns_told(plan, attempt.without),
        **_left_out(room, lesson, attempt),
        **answered,
        recording_refused=room.recording_refused and is_wanted and not is_taken_after_all,
        signalling_refused=room.signalling_refused and is_signalling_given_up(lesson, plan),
        last_error="",
        attempts=0,
        unreachable_since=None,
        due_at=None,
    )
    if is_taken_after_all:
        ask_for_refused_recordings()
    _lower_flag(room)


def _is_told_to_record(attempt: Attempt) -> bool:
    is_told = "disable_record" not in attempt.without
    return is_told and attempt.plan.disable_record != RecordMode.NONE


def _columns_told(plan: RoomPlan, without: frozenset[str]) -> dict[str, object]:
    columns_left = {SENT_COLUMNS[name] for name in without}
    return {
        column: value for column, value in sent_columns(plan).items() if column not in columns_left
    }


def _left_out(room: Room, lesson: Lesson, attempt: Attempt) -> dict[str, object]:
    """Return the columns that say what the cloud was not told of, and of which state of the lesson."""
    left_out = sorted(differing_fields(room, attempt.plan) & attempt.without)
    if not left_out:
        refused_version = room.refused_version if was_refused(room, lesson) else ""
        told_whole = {"left_out_fields": [], "is_change_unanswered": False}
        return told_whole | {"refused_version": refused_version}
    # Whether it has them nevertheless, by a try whose answer was lost, is asked when the lesson changes.
    return {"left_out_fields": left_out, "refused_version": attempt.refused_version}


def _lower_flag(room: Room) -> None:
    room.refresh_from_db()
    lesson = lesson_of(room)
    attempt = first_attempt(room, lesson, wanted_plan(lesson, room, Priority.BACKGROUND))
    if differing_fields(room, attempt.plan) <= attempt.without:
        # A change of the lesson since that look gave the room another turn.
        Room.objects.filter(pk=room.pk, due_at=None).update(must_change_in_cloud=False)
    else:
        Room.objects.current().filter(pk=room.pk).flag_changed()
