"""The demo's processes under honcho, none of which outlives the runner."""

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

from deploy.services import tied
from deploy.services.processes import procfile_commands, with_venv


class TiedProcess(Process):
    """honcho's own helper process for one command, ended by the kernel when honcho is killed."""

    def run(self, *args: object, **options: object) -> None:
        tied.end_with_parent(signal.SIGKILL, RUNNER_PID)
        super().run(*args, **options)


RUNNER_PID = os.getpid()


class Crew(Manager):
    """Runs what a Procfile names and prints to stderr, so that stdout holds our own lines only."""

    def __init__(self, procfile: Path, env: Mapping[str, str], when_started: Callable[[], None]):
        # The helpers are copies of this process, made before it has threads.
        multiprocessing.set_start_method("fork", force=True)
        super().__init__(Printer(sys.stderr))
        self._process_ctor = TiedProcess
        self._when_started = when_started
        guard = f"exec {sys.executable} -IS {tied.__file__} {int(signal.SIGTERM)} $PPID - "
        for name, command in procfile_commands(procfile).items():
            tied_command = guard + command.removeprefix("exec ")
            self.add_process(name, tied_command, env=with_venv(env))

    def _start(self) -> None:
        super()._start()
        self._when_started()
