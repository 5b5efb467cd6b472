"""Faults of rooms, and what looks like one and has its reason."""

from __future__ import annotations

from deploy.soak import journal
from tests.deploy.soak.planted.case import (
    DOUBLED,
    LOST,
    NEW_ROOM,
    UNEXPLAINED,
    Case,
    Explained,
    Fault,
)


def _keep_open_after_cancelling(case: Case) -> None:
    case.sql("UPDATE schedule_lesson SET state = 'cancelled' WHERE title = '第四讲'")
    to_come = case.school.to_come
    case.tell(journal.LessonCancelled(title=to_come.title, lesson_code=to_come.code))


def _lose_answer_of_room(case: Case) -> None:
    case.twin(case.to_come)
    where = "room_id = (SELECT id FROM schedule_room WHERE room_id = {})".format(
        case.to_come["RoomId"]
    )
    case.copy_row("schedule_roomrequest", where, "'{}'")


def _lose_one_answer_of_two(case: Case) -> None:
    _lose_answer_of_room(case)
    case.twin(case.to_come, RoomId=NEW_ROOM + 1)


FAULTS = (
    Fault(
        "two open rooms",
        lambda c: c.second_room_here(c.to_come, reason="frozen"),
        DOUBLED,
        "has the open rooms",
    ),
    Fault(
        "held twice without a reason",
        lambda c: c.second_room_here(c.held, reason="ahead"),
        DOUBLED,
        "was held in the rooms",
    ),
    Fault("twin in the cloud", lambda c: c.twin(c.to_come), DOUBLED, f"room {NEW_ROOM}"),
    Fault(
        "more rooms than calls",
        _lose_one_answer_of_two,
        DOUBLED,
        f"room {NEW_ROOM + 1}",
    ),
    Fault(
        "room that nobody asked for",
        lambda c: c.twin(c.to_come, TeacherId="x"),
        UNEXPLAINED,
        "no call to make it",
    ),
    Fault(
        "class in an unknown room",
        lambda c: c.twin(c.to_come, Status=2),
        LOST,
        "a class was held in it",
    ),
    Fault(
        "room lost in the cloud",
        lambda c: c.evidence.cloud["rooms"].remove(c.to_come),
        UNEXPLAINED,
        "and nobody here knows",
    ),
    Fault(
        "room counts as deleted",
        lambda c: c.sql("UPDATE schedule_room SET gone_at = now() WHERE is_current"),
        UNEXPLAINED,
        "counts as deleted",
    ),
    Fault(
        "class state differs",
        lambda c: c.to_come.update(Status=3),
        UNEXPLAINED,
        "has status 0, and 3 in the cloud",
    ),
    Fault(
        "end of class differs",
        lambda c: c.held.update(RealEndTime=5),
        UNEXPLAINED,
        "has real_ended_at",
    ),
    Fault(
        "room of a cancelled lesson",
        _keep_open_after_cancelling,
        UNEXPLAINED,
        "its lesson does not take place",
    ),
    Fault(
        "lesson without a room",
        lambda c: c.sql(
            "UPDATE schedule_room SET is_current = false WHERE room_id = %s", c.to_come["RoomId"]
        ),
        LOST,
        "“第四讲” has no room",
    ),
    Fault(
        "room put aside stays open",
        lambda c: c.sql(
            "UPDATE schedule_room SET is_current = false WHERE room_id = %s", c.to_come["RoomId"]
        ),
        UNEXPLAINED,
        "that was put aside",
    ),
    Fault(
        "room has other times", lambda c: c.to_come.update(EndTime=5), UNEXPLAINED, "has EndTime 5"
    ),
)
EXPLAINED: Explained = (("room whose answer was lost", _lose_answer_of_room),)
