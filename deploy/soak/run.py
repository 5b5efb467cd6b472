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
from deploy.soak.actors.beginning import YearBeginner
from deploy.soak.actors.calling import CallbackSender
from deploy.soak.actors.importing import LessonImporter
from deploy.soak.actors.leaving import Eraser
from deploy.soak.actors.planning import Planner
from deploy.soak.actors.teaching import ClassTeacher
from deploy.soak.actors.uploading import Uploader
from deploy.soak.checker import check
from deploy.soak.faults import FAULTS
from deploy.soak.journal import (
    ClocksSetAhead,
    FaultPassed,
    Journal,
    RunBegan,
    RunEnded,
    current_time,
)
from deploy.soak.plan import Fault, make_plan
from deploy.soak.school import School
from deploy.soak.stack import Stack

TEACHERS_PER_UPLOADER = 2


@dataclass(frozen=True, kw_only=True)
class Soak:
    """A run. `steps_s`: how far all clocks are set ahead in the quiet time, one step after the other."""

    seed: int
    minutes: float
    teachers: int
    steps_s: tuple[int, ...] = quiet.STEPS_S


def say(line: str) -> None:
    print(line, flush=True)


def run(soak: Soak, folder: Path) -> list[str]:
    """Run it; return a sentence for each problem."""
    plan = make_plan(soak.seed, soak.minutes)
    say("\n".join(map(str, plan)))
    with Stack(folder) as stack:
        journal = Journal(folder / "journal.jsonl")
        stack.callback(journal.close)
        problems = _run_actors_and_faults(soak, plan, stack, journal)
        untold = quiet.untold_action_ids(stack)
        journal.write(ClocksSetAhead(offset_s=soak.steps_s[0], untold_action_ids=untold))
        try:
            offset_s = quiet.let_time_pass(stack, soak.steps_s)
        except quiet.NotQuiet as error:
            return [*problems, f"not quiet: {error}"]
        journal.write(RunEnded(clock_offset_s=offset_s))
        # The cloud goes on: the checker asks it.
        for name in ("beat", "web", "worker"):
            stack.services[name].stop()
        findings = check(stack.postgres.url(), stack.cloud.url, journal.path, stack.media.folder)
        return [*problems, *(f"{each.kind}: {each.sentence}" for each in findings)]


def _run_actors_and_faults(
    soak: Soak, plan: Sequence[Fault], stack: Stack, journal: Journal
) -> list[str]:
    """Run actors and faults side by side; return the failures of the soak itself."""
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
    importing = LessonImporter("importer", school, seed=soak.seed, ended=ended)
    importing.open_timetable()
    actors = [importing, *_actors(school, soak.seed, ended)]
    fault_runner = _FaultRunner(stack, journal, plan)
    for each in actors:
        each.start()
    fault_runner.start()
    try:
        ended.wait(soak.minutes * 60)
        fault_runner.join()
    finally:  # also on Ctrl-C
        fault_runner.stop()
        ended.set()
    for each in actors:
        each.join()
    for each in actors:
        counts = ", ".join(f"{what} {count}" for what, count in sorted(each.counts.items()))
        say(f"{each.name}: {counts}")
    for service in stack.services.values():
        if service.ended_by_itself:
            say(f"{service.name} ended by itself: {service.ended_by_itself} times")
    return [*(each.failure for each in actors if each.failure), *fault_runner.failures]


def _actors(school: School, seed: int, ended: threading.Event) -> Iterator[Actor]:
    for number, teacher in enumerate(school.teachers):
        name = teacher.username
        yield ClassTeacher(f"class of {name}", school, teacher=teacher, seed=seed, ended=ended)
        if number % TEACHERS_PER_UPLOADER == 0:
            yield Uploader(f"file of {name}", school, teacher=teacher, seed=seed, ended=ended)
    yield Planner("planner", school, seed=seed, ended=ended)
    yield Eraser("eraser", school, seed=seed, ended=ended)
    yield YearBeginner("school year", school, seed=seed, ended=ended)
    yield CallbackSender("caller", school, seed=seed, ended=ended)


class _FaultRunner:
    """Injects the faults of the plan: a thread for each part, where one fault comes after the other."""

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
        """Inject no further fault; the present ones are mended when their time is over."""
        self._stopped.set()

    def _run(self, faults: list[Fault]) -> None:
        try:
            for fault in faults:
                self._stopped.wait(max(0.0, self._began_s + fault.at_s - time.monotonic()))
                if self._stopped.is_set():
                    return
                self._inject(fault)
        except Exception:  # noqa: BLE001 -- told at the end, as a failure of the soak
            self.failures.append(traceback.format_exc())

    def _inject(self, fault: Fault) -> None:
        began_at = current_time()
        with FAULTS[fault.name](self._stack, fault):
            time.sleep(fault.lasting_s)
        say(f"{dt.datetime.now():%H:%M:%S} {fault}")  # noqa: DTZ005 -- for those who watch the output
        self._journal.write(
            FaultPassed(
                name=fault.name, began_at=began_at, ended_at=current_time(), details=fault.details
            )
        )
