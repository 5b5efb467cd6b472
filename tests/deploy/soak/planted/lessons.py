"""Faults of the timetable and its people, and what looks like one and has its reason."""

from __future__ import annotations

from typing import Any

from deploy.soak import journal
from schedule.models import Lesson
from tests.deploy.soak.planted.case import (
    DOUBLED,
    LOST,
    NEW_CODE,
    NEW_ROOM,
    UNEXPLAINED,
    Case,
    Explained,
    Fault,
    perhaps,
)


def _about(lesson: Lesson) -> dict[str, Any]:
    times = {"starts_at": lesson.starts_at.isoformat(), "ends_at": lesson.ends_at.isoformat()}
    return {"title": lesson.title, **times}


def _was_imported_perhaps(case: Case) -> None:
    case.forget(journal.LessonPlanned, title="第四讲")
    case.tell(perhaps(journal.LessonPlanned, _about(case.school.to_come)))


def _was_moved_perhaps(case: Case) -> None:
    case.forget(journal.LessonMoved)
    case.tell(perhaps(journal.LessonMoved, _about(case.school.moved)))


def _was_cancelled_perhaps(case: Case) -> None:
    case.forget(journal.LessonCancelled)
    case.tell(perhaps(journal.LessonCancelled, {"title": "第三讲"}))


def _refuse_planned(case: Case) -> None:
    case.forget(journal.LessonPlanned, title="第四讲")
    case.tell(journal.Refused(what="lesson_planned", status=409, about={"title": "第四讲"}))


FAULTS = (
    Fault(
        "user unknown here",
        lambda c: c.evidence.cloud["users"].append({"OriginId": "o", "UserId": "u"}),
        UNEXPLAINED,
        "whom nobody here is",
    ),
    Fault(
        "user lost in the cloud",
        lambda c: c.evidence.cloud["users"].clear(),
        LOST,
        "the cloud has no such user",
    ),
    Fault(
        "user has another number",
        lambda c: c.evidence.cloud["users"][0].update(UserId="u"),
        UNEXPLAINED,
        "here, and u in the cloud",
    ),
    Fault(
        "registration left",
        lambda c: c.sql("UPDATE accounts_classroomidentity SET state = 'stale'"),
        UNEXPLAINED,
        "is stale",
    ),
    Fault(
        "lesson lost",
        lambda c: c.sql("UPDATE schedule_lesson SET title = '' WHERE title = '第四讲'"),
        LOST,
        "“第四讲” is not in the timetable",
    ),
    Fault(
        "lesson doubled",
        lambda c: c.copy_row(
            "schedule_lesson", "title = '第四讲'", f"""'{{"code": "{NEW_CODE}"}}'"""
        ),
        DOUBLED,
        "“第四讲” is 2 times",
    ),
    Fault(
        "move lost",
        lambda c: c.sql(
            "UPDATE schedule_lesson SET starts_at = starts_at - interval '10 minutes' WHERE title = '第二讲'"
        ),
        LOST,
        "the last word about lesson “第二讲”",
    ),
    Fault(
        "cancellation lost",
        lambda c: c.sql("UPDATE schedule_lesson SET state = 'published' WHERE title = '第三讲'"),
        LOST,
        "the last word about lesson “第三讲” is cancelled",
    ),
    Fault("refused lesson kept", _refuse_planned, UNEXPLAINED, "“第四讲” was refused"),
    Fault(
        "lesson that nobody planned",
        lambda c: c.forget(journal.LessonPlanned, title="第四讲"),
        UNEXPLAINED,
        "nobody planned it",
    ),
    Fault(
        "lesson with another teacher",
        lambda c: c.sql(
            "UPDATE schedule_lesson SET teacher_id = (SELECT id FROM accounts_user WHERE username = 'student0')"
        ),
        UNEXPLAINED,
        "has teacher student0",
    ),
    Fault(
        "lesson with another code",
        lambda c: c.sql("UPDATE schedule_lesson SET code = %s WHERE title = '第四讲'", NEW_CODE),
        UNEXPLAINED,
        f"and is {NEW_CODE} now",
    ),
    Fault(
        "led into an unknown room",
        lambda c: c.tell_anew(journal.Entered, room_id=NEW_ROOM),
        LOST,
        f"room {NEW_ROOM}, which is not known",
    ),
    Fault(
        "led into another lesson's room",
        lambda c: c.tell_anew(journal.Entered, lesson_code="x"),
        UNEXPLAINED,
        "for lesson x",
    ),
    Fault(
        "led in as somebody else",
        lambda c: c.tell_anew(journal.Entered, user_id="u"),
        UNEXPLAINED,
        "who is somebody else",
    ),
    Fault(
        "led in with another part",
        lambda c: c.tell_anew(journal.Entered, role="teacher"),
        UNEXPLAINED,
        "its teacher there is",
    ),
)
EXPLAINED: Explained = (
    ("import without an answer", _was_imported_perhaps),
    (
        "import without an answer and effect",
        lambda c: c.tell(perhaps(journal.LessonPlanned, {"title": "第五讲"})),
    ),
    ("move without an answer", _was_moved_perhaps),
    ("cancellation without an answer", _was_cancelled_perhaps),
)
