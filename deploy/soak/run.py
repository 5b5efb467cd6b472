"""One soak from beginning to end."""

from __future__ import annotations

import datetime as dt
import threading
import time
import traceback
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from deploy.services.local_platform import SDK_APP_ID
from deploy.soak import quiet
from deploy.soak.actors.actor import Actor
from deploy.soak.actors.calling import Calling
from deploy.soak.actors.importing import Importing
from deploy.soak.actors.planning import Planning
from deploy.soak.actors.teaching import Teaching
from deploy.soak.actors.uploading import Uploading
from deploy.soak.checker import check
from deploy.soak.faults import FAULTS
from deploy.soak.journal import FaultPassed, Journal, RunBegan, RunEnded, now
from deploy.soak.plan import Fault, make_plan
from deploy.soak.school import School
from deploy.soak.stack import Stack

# Of so many teachers every other one uploads, too.
UPLOADERS_SHARE = 2


@dataclass(frozen=True, kw_only=True)
class Soak:
    """What is asked for. `steps_s`: how far the clocks are set ahead, one after the other, in the quiet time."""

    seed: int
    minutes: float
    teachers: int
    steps_s: tuple[int, ...] = quiet.STEPS_S


def say(line: str) -> None:
    print(line, flush=True)


def run(soak: Soak, folder: Path) -> list[str]:
    """Run it; return everything that is wrong, a sentence each."""
    plan = make_plan(soak.seed, soak.minutes)
    say("\n".join(map(str, plan)))
    with Stack(folder) as stack:
        journal = Journal(folder / "journal.jsonl")
        stack.callback(journal.close)
        wrong = _live_through(soak, plan, stack, journal)
        try:
            offset_s = quiet.let_time_pass(stack, soak.steps_s)
        except quiet.NotQuiet as error:
            return [*wrong, f"not quiet: {error}"]
        journal.write(RunEnded(clock_offset_s=offset_s))
        for name in ("beat", "web", "worker"):
            stack.services[name].stop()
        findings = check(stack.postgres.url(), stack.cloud.url, journal.path, stack.media.folder)
        return [*wrong, *(f"{each.kind}: {each.sentence}" for each in findings)]


def _live_through(soak: Soak, plan: Sequence[Fault], stack: Stack, journal: Journal) -> list[str]:
    """Let actors and faults go on for as long as asked; return what broke of the soak itself."""
    school = School(stack, journal, teachers=soak.teachers)
    school.open()
    say("The school is open.")
    journal.write(
        RunBegan(
            seed=soak.seed,
            minutes=soak.minutes,
            sdk_app_id=SDK_APP_ID,
            plan=[str(fault) for fault in plan],
        )
    )
    ended = threading.Event()
    importing = Importing("importer", school, seed=soak.seed, ended=ended)
    importing.open_timetable()
    actors = [importing, *_actors(school, soak.seed, ended)]
    breaking = _Breaking(stack, journal, plan)
    for each in actors:
        each.start()
    breaking.start()
    try:
        ended.wait(soak.minutes * 60)
        breaking.join()
    finally:  # also when somebody has no more patience
        breaking.stop()
        ended.set()
    for each in actors:
        each.join()
    for each in actors:
        counts = ", ".join(f"{what} {count}" for what, count in sorted(each.counts.items()))
        say(f"{each.name}: {counts}")
    for service in stack.services.values():
        if service.ended_by_itself:
            say(f"{service.name} ended by itself: {service.ended_by_itself} times")
    return [*(each.failure for each in actors if each.failure), *breaking.failures]


def _actors(school: School, seed: int, ended: threading.Event) -> Iterator[Actor]:
    for number, teacher in enumerate(school.teachers):
        teaching = Teaching(f"class of {teacher.username}", school, seed=seed, ended=ended)
        teaching.teacher = teacher
        yield teaching
        if number % UPLOADERS_SHARE == 0:
            uploading = Uploading(f"file of {teacher.username}", school, seed=seed, ended=ended)
            uploading.teacher = teacher
            yield uploading
    yield Planning("planner", school, seed=seed, ended=ended)
    yield Calling("caller", school, seed=seed, ended=ended)


class _Breaking:
    """Goes through the plan: a thread for each part, in which one fault comes after the other."""

    def __init__(self, stack: Stack, journal: Journal, plan: Sequence[Fault]) -> None:
        self.failures: list[str] = []
        self._stopped = threading.Event()
        self._stack = stack
        self._journal = journal
        parts: dict[str, list[Fault]] = defaultdict(list)
        for fault in plan:
            parts[fault.part].append(fault)
        self._threads = [
            threading.Thread(
                target=self._run, args=(faults,), name=f"faults of {part}", daemon=True
            )
            for part, faults in parts.items()
        ]

    def start(self) -> None:
        self._began_s = time.monotonic()
        for thread in self._threads:
            thread.start()

    def join(self) -> None:
        for thread in self._threads:
            thread.join()

    def stop(self) -> None:
        """Begin no further fault."""
        self._stopped.set()

    def _run(self, faults: list[Fault]) -> None:
        try:
            for fault in faults:
                self._stopped.wait(max(0.0, self._began_s + fault.at_s - time.monotonic()))
                if self._stopped.is_set():
                    return
                self._bring(fault)
        except Exception:  # noqa: BLE001 -- told at the end, as a failure of the soak
            self.failures.append(traceback.format_exc())

    def _bring(self, fault: Fault) -> None:
        began_at = now()
        with FAULTS[fault.name](self._stack, fault):
            time.sleep(fault.lasting_s)
        say(f"{dt.datetime.now():%H:%M:%S} {fault}")  # noqa: DTZ005 -- for who looks on
        self._journal.write(
            FaultPassed(name=fault.name, began_at=began_at, ended_at=now(), details=fault.details)
        )
