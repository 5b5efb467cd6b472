"""The platform asks the cloud by itself who was in a class, once it has ended, until it is known."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from attendance.collecting.asking import ask_due
from attendance.collecting.asking_times import next_asking
from attendance.counting.due_lessons import count_due
from attendance.enums import AttendanceStage, MissingReason
from attendance.models import LessonAttendance, PersonAttendance, RoomStatistics, Stay
from classroom.client import statistics as client
from classroom.client.rate_limits import Priority
from tests.attendance.collecting.conftest import HeldClass

pytestmark = pytest.mark.django_db

SECOND, MINUTE, HOUR = dt.timedelta(seconds=1), dt.timedelta(minutes=1), dt.timedelta(hours=1)


def ask(held: HeldClass, after: dt.timedelta) -> None:
    """Let a worker ask so long after the end, and another one count."""
    with time_machine.travel(held.ended_at + after):
        ask_due(timezone.now())
        count_due(timezone.now())


def asked(held: HeldClass) -> list[str]:
    actions = ("GetRoomEvent", "DescribeRoomStatistics")
    return [call["action"] for call in held.cloud.calls() if call["action"] in actions]


def stage(held: HeldClass) -> str:
    return LessonAttendance.objects.get(pk=held.lesson.pk).stage


def came_and_went(held: HeldClass) -> None:
    teacher, student, other = held.people
    held.stay(teacher, 0)
    held.stay(student, 3, 20)
    held.stay(student, 25)
    held.stay(other, 10, 12)
    held.end()


def expected_stays(held: HeldClass) -> set[tuple[str, float, float]]:
    teacher, student, other = (person.username for person in held.people)
    return {(teacher, 0, 45), (student, 3, 20), (student, 25, 45), (other, 10, 12)}


def test_class_is_asked_about_ten_seconds_after_its_end_in_three_calls(held: HeldClass):
    came_and_went(held)

    ask(held, 9 * SECOND)
    too_early = asked(held)
    ask(held, 10 * SECOND)

    assert too_early == []
    assert asked(held) == ["GetRoomEvent", "GetRoomEvent", "DescribeRoomStatistics"]
    assert held.stays() == expected_stays(held)
    statistics = held.statistics()
    assert (statistics.due_at, statistics.missing_reason) == (None, "")
    assert statistics.real_ended_at == held.ended_at
    assert stage(held) == AttendanceStage.FINAL
    ask(held, HOUR)
    assert len(asked(held)) == 3


def test_running_class_and_one_that_nobody_began_are_not_asked_about(held: HeldClass):
    ask(held, -MINUTE)
    held.cloud.change_room(held.room.number, "delete")

    assert asked(held) == []
    assert not RoomStatistics.objects.exists()


def test_statistics_that_are_late_are_asked_for_again_and_events_once(held: HeldClass):
    held.cloud.set_attendance(late_s=60)
    came_and_went(held)

    ask(held, 10 * SECOND)
    assert held.stays() == expected_stays(held)
    assert stage(held) == AttendanceStage.PROVISIONAL
    statistics = held.statistics()
    assert statistics.due_at is not None
    assert 25 * SECOND <= statistics.due_at - held.ended_at <= 27 * SECOND
    assert statistics.unreachable_since is None
    for seconds in (30, 60):
        ask(held, seconds * SECOND)

    assert asked(held).count("GetRoomEvent") == 2
    assert asked(held).count("DescribeRoomStatistics") == 3
    assert stage(held) == AttendanceStage.FINAL


def test_statistics_that_never_come_are_given_up_after_two_days_and_fifty_calls(held: HeldClass):
    held.cloud.set_attendance(never=True)
    came_and_went(held)

    at: dt.datetime | None = held.ended_at + 10 * SECOND
    while at is not None:
        with time_machine.travel(at):
            ask_due(timezone.now())
        at = held.statistics().due_at

    with time_machine.travel(held.ended_at + 49 * HOUR):
        count_due(timezone.now())
    assert held.statistics().missing_reason == MissingReason.NEVER_CAME
    assert 45 <= len(asked(held)) <= 56
    assert stage(held) == AttendanceStage.PROVISIONAL


def test_refused_statistics_are_given_up_with_another_reason(held: HeldClass):
    held.cloud.set_attendance(refuse="UnauthorizedOperation")
    came_and_went(held)

    ask(held, 10 * SECOND)
    refused = held.statistics()
    ask(held, 47 * HOUR)
    ask(held, 48 * HOUR + MINUTE)

    assert refused.due_at is not None
    assert "UnauthorizedOperation" in refused.last_error
    assert held.stays() == expected_stays(held)  # they would be gone by now
    assert held.statistics().missing_reason == MissingReason.REFUSED
    assert held.statistics().due_at is None


def test_room_that_was_deleted_in_the_cloud_is_given_up_at_once(held: HeldClass):
    came_and_went(held)
    held.cloud.change_room(held.room.number, "delete")

    ask(held, 10 * SECOND)

    statistics = held.statistics()
    assert (statistics.due_at, statistics.missing_reason) == (None, MissingReason.ROOM_GONE)


def test_silent_cloud_is_asked_again_however_long_it_is_silent(held: HeldClass):
    came_and_went(held)
    held.cloud.switch("*", "http500")

    ask(held, 10 * SECOND)
    ask(held, 50 * HOUR)
    held.cloud.clear()
    ask(held, 51 * HOUR)

    assert held.statistics().statistics_at is not None
    assert held.stays() == set()  # too late for single stays
    teacher, student, other = (person.username for person in held.people)
    assert held.sums() == {teacher: 2700, student: 17 * 60 + 20 * 60, other: 120}


def test_lost_events_of_some_are_looked_for_page_by_page(held: HeldClass):
    held.cloud.set_attendance(events="fewer")
    came_and_went(held)

    ask(held, 10 * SECOND)

    calls = [call["params"] for call in held.cloud.calls(action="GetRoomEvent")]
    assert [call.get("Keyword") for call in calls] == ["MemberJoin", "MemberQuit", None]
    teacher, student, other = (person.username for person in held.people)
    assert {name for name, _, _ in held.stays()} == {teacher, other}
    assert held.sums()[student] == 37 * 60


def test_cut_answer_is_completed_page_by_page(held: HeldClass):
    held.cloud.set_attendance(keyword_limit=1)
    came_and_went(held)

    ask(held, 10 * SECOND)

    assert held.stays() == expected_stays(held)


def test_lines_that_the_cloud_counts_and_does_not_give_are_logged(
    held: HeldClass, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    whole = client.room_statistics
    monkeypatch.setattr(
        client,
        "room_statistics",
        lambda *args: dataclasses.replace(whole(*args), missing_lines=2),
    )
    came_and_went(held)

    ask(held, MINUTE)

    assert "2 lines are missing" in caplog.text
    assert stage(held) == AttendanceStage.FINAL


@pytest.mark.parametrize("garble", ["types", "missing", "total"])
def test_lines_that_are_missing_make_nobody_absent(held: HeldClass, garble: str):
    for person in held.people:
        held.stay(person, 0)
    held.end()
    held.cloud.set_attendance(garble=garble)

    ask(held, 61 * MINUTE)  # single events are gone
    told = held.statistics()
    assert (stage(held), told.missing_reason) == (AttendanceStage.PROVISIONAL, "")
    assert told.due_at is not None
    ask(held, 48 * HOUR + MINUTE)
    given_up = held.statistics()
    assert (stage(held), given_up.due_at) == (AttendanceStage.PROVISIONAL, None)
    assert given_up.missing_reason == MissingReason.INCOMPLETE
    assert not PersonAttendance.objects.exclude(state="").exists()


@pytest.mark.parametrize("switches", [{}, {"never": True}, {"refuse": "FailedOperation"}])
def test_class_in_which_nobody_is_said_to_have_been_is_asked_about_again(
    held: HeldClass, switches: dict[str, Any]
):
    held.cloud.set_attendance(**switches)
    held.end()

    ask(held, 10 * SECOND)

    statistics = held.statistics()
    assert (statistics.events_at, statistics.due_at is None) == (None, False)
    assert stage(held) == AttendanceStage.PROVISIONAL


def test_answer_that_was_cut_after_everybodys_first_coming_is_completed(held: HeldClass):
    held.cloud.set_attendance(keyword_limit=3)
    came_and_went(held)

    ask(held, 10 * SECOND)

    assert held.stays() == expected_stays(held)


def test_pages_that_tell_less_replace_nothing_that_is_saved(
    held: HeldClass, monkeypatch: pytest.MonkeyPatch
):
    held.cloud.set_attendance(late_s=60)
    came_and_went(held)
    ask(held, 10 * SECOND)
    Stay.objects.filter(classroom_user_id=held.ids[held.people[2]]).delete()
    known = held.stays()
    whole = client.list_member_events_by_page(held.room.number, Priority.BACKGROUND)
    monkeypatch.setattr(client, "list_member_events_by_page", lambda *_asked: whole[:2])

    ask(held, MINUTE)

    assert held.stays() == known


def test_refused_events_do_not_hold_up_statistics_and_are_asked_for_again(held: HeldClass):
    held.cloud.switch("GetRoomEvent", "fail", code="UnsupportedOperation", times=1)
    came_and_went(held)

    ask(held, 10 * SECOND)
    first_stays, first_sums = held.stays(), held.sums()
    ask(held, MINUTE)

    assert (first_stays, len(first_sums)) == (set(), 3)
    assert held.stays() == expected_stays(held)
    assert held.statistics().due_at is None


def test_class_of_another_application_is_not_asked_about(held: HeldClass, settings: Any):
    settings.LCIC_SDK_APP_ID = 1
    came_and_went(held)

    ask(held, 10 * SECOND)

    assert asked(held) == []


def test_nothing_is_asked_without_a_cloud(held: HeldClass, settings: Any):
    came_and_went(held)
    settings.LCIC_SECRET_ID = ""

    with time_machine.travel(held.ended_at + MINUTE):
        assert ask_due(timezone.now()) is None


@pytest.mark.parametrize(
    ("age", "wait"),
    [
        (10 * SECOND, 15 * SECOND),
        (60 * SECOND, 15 * SECOND),
        (4 * MINUTE, MINUTE),
        (4 * HOUR, HOUR),
        (20 * HOUR, 2 * HOUR),
        (47 * HOUR, HOUR),
        (48 * HOUR, None),
    ],
)
def test_waits_grow_with_the_time_since_the_end(age: dt.timedelta, wait: dt.timedelta | None):
    ended_at = timezone.now()

    due_at = next_asking(ended_at, ended_at + age)

    assert (None if due_at is None else due_at - ended_at - age) == wait
