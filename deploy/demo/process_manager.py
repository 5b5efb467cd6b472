"""The demo's processes under honcho; none outlives the runner."""

# honcho has no types: calls into it are marked one by one.
from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from honcho.manager import Manager
from honcho.printer import Printer
from honcho.process import Process

from deploy.services import parent_death
from deploy.services.processes import procfile_commands, with_venv

RUNNER_PID = os.getpid()


class TiedProcess(Process):
    """honcho's helper process of one command, ended by the kernel when the runner is killed."""

    def run(self, *args: object, **options: object) -> None:
        parent_death.end_with_parent(signal.SIGKILL, RUNNER_PID)
        super().run(*args, **options)  # type: ignore[no-untyped-call]


class ProcessManager(Manager):
    """Runs what a Procfile names and prints to stderr: stdout holds the runner's own lines only."""

    def __init__(
        self, procfile: Path, env: Mapping[str, str], when_started: Callable[[], None]
    ) -> None:
        # The helpers are copies of this process, made before it has threads.
        multiprocessing.set_start_method("fork", force=True)
        super().__init__(Printer(sys.stderr))  # type: ignore[no-untyped-call]
        self._process_ctor = TiedProcess
        self._when_started = when_started
        guard = f"exec {sys.executable} -IS {parent_death.__file__} {int(signal.SIGTERM)} $PPID - "
        for name, command in procfile_commands(procfile).items():
            self.add_process(  # type: ignore[no-untyped-call]
                name, guard + command.removeprefix("exec "), env=with_venv(env)
            )

    def _start(self) -> None:
        super()._start()  # type: ignore[no-untyped-call]
        self._when_started()

    def work(self) -> int:
        """Run until told to stop, or until one of them ends; return an exit code."""
        self.loop()  # type: ignore[no-untyped-call]
        return int(self.returncode or 0)
