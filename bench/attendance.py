"""Two hundred classes of forty end together: how long until each has its attendance, and how many calls it takes.

Web, worker, beat and local cloud are real, the cloud with its limits of calls on; it tells of everybody who is put out
by a callback, and has the statistics at the first asking. The clock starts with the first end. The floor is the wait
before the first asking, and what the limit of 20 calls a second makes of the two calls for comings and goings.

    make bench    or    .venv/bin/python bench/attendance.py
"""

# ruff: noqa: PLC0415 -- models can only be imported once Django is set up, which needs the stack
from __future__ import annotations

import datetime as dt
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import school
import table
from callbacks import CALLBACKS
from stack import Stack
from table import Row

CLASSES, STUDENTS = 200, 40
CALLS_A_SECOND = 20
FIRST_ASKING_S = 10
EVENT_CALLS_A_CLASS = 2
AT_MOST_S, AT_MOST_CALLS = 60, 600
GIVE_UP_AFTER_S = 300
LOOK_EVERY_S = 0.25
CONTROLLERS = 4
ASKED = ("GetRoomEvent", "DescribeRoomStatistics")
FINAL = "SELECT count(*) FROM attendance_lessonattendance WHERE stage = 'final'"


def plan_classes() -> dict[int, list[str]]:
    """Plan classes that begin now, with their rooms; return who belongs to each, by the room's number."""
    from django.utils import timezone

    from accounts.models import ClassroomIdentity
    from schedule.models import Room

    teachers = school.add_people([f"t{n}" for n in range(CLASSES)], "teacher")
    students = school.add_people([f"s{n}" for n in range(CLASSES * STUDENTS)], "student")
    groups = school.add_class_groups([f"{n}班" for n in range(CLASSES)])
    began_at = timezone.now().replace(microsecond=0) - dt.timedelta(minutes=5)
    own: dict[int, list[int]] = {}
    for number, (teacher, group) in enumerate(zip(teachers, groups, strict=True)):
        members = students[number * STUDENTS : (number + 1) * STUDENTS]
        school.add_members(group, members)
        (lesson,) = school.plan_lessons(teacher, group, [began_at])
        own[lesson.pk] = [teacher.pk, *(student.pk for student in members)]
    school.register_everybody()
    school.make_rooms()
    ids = dict(ClassroomIdentity.objects.values_list("user", "classroom_user_id"))
    rooms = Room.objects.filter(is_current=True, room_id__isnull=False)
    return {
        room.number: [ids[person] for person in own[room.lesson_id]]
        for room in rooms
        if room.lesson_id is not None
    }


def begin(stack: Stack, number: int, user_ids: list[str]) -> None:
    for user_id in user_ids:
        stack.control(f"rooms/{number}/join", {"user_id": user_id})
    stack.control(f"rooms/{number}/start", {})


def until_all_are_final(stack: Stack, started: float) -> float:
    while (final := stack.ask_database(FINAL)) < CLASSES:
        if time.monotonic() - started > GIVE_UP_AFTER_S:
            raise SystemExit(f"{final} of {CLASSES} classes after {GIVE_UP_AFTER_S} s")
        time.sleep(LOOK_EVERY_S)
    return time.monotonic() - started


def calls_made(stack: Stack, since: int) -> Counter[str]:
    """Return how many calls asked who was there, by their action and the code of a refusal."""
    calls = stack.control(f"calls?since={since}")["calls"]
    return Counter(
        f"{call['action']} {call['code']}".strip() for call in calls if call["action"] in ASKED
    )


def rows() -> list[Row]:
    with Stack() as stack:
        classes = plan_classes()
        school.forget_messages(stack.valkey.url)
        stack.start_web()
        stack.control("callbacks", {"enabled": False})
        with ThreadPoolExecutor(CONTROLLERS) as pool:
            list(pool.map(lambda each: begin(stack, *each), classes.items()))
        told_at = f"http://127.0.0.1:{stack.port}{CALLBACKS}"
        stack.control("callbacks", {"enabled": True, "url": told_at})
        stack.start_worker()
        stack.start_beat()
        stack.control("limits", {"enforce": True})
        before = stack.control("calls")["calls"][-1]["n"]
        started = time.monotonic()
        with ThreadPoolExecutor(CONTROLLERS) as pool:
            list(pool.map(lambda number: stack.control(f"rooms/{number}/end", {}), classes))
        print(f"All have ended after {time.monotonic() - started:.1f} s", flush=True)
        taken_s = until_all_are_final(stack, started)
        calls = calls_made(stack, before)
    print(f"Calls: {dict(calls)}", flush=True)
    what = f"{CLASSES} classes of {STUDENTS} that end together"
    # One that the cloud's own count of a second refuses had no effect, and is made again.
    answered = sum(calls[action] for action in ASKED)
    floor = FIRST_ASKING_S + CLASSES * EVENT_CALLS_A_CLASS / CALLS_A_SECOND
    return [
        Row(
            what=f"{what}, to the last state",
            value=taken_s,
            unit="s",
            floor=floor,
            at_most=AT_MOST_S,
        ),
        Row(what=f"{what}, calls", value=answered, unit="", at_most=AT_MOST_CALLS),
    ]


if __name__ == "__main__":
    table.end_in(rows)
