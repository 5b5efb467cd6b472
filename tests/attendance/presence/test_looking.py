"""Rooms are looked into while a board is open, or an alarm: seldom, whatever callbacks say."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from attendance.enums import INSIDE_AS_GUEST, AlarmKind, MemberRole
from attendance.models import Alarm, LessonWatch, RoomPresence
from attendance.presence import looking, short_marks
from attendance.presence.board import is_board_open, open_board
from attendance.presence.looking import look_due, mark_rooms, want_look
from attendance.presence.saving import Look, save_look
from classroom.client.rate_limits import LOOKS_A_SECOND, Priority, calls_per_s
from classroom.envelope import parse_envelope
from classroom.hooks import member_listeners
from classroom.services.inbox import store_event, tell_of_members
from schedule.models import Lesson
from tests.support.callbacks import body_of
from tests.support.guests import guest_of
from tests.support.running_class import RunningClass, member

pytestmark = pytest.mark.django_db

SECOND = dt.timedelta(seconds=1)


@pytest.fixture
def marks(monkeypatch: pytest.MonkeyPatch) -> dict[str, dt.datetime]:
    """The marks of Redis, in this process."""
    until: dict[str, dt.datetime] = {}

    def run(name: str, act: str, holds: dt.timedelta) -> int:
        stood = until.get(name, timezone.now()) > timezone.now()
        if act == "set" or (act == "once" and not stood):
            until[name] = timezone.now() + holds
        elif act == "end":
            until.pop(name, None)
        return int(stood)

    monkeypatch.setattr(short_marks, "_run", run)
    monkeypatch.setattr(short_marks, "send_in_background", lambda *_task, **_options: None)
    monkeypatch.setattr("attendance.presence.board.send_in_background", lambda *_task: None)
    return until


@pytest.fixture
def begun(running: RunningClass) -> RunningClass:
    running.begin()
    running.let_in(running.teacher(), running.student())
    return running


def look(running: RunningClass, after_s: float) -> None:
    with time_machine.travel(running.at(1) + after_s * SECOND, tick=False):
        look_due(timezone.now())


def open_now(running: RunningClass, after_s: float) -> None:
    with time_machine.travel(running.at(1) + after_s * SECOND, tick=False):
        open_board()


def presence(running: RunningClass) -> RoomPresence:
    return RoomPresence.objects.get(room=running.room)


# --- When ------------------------------------------------------------------------------------------------


def test_nobody_looks_at_a_board_so_no_room_is_looked_into(begun: RunningClass, marks: object):
    for after_s in range(0, 120, 10):
        look(begun, after_s)

    assert begun.looks == 0


def test_room_on_an_open_board_is_looked_into_every_thirty_seconds(
    begun: RunningClass, marks: object
):
    for after_s in range(0, 62, 2):
        open_now(begun, after_s)
        look(begun, after_s)
    while_open = begun.looks
    for after_s in range(100, 200, 10):
        look(begun, after_s)

    # At 0, 30 and 60 s, and what was planned when it was left.
    assert (while_open, begun.looks) == (3, 4)
    assert set(begun.people.priorities) == {Priority.BACKGROUND}


def test_board_is_closed_soon_after_the_last_question(begun: RunningClass, marks: object):
    open_now(begun, 0)

    with time_machine.travel(begun.at(1) + 29 * SECOND):
        assert is_board_open()
    with time_machine.travel(begun.at(1) + 31 * SECOND):
        assert not is_board_open()


def test_room_is_looked_into_from_the_moment_at_which_its_teacher_may_enter(
    running: RunningClass, marks: object
):
    with time_machine.travel(running.at(-29), tick=False):
        open_board()
        look_due(timezone.now())

    assert running.looks == 1


@pytest.mark.parametrize("days_later", [0, 2])
def test_room_of_a_lesson_that_was_moved_or_is_over_is_looked_into_no_more(
    running: RunningClass, marks: object, days_later: int
):
    """Whatever callbacks say of a class that nobody has begun."""
    for minute in range(40, 60):
        with time_machine.travel(running.at(minute), tick=False):
            open_board()
            mark_rooms({running.room.number})
            look_due(timezone.now())
        if days_later and minute == 40:
            later = dt.timedelta(days=days_later)
            Lesson.objects.update(
                starts_at=running.lesson.starts_at + later, ends_at=running.lesson.ends_at + later
            )

    # One look at the moved lesson was planned before.
    assert running.looks == (2 if days_later else 5 + 1)


def test_forged_callbacks_cause_one_look_in_two_seconds(begun: RunningClass, marks: object):
    open_now(begun, 0)
    look(begun, 0)
    for tenth in range(1, 61):
        with time_machine.travel(begun.at(1) + tenth * SECOND / 10, tick=False):
            mark_rooms({begun.room.number, 12345})
            look_due(timezone.now())

    assert begun.looks == 1 + 3


def test_callback_of_a_room_at_which_nobody_looks_causes_none(begun: RunningClass, marks: object):
    RoomPresence.objects.create(room=begun.room)

    with time_machine.travel(begun.at(1)):
        mark_rooms({begun.room.number})

    assert presence(begun).due_at is None


def test_callback_of_a_room_with_an_open_alarm_makes_it_due(begun: RunningClass, marks: object):
    RoomPresence.objects.create(room=begun.room)
    moments = {"certain_at": begun.at(10), "raised_at": begun.at(10)}
    Alarm.objects.create(lesson=begun.lesson, kind=AlarmKind.EMPTY, **moments)

    with time_machine.travel(begun.at(11)):
        mark_rooms({begun.room.number})
        look_due(timezone.now())

    assert begun.looks == 1


def test_callback_of_a_member_is_stored_and_tells_the_workers(
    begun: RunningClass, monkeypatch: pytest.MonkeyPatch
):
    messages: list[tuple[str, int]] = []
    monkeypatch.setattr(
        "classroom.services.inbox.send_gathered",
        lambda name, room_id: messages.append((name, room_id)),
    )
    marked_rooms: list[Any] = []

    data = {"RoomId": begun.room.number, "UserId": "x"}
    joined = parse_envelope(json.dumps(body_of("MemberJoin", data)).encode())
    for _delivery in range(2):
        store_event(joined, at=timezone.now())
    with member_listeners.only(marked_rooms.append):
        tell_of_members({begun.room.number})

    assert messages == [("classroom.tell_of_members", begun.room.number)]
    assert marked_rooms == [{begun.room.number}]


def test_who_wants_a_look_while_one_goes_on_gets_another(begun: RunningClass, marks: object):
    with time_machine.travel(begun.at(1), tick=False):
        want_look([begun.room.pk], timezone.now())
    answer = begun.people.answer

    def mark_meanwhile(number: int, priority: Priority) -> Any:
        with time_machine.travel(begun.at(1) + SECOND, tick=False):
            want_look([begun.room.pk], timezone.now())
        return answer(number, priority)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(looking, "current_members", mark_meanwhile)
        look(begun, 0)
    look(begun, 3)

    assert begun.looks == 2


def test_calls_of_all_processes_share_one_limit():
    assert calls_per_s("DescribeCurrentMemberList") == LOOKS_A_SECOND <= 15


# --- What is kept ----------------------------------------------------------------------------------------


def test_those_inside_are_kept_by_id_role_and_nickname(begun: RunningClass, marks: object):
    begun.let_in(begun.teacher(), member("left", is_inside=False))
    open_now(begun, 0)
    look(begun, 0)

    teacher = begun.teacher()
    assert presence(begun).looked_at == begun.at(1)
    assert presence(begun).members == [[teacher.user_id, MemberRole.TEACHER, teacher.nickname]]


def test_guests_are_no_students_inside_and_their_names_are_not_kept(
    begun: RunningClass, marks: object
):
    guest_of(begun.lesson, user_id="guest")
    begun.let_in(member("guest"), member("stranger"))
    open_now(begun, 0)
    look(begun, 0)

    assert presence(begun).members == [
        ["guest", INSIDE_AS_GUEST, ""],
        ["stranger", MemberRole.STUDENT, "n-stranger"],
    ]


def looked(row: RoomPresence, at: dt.datetime, *members: Any) -> RoomPresence:
    save_look(row, Look(at, members), None)
    return RoomPresence.objects.get(pk=row.pk)


def test_earlier_look_never_overwrites_a_later_one(begun: RunningClass):
    row = RoomPresence.objects.create(room=begun.room)
    looked(row, begun.at(3), member("later"))

    presence_after = looked(row, begun.at(2), member("earlier"))

    assert [cells[0] for cells in presence_after.members] == ["later"]
    assert presence_after.looked_at == begun.at(3)


def test_since_when_the_teacher_is_away(begun: RunningClass):
    row = RoomPresence.objects.create(room=begun.room)
    teacher, helper = MemberRole.TEACHER, MemberRole.ASSISTANT

    def away(minute: float, *members: Any) -> dt.datetime | None:
        return looked(row, begun.at(minute), *members).teacher_away_since

    def left(at: float, role: MemberRole = teacher) -> Any:
        return member(f"t{role}", role, is_inside=False, left_at=begun.at(at))

    assert away(1, member("pupil")) is None, "nobody was ever seen"
    assert away(2, member("t", teacher)) is None
    assert away(3, member("pupil")) == begun.at(3), "the first look without them"
    assert away(4, member("pupil")) == begun.at(3)
    assert away(5, left(4.5)) == begun.at(4.5), "they came back between two looks"
    assert away(6, left(4.5), left(5.5, helper)) == begun.at(5.5), "the last of them"
    assert away(7, left(4.5), member("h", helper)) is None
    assert away(8, left(99)) == begun.at(8), "the cloud's clock is ahead"
    assert away(9, member("t", teacher)) is None
    assert away(10, left(5)) == begun.at(9), "the cloud's clock is behind: they were there at 9"


def test_change_is_told_to_those_who_ask_again_and_again(begun: RunningClass):
    row = RoomPresence.objects.create(room=begun.room)
    changes = [
        looked(row, begun.at(minute), *(member(user_id) for user_id in members)).changed_at
        for minute, members in ((1, ("a",)), (2, ("a",)), (3, ("a", "b")))
    ]

    assert changes == [begun.at(1), begun.at(1), begun.at(3)]


def test_look_that_shows_something_else_has_the_lesson_judged(begun: RunningClass):
    row = RoomPresence.objects.create(room=begun.room)
    looked(row, begun.at(1), member("pupil"))
    LessonWatch.objects.create(lesson=begun.lesson, due_at=begun.at(30))

    looked(row, begun.at(2), member("pupil"), member("another"))
    same_kinds = LessonWatch.objects.get().due_at
    looked(row, begun.at(3), member("pupil"), member("t", MemberRole.TEACHER))

    assert (same_kinds, LessonWatch.objects.get().due_at) == (begun.at(30), begun.at(3))


def test_last_student_who_leaves_a_guest_behind_has_the_lesson_judged(begun: RunningClass):
    guest_of(begun.lesson, user_id="guest")
    row = RoomPresence.objects.create(room=begun.room)
    looked(row, begun.at(1), member("guest"), member("pupil"))
    LessonWatch.objects.create(lesson=begun.lesson, due_at=begun.at(30))

    looked(row, begun.at(2), member("guest"))

    assert LessonWatch.objects.get().due_at == begun.at(2)


def test_class_that_is_over_has_nobody_inside_and_its_room_is_refreshed(
    begun: RunningClass, marks: object
):
    open_now(begun, 0)
    look(begun, 0)
    begun.people.over.add(begun.room.number)
    begun.cloud.change_room(begun.room.number, "end")

    open_now(begun, 30)
    look(begun, 30)

    begun.room.refresh_from_db()
    assert begun.room.real_ended_at is not None
    assert not RoomPresence.objects.exists()


def test_silence_of_the_cloud_is_kept_from_its_first_moment_on(begun: RunningClass, marks: object):
    begun.people.is_silent = True
    silences = set()
    for after_s in (0, 10, 25, 50, 75):
        open_now(begun, after_s)
        look(begun, after_s)
        silences.add(presence(begun).unreachable_since)
    begun.people.is_silent = False
    open_now(begun, 100)
    look(begun, 100)

    (silent_since,) = silences
    assert silent_since is not None
    assert begun.at(1) <= silent_since < begun.at(1) + SECOND
    assert presence(begun).unreachable_since is None
