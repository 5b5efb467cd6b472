"""Eight o'clock: 2,000 people of 50 classes that begin at the same moment open their week and enter.

    .venv/bin/python bench/rush.py [--minutes 4.2] [--people 2000] [--classes 50] [--kill-postgres]
                                   [--seed 8]

In the ten minutes before, everybody opens the week, half of all in the last minute; a tenth signs in
with a password first; everybody enters. `--minutes` is what the ten minutes are pressed into: in its
last tenth half of all come. In 4.2 minutes these are forty a second, as many as the cloud lets in; in 3
they are more than it can, and have to wait. All is real and on this machine: PostgreSQL with durable commits, Valkey,
the Procfile's web (two processes), worker and beat, and the local cloud with its limits of calls on.
Everybody is known to the cloud and all rooms are made, as on any morning.

The people are in this process. One who is told "please wait, you go in by itself" (503 with
Retry-After, and a form that says when) posts the page's form again when told to. Anything else but
the page that was wanted is an error; its person tries again two seconds later.

Printed is: pages and entries a second, overall and in the busiest ten seconds; how long each kind took,
entries also without the cloud (waiting for a place among the calls it allows, and the calls); the
processor time, by process; errors; calls to the cloud by action; connections that PostgreSQL opened.

`--kill-postgres` kills PostgreSQL in the middle of the busiest time and starts it again 5 s later. Then
errors are counted until it has answered for 5 s, and apart from them those after; and what must
not be lost is looked for.

To compare with another version, copy the folder `bench/` into a checkout of it.
"""

# ruff: noqa: PLC0415 -- models can only be imported once Django is set up, which needs the stack
from __future__ import annotations

import argparse
import datetime as dt
import math
import os
import random
import resource
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import school
import table
from crowd import Crowd, Done, Failure, Outcome, Person
from stack import Stack, busy_s, percentile
from table import Row

PASSWORD = "Rush-hour-8-o-clock"
SIGN_IN_SHARE = 0.1
# The last part of the time, and the part of the people who come in it.
LAST_PART, LAST_SHARE = 0.1, 0.5
BUSIEST_S = 10
OTHER_HOURS = (8, 10, 14, 16)
OTHER_DAYS = 5
PREPARE = dt.timedelta(seconds=30)
OUTAGE_S = 5.0
HEALED_AFTER_S = 5.0
FILES_AT_MOST = 8192
GOALS_MS = {"week": 300, "entry without the cloud": 500}
LEAST_ENTRIES_A_SECOND = 35


@dataclass(slots=True)
class Use:
    """The use of the machine between two moments."""

    processor_s: dict[str, float]
    connections: int
    calls: Counter[str] = field(default_factory=Counter)


def make_school(stack: Stack, given: argparse.Namespace) -> list[Person]:
    """Make the school as on any morning; return those who come."""
    from accounts.models import SchoolSettings

    chance = random.Random(given.seed)
    settings = SchoolSettings.load()
    settings.student_entry_min = settings.teacher_entry_min = int(given.minutes) + 30
    settings.save()
    starts_at = _start_of_class(given.minutes)
    students = given.people - given.classes
    signing_in = int(given.people * SIGN_IN_SHARE)
    teachers = school.add_people([f"t{n}" for n in range(given.classes)], "teacher")
    pupils = school.add_people([f"s{n}" for n in range(students - signing_in)], "student")
    late = school.add_people([f"p{n}" for n in range(signing_in)], "student", password=PASSWORD)
    everybody = [*pupils, *late]
    chance.shuffle(everybody)
    groups = school.add_class_groups([f"{n + 1}班" for n in range(given.classes)])
    for n, (teacher, group) in enumerate(zip(teachers, groups, strict=True)):
        school.add_members(group, everybody[n :: given.classes])
        school.plan_lessons(teacher, group, [starts_at, *_other_starts(starts_at)])
    school.register_everybody()
    school.make_rooms()
    school.forget_messages(stack.valkey.url)
    known = [Person(cookies, 0.0) for cookies in school.cookies_of([*teachers, *pupils])]
    signed_out = [Person({}, 0.0, each.username, PASSWORD) for each in late]
    return _arriving([*known, *signed_out], given.minutes * 60, chance)


def _start_of_class(minutes: float) -> dt.datetime:
    from django.utils import timezone

    return (timezone.now() + dt.timedelta(minutes=minutes) + PREPARE).replace(microsecond=0)


def _other_starts(starts_at: dt.datetime) -> list[dt.datetime]:
    """The rest of the week of each class."""
    found = [
        school.monday() + dt.timedelta(days=day, hours=hour)
        for day in range(OTHER_DAYS)
        for hour in OTHER_HOURS
    ]
    return [each for each in found if abs(each - starts_at) > school.LESSON_LENGTH]


def _arriving(people: list[Person], lasting_s: float, chance: random.Random) -> list[Person]:
    chance.shuffle(people)
    last_from_s = lasting_s * (1 - LAST_PART)
    for number, each in enumerate(people):
        is_last = number < len(people) * LAST_SHARE
        span = (last_from_s, lasting_s) if is_last else (0.0, last_from_s)
        each.arrives_s = chance.uniform(*span)
    return people


# --- What was used -------------------------------------------------------------------------------


def use_so_far(stack: Stack) -> Use:
    names = ("web", "worker", "beat", "cloud", "postgres")
    used = {name: stack.processor_s(name) for name in names}
    used["the people"] = time.process_time()
    used["others on this machine"] = busy_s() - sum(used.values())
    opened = stack.ask_database("SELECT sum(sessions) FROM pg_stat_database")
    return Use(used, int(opened))


def calls_counted(stack: Stack, calls: Counter[str], is_over: Callable[[], bool]) -> None:
    """Count the cloud's calls while they are in its log, which keeps only the latest."""
    last = max((each["n"] for each in stack.control("calls")["calls"]), default=0)
    while True:
        was_over = is_over()
        for each in stack.control(f"calls?since={last}")["calls"]:
            last = each["n"]
            calls[each["action"] + (f" {each['code']}" if each["code"] else "")] += 1
        if was_over:
            return
        time.sleep(2.0)


# --- PostgreSQL killed ---------------------------------------------------------------------------


@dataclass(slots=True)
class Outage:
    from_s: float = math.inf
    until_s: float = -math.inf

    def explains(self, error: Failure) -> bool:
        return error.until_s >= self.from_s and error.from_s <= self.until_s + HEALED_AFTER_S


def kill_postgres(stack: Stack, crowd: Crowd, at_s: float, outage: Outage) -> None:
    """Kill it at that time and start it again. Never returns: it would end with the thread it came of."""
    time.sleep(at_s)
    outage.from_s = time.monotonic() - crowd.started_s
    stack.postgres.kill()
    time.sleep(OUTAGE_S)
    stack.postgres.start_again()
    outage.until_s = time.monotonic() - crowd.started_s
    threading.Event().wait()


def lost(stack: Stack, given: argparse.Namespace) -> list[str]:
    """List what is not as it must be in the end."""
    rooms = stack.ask_database("SELECT count(*) FROM schedule_room WHERE NOT is_current")
    unmade = stack.ask_database(
        "SELECT count(*) FROM schedule_room WHERE is_current AND room_id IS NULL"
    )
    in_cloud = len(stack.control("state")["rooms"])
    here = stack.ask_database("SELECT count(*) FROM schedule_room")
    unknown = stack.ask_database(
        "SELECT count(*) FROM accounts_classroomidentity WHERE classroom_user_id = ''"
    )
    people = stack.ask_database("SELECT count(*) FROM accounts_classroomidentity")
    checks = {
        "rooms that were put aside": rooms,
        "rooms without a number": unmade,
        "rooms in the cloud that nobody knows": in_cloud - here,
        "people unknown to the cloud": unknown,
        "people without an identity": given.people - people,
    }
    return [f"{name}: {count}" for name, count in checks.items() if count]


# --- All of it -----------------------------------------------------------------------------------


@dataclass(slots=True)
class Rush:
    outcome: Outcome
    used: Use
    outage: Outage
    lost: list[str]

    def taken(self, kind: str) -> list[float]:
        return [each.took_s for each in self.outcome.done if each.kind == kind]

    def own_times(self) -> list[float]:
        """Return the times of entries, without waiting for the cloud."""
        entries = [each for each in self.outcome.done if each.kind == "entry"]
        return [max(0.0, each.took_s - each.budget_s - each.cloud_s) for each in entries]

    def a_second(self, *kinds: str) -> tuple[float, float]:
        """Return how many came to their end a second: overall, and in the busiest ten."""
        ends = sorted(_ended_s(each) for each in self.outcome.done if each.kind in kinds)
        if not ends:
            return 0.0, 0.0
        busiest, first = 0, 0
        for number, end in enumerate(ends):
            while end - ends[first] > BUSIEST_S:
                first += 1
            busiest = max(busiest, number - first + 1)
        return len(ends) / max(ends[-1], 1.0), busiest / BUSIEST_S

    def errors(self, *, in_outage: bool) -> Counter[str]:
        return Counter(
            each.what for each in self.outcome.errors if self.outage.explains(each) == in_outage
        )


def _ended_s(done: Done) -> float:
    return done.at_s + done.took_s


def hold(given: argparse.Namespace) -> Rush:
    """Make the school, let everybody come, and tell how it went."""
    resource.setrlimit(
        resource.RLIMIT_NOFILE, (FILES_AT_MOST, resource.getrlimit(resource.RLIMIT_NOFILE)[1])
    )
    with Stack() as stack:
        people = make_school(stack, given)
        stack.start_web()
        stack.start_worker()
        stack.start_beat()
        stack.control("limits", {"enforce": True})
        crowd, outage, calls = (
            Crowd(stack.port, class_url=os.environ["LCIC_CLASS_URL"]),
            Outage(),
            Counter[str](),
        )
        if given.kill_postgres:
            at_s = given.minutes * 60 * (1 - LAST_PART / 2)
            told = (stack, crowd, at_s, outage)
            threading.Thread(target=kill_postgres, args=told, daemon=True).start()
        before = use_so_far(stack)
        outcome = crowd.run(
            people, partial(calls_counted, stack, calls, partial(_is_over, crowd, given))
        )
        after = use_so_far(stack)
        used_s = {name: after.processor_s[name] - was for name, was in before.processor_s.items()}
        opened = after.connections - (0 if given.kill_postgres else before.connections)
        return Rush(outcome, Use(used_s, opened, calls), outage, lost(stack, given))


def _is_over(crowd: Crowd, given: argparse.Namespace) -> bool:
    return crowd.outcome.entered + crowd.outcome.gave_up >= given.people


def report(rush: Rush, given: argparse.Namespace) -> None:
    print(f"Rush: {given.people} people, {given.classes} classes, ten minutes in {given.minutes:g}")
    print(f"  entered: {rush.outcome.entered}; told to wait: {rush.outcome.waits} times")
    pages, entries = rush.a_second("week", "sign-in", "entry"), rush.a_second("entry")
    print(
        f"  pages a second:   {pages[0]:6.1f} overall {pages[1]:6.1f} in the busiest {BUSIEST_S} s"
    )
    print(
        f"  entries a second: {entries[0]:6.1f} overall {entries[1]:6.1f} in the busiest {BUSIEST_S} s"
        f"   goal >= {LEAST_ENTRIES_A_SECOND}"
    )
    print(f"  {'in milliseconds':42}{'median':>9}{'p95':>9}{'goal':>9}")
    done = [each for each in rush.outcome.done if each.kind == "entry"]
    lines = {
        "week": rush.taken("week"),
        "sign-in": rush.taken("sign-in"),
        "entry, all": rush.taken("entry"),
        "  waiting for a place among the calls": [each.budget_s for each in done],
        "  the calls": [each.cloud_s for each in done],
        "entry without the cloud": rush.own_times(),
    }
    for name, taken in lines.items():
        goal = f"{GOALS_MS[name]:>9.0f}" if name in GOALS_MS else ""
        p50, p95 = percentile(taken, 0.5) * 1000, percentile(taken, 0.95) * 1000
        print(f"  {name:42}{p50:>9.0f}{p95:>9.0f}{goal}")
    used = rush.used.processor_s
    print(f"  processor of web: {used['web'] / given.people * 1000:.1f} ms a person")
    print("  processor in seconds: " + ", ".join(f"{name} {s:.1f}" for name, s in used.items()))
    print("  calls to the cloud: " + _counted(rush.used.calls))
    print(f"  database connections opened: {rush.used.connections}")
    _report_errors(rush, given)


def _report_errors(rush: Rush, given: argparse.Namespace) -> None:
    if given.kill_postgres:
        outage = rush.outage
        during = rush.errors(in_outage=True)
        print(f"  PostgreSQL away from {outage.from_s:.1f} s to {outage.until_s:.1f} s")
        print(f"  errors meanwhile: {during.total()}  {_counted(during)}")
    print(f"  lost: {'; '.join(rush.lost) or 'nothing'}")
    others = rush.errors(in_outage=False)
    print(f"  errors: {others.total()} (goal 0)  {_counted(others)}")


def _counted(counts: Counter[str]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counts.most_common())


def parser() -> argparse.ArgumentParser:
    found = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    found.add_argument(
        "--minutes", type=float, default=4.2, help="what ten minutes are pressed into"
    )
    found.add_argument("--people", type=int, default=2000)
    found.add_argument("--classes", type=int, default=50)
    found.add_argument("--kill-postgres", action="store_true")
    found.add_argument("--seed", type=int, default=8)
    return found


def rows() -> list[Row]:
    """The rush as `make bench` holds it."""
    given = parser().parse_args([])
    rush = hold(given)
    report(rush, given)
    name = f"rush of {given.people:,}"
    own_ms = percentile(rush.own_times(), 0.95) * 1000
    week_ms = percentile(rush.taken("week"), 0.95) * 1000
    web_ms = rush.used.processor_s["web"] / given.people * 1000
    errors = rush.errors(in_outage=False).total()
    return [
        Row(what=f"{name}: week, p95", value=week_ms, unit="ms", at_most=GOALS_MS["week"]),
        Row(
            what=f"{name}: entry without the cloud, p95",
            value=own_ms,
            unit="ms",
            at_most=GOALS_MS["entry without the cloud"],
        ),
        Row(
            what=f"{name}: entries in the busiest {BUSIEST_S} s",
            value=rush.a_second("entry")[1],
            unit="/s",
            at_least=LEAST_ENTRIES_A_SECOND,
        ),
        Row(what=f"{name}: processor of web a person", value=web_ms, unit="ms cpu"),
        Row(what=f"{name}: connections opened", value=rush.used.connections, unit=""),
        Row(what=f"{name}: errors", value=errors, unit="", at_most=0),
    ]


def main() -> None:
    if table.HAND_OVER in sys.argv:
        table.end_in(rows)
    else:
        given = parser().parse_args()
        report(hold(given), given)


if __name__ == "__main__":
    main()
