"""The platform's processes, which faults end, freeze and restart."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from pathlib import Path

from deploy.services.processes import Child, process_tree, with_venv

# On a machine that is busy with other things.
STARTS_WITHIN_S = 300
MOVED_CLOCK = Path(__file__).with_name("moved_clock")


def freeze(pid: int) -> None:
    """Stop a process and its descendants where they are; their connections stay open."""
    _signal_tree(pid, signal.SIGSTOP)


def thaw(pid: int) -> None:
    _signal_tree(pid, signal.SIGCONT)


def _signal_tree(pid: int, number: signal.Signals) -> None:
    for each in process_tree(pid):
        with contextlib.suppress(ProcessLookupError):
            os.kill(each, number)


class Service:
    """One line of a Procfile, which any thread may end or start.

    A child is killed when the thread that started it ends (`deploy/services/parent_death.py`): so it is started
    by a thread of `starter`, which outlives them.
    """

    def __init__(
        self, name: str, command: str, env: Mapping[str, str], log: Path, starter: Executor
    ) -> None:
        self.name = name
        self._starter = starter
        self._log = log
        self.ended_by_itself = 0
        self._command = ["sh", "-c", command]
        self._env = dict(env)
        self._offset_s = 0
        self._wanted = False
        self._child: Child | None = None
        self._lock = threading.RLock()

    @property
    def pid(self) -> int:
        return self._running.pid

    @property
    def _running(self) -> Child:
        if self._child is None:
            raise RuntimeError(f"{self.name} was not started")
        return self._child

    def start(self, *, clock_offset_s: int = 0) -> None:
        """Start it with its clock set ahead, or back when negative."""
        with self._lock:
            self._wanted, self._offset_s = True, clock_offset_s
            clock = {"SOAK_CLOCK_OFFSET_S": str(clock_offset_s), "PYTHONPATH": str(MOVED_CLOCK)}
            env = with_venv(self._env | (clock if clock_offset_s else {}))
            started = self._starter.submit(Child, self._command, env=env, log=self._log)
            self._child = started.result()

    def wait_until(self, is_up: Callable[[], bool], *, timeout_s: float = STARTS_WITHIN_S) -> None:
        self._running.wait_until(is_up, timeout_s=timeout_s)

    def stop(self) -> None:
        """Ask it to end, and wait for that."""
        with self._lock:
            self._wanted = False
            if self._child is not None:
                thaw(self._child.pid)
                self._child.stop(timeout_s=40)

    def kill(self) -> None:
        with self._lock:
            self._wanted = False
            self._running.kill()

    def freeze(self) -> None:
        freeze(self.pid)

    def thaw(self) -> None:
        thaw(self.pid)

    def kill_child(self, chance: random.Random) -> None:
        """Kill one of its descendants, if it has any."""
        children = process_tree(self.pid)[1:]
        if children:
            with contextlib.suppress(ProcessLookupError):
                os.kill(chance.choice(children), signal.SIGKILL)

    def restart_if_ended(self) -> bool:
        """Start it again if it ended by itself, as systemd does; return whether it did."""
        if not self._lock.acquire(blocking=False):
            return False  # somebody is about to end or start it
        try:
            if not self._wanted or self._running.is_running:
                return False
            self.ended_by_itself += 1
            self.start(clock_offset_s=self._offset_s)
            return True
        finally:
            self._lock.release()
