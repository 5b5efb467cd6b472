"""Faults of notices and due work, and what looks like one and has its reason."""

from __future__ import annotations

from deploy.soak import journal
from schedule.models import PlanningAction
from tests.deploy.soak.planted.case import (
    DOUBLED,
    LOST,
    UNEXPLAINED,
    Case,
    Explained,
    Fault,
)

# Whatever the hour, the lessons of tomorrow are over by then.
BEYOND_TOMORROW_S = 2 * 24 * 60 * 60
READY_NOTICE = (
    "kind = 'replays.ready' AND user_id = (SELECT id FROM accounts_user WHERE username = 'li')"
)


def _cut_upload(case: Case) -> None:
    case.sql(
        "UPDATE courseware_upload SET courseware_id = NULL, lease_token = 'x', "
        "leased_until = now() - interval '1 hour'"
    )


def _forget_notices_of_lessons(case: Case) -> None:
    case.sql("DELETE FROM accounts_notice WHERE kind LIKE 'schedule.%'")


def _tell_nobody_in_a_wrong_clocks_time(case: Case) -> None:
    _forget_notices_of_lessons(case)
    now = journal.current_time()
    case.tell(
        journal.FaultPassed(
            name="worker_clock_wrong",
            began_at=now,
            ended_at=now,
            details={"offset_s": BEYOND_TOMORROW_S},
        )
    )


def _jump_before_telling(case: Case, offset_s: int) -> None:
    _forget_notices_of_lessons(case)
    untold = list(PlanningAction.objects.values_list("pk", flat=True))
    case.tell(journal.ClocksSetAhead(offset_s=offset_s, untold_action_ids=untold))


def _jump_after_telling(case: Case) -> None:
    _forget_notices_of_lessons(case)
    case.tell(journal.ClocksSetAhead(offset_s=BEYOND_TOMORROW_S, untold_action_ids=[]))


def _tell_nobody(case: Case) -> None:
    case.sql("UPDATE replays_replay SET ready_told_at = NULL")
    case.sql("UPDATE schedule_room SET real_ended_at = now() - interval '1 hour'")


def _leave_room_unmade(case: Case) -> None:
    lease = "'lease_token', 'x', 'leased_until', now() - interval '1 hour'"
    case.copy_row(
        "schedule_room",
        f"lesson_id = {case.school.held.pk}",
        f"jsonb_build_object('room_id', NULL, 'is_current', false, 'generation', 2, {lease})",
    )
    # An hour later the lesson is over, and what was due meanwhile is done.
    for table in ("replays_replay", "attendance_roomstatistics", "attendance_lessonattendance"):
        case.sql(f"UPDATE {table} SET due_at = due_at + interval '1 hour'")
    case.forget(journal.RunEnded)
    case.tell(journal.RunEnded(clock_offset_s=60 * 60))


def set_lease(table: str, until: str) -> str:
    return f"UPDATE {table} SET lease_token = 'x', leased_until = now() + interval '{until}'"


FAULTS = (
    Fault(
        "notice doubled",
        lambda c: c.copy_row("accounts_notice", READY_NOTICE, """'{"code": "x", "cause": "x"}'"""),
        DOUBLED,
        "li was told 2 times: replays.ready",
    ),
    Fault(
        "change told twice",
        lambda c: c.copy_row(
            "accounts_notice",
            "kind LIKE 'schedule.%'",
            """'{"code": "x", "cause": "x", "address": "/"}'""",
        ),
        DOUBLED,
        "was told of change",
    ),
    Fault(
        "notice of a lesson lost",
        _forget_notices_of_lessons,
        LOST,
        "student0 was not told of lesson “第四讲”",
    ),
    Fault(
        "notice of a lesson lost that all clocks jumped past, though it had been told of",
        _jump_after_telling,
        LOST,
        "student0 was not told of lesson “第四讲”",
    ),
    Fault(
        "notice of a lesson lost that is yet to come after all clocks jumped",
        lambda c: _jump_before_telling(c, 60),
        LOST,
        "student0 was not told of lesson “第四讲”",
    ),
    Fault(
        "notice of a replay lost",
        lambda c: c.sql(f"DELETE FROM accounts_notice WHERE {READY_NOTICE}"),
        LOST,
        "li was not told of the replay of “第一讲”",
    ),
    Fault(
        "replay that nobody was told of",
        _tell_nobody,
        LOST,
        "nobody was told that the replay of “第一讲”",
    ),
    Fault(
        "work overdue",
        lambda c: c.sql("UPDATE replays_replay SET due_at = now() - interval '3 minutes'"),
        UNEXPLAINED,
        "has been due since",
    ),
    Fault(
        "room to be changed without a turn",
        lambda c: c.sql("UPDATE schedule_room SET must_leave_cloud = true, due_at = NULL"),
        UNEXPLAINED,
        "has no turn",
    ),
    Fault(
        "lease held",
        lambda c: c.sql(set_lease("replays_replay", "1 minute")),
        UNEXPLAINED,
        "is still leased",
    ),
    Fault(
        "lease left of a room that has yet to be changed",
        lambda c: c.sql(
            f"{set_lease('schedule_room', '-1 hour')}, must_change_in_cloud = true, "
            "due_at = now() + interval '1 hour'"
        ),
        UNEXPLAINED,
        "is still leased",
    ),
    Fault(
        "lease left of a file that has yet to be asked about",
        lambda c: c.sql(
            f"{set_lease('courseware_courseware', '-1 hour')}, due_at = now() + interval '1 hour'"
        ),
        UNEXPLAINED,
        "courseware_courseware",
    ),
    Fault(
        "lease left of courseware that has yet to be bound",
        lambda c: c.sql(
            f"{set_lease('courseware_binding', '-1 hour')}, due_at = now() + interval '1 hour'"
        ),
        UNEXPLAINED,
        "courseware_binding",
    ),
)
EXPLAINED: Explained = (
    ("lease of a killed worker on a room that nobody needs any more", _leave_room_unmade),
    (
        "lease of a killed worker on rooms that it had just changed",
        lambda c: c.sql(set_lease("schedule_room", "-1 hour")),
    ),
    (
        "lease of a killed worker on people whom it had just registered",
        lambda c: c.sql(
            f"{set_lease('accounts_classroomidentity', '-1 hour')} WHERE state = 'registered'"
        ),
    ),
    ("upload that was cut", _cut_upload),
    (
        "lease of a worker that was killed while a callback told of the end",
        lambda c: c.sql(
            f"{set_lease('courseware_courseware', '-1 hour')}, due_at = NULL WHERE due_at IS NULL"
        ),
    ),
    (
        "lease of a worker that was killed when all courseware of the lesson was bound",
        lambda c: c.sql(f"{set_lease('courseware_binding', '-1 hour')}, due_at = NULL"),
    ),
    (
        "lease of a worker that was killed when all had been told of a change",
        lambda c: c.sql(f"{set_lease('schedule_planningaction', '-1 hour')}, due_at = NULL"),
    ),
    ("news of a lesson that a wrong clock took for over", _tell_nobody_in_a_wrong_clocks_time),
    (
        "news of a lesson that all clocks jumped past",
        lambda c: _jump_before_telling(c, BEYOND_TOMORROW_S),
    ),
)
