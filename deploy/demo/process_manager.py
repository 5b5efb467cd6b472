"""The demo's processes under honcho; none outlives the runner."""

# honcho has no types: calls into it are marked one by one.
from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Mapping

from honcho.manager import Manager
from honcho.process import Process

from deploy.demo.logs import ProcessLogs, path_of
from deploy.services import parent_death
from deploy.services.processes import with_venv

RUNNER_PID = os.getpid()


class TiedProcess(Process):
    """honcho's helper process of one command, ended by the kernel when the runner is killed."""

    def run(self, *args: object, **options: object) -> None:
        parent_death.end_with_parent(signal.SIGKILL, RUNNER_PID)
        super().run(*args, **options)  # type: ignore[no-untyped-call] # honcho has no types


class ProcessManager(Manager):
    """Runs the commands of a Procfile; when one of them ends, all do, and the terminal hears why."""

    def __init__(
        self,
        commands: Mapping[str, str],
        env: Mapping[str, str],
        logs: ProcessLogs,
        when_started: Callable[[], None],
    ) -> None:
        # The helpers are copies of this process, made before it has threads.
        multiprocessing.set_start_method("fork", force=True)
        super().__init__(logs)  # type: ignore[no-untyped-call] # as above
        self._process_ctor = TiedProcess
        self._logs = logs
        self._when_started = when_started
        guard = f"exec {sys.executable} -IS {parent_death.__file__} {int(signal.SIGTERM)} $PPID - "
        for name, command in commands.items():
            self.add_process(  # type: ignore[no-untyped-call] # as above
                name, guard + command.removeprefix("exec "), env=with_venv(env)
            )

    def _start(self) -> None:
        super()._start()  # type: ignore[no-untyped-call] # as above
        self._when_started()

    def terminate(self) -> None:
        is_first = not self._terminating
        super().terminate()  # type: ignore[no-untyped-call] # as above
        if is_first:
            self._say_why()

    def _say_why(self) -> None:
        """Name the process that ended by itself; without one, somebody wants all of them to stop."""
        for name, process in self._processes.items():
            if "returncode" in process:
                print(
                    f"{name} has ended (exit code {process['returncode']}), so the demo ends."
                    f" The last lines of {path_of(name)}:\n{self._logs.last_lines(name)}",
                    file=sys.stderr,
                    flush=True,
                )
                return
        print("Stopping", file=sys.stderr, flush=True)

    def work(self) -> int:
        """Run until told to stop, or until one of them ends; return an exit code."""
        self.loop()  # type: ignore[no-untyped-call] # as above
        return int(self.returncode or 0)
