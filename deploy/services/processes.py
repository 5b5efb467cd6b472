"""Starting and ending programs that must not outlive us."""

from __future__ import annotations

import contextlib
import functools
import http.client
import itertools
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from deploy.services import parent_death

ROOT = Path(__file__).resolve().parent.parent.parent
PORTS = range(20_000, 32_000)
PORTS_A_PROCESS = 97  # before it comes to those of the next
PROCFILE_LINE = re.compile(r"^([A-Za-z0-9_-]+):\s*(.+)$", re.MULTILINE)

_turns = itertools.count(os.getpid() * PORTS_A_PROCESS)


class StartError(RuntimeError):
    """A program did not start, or did not answer in time; the text ends with what it said."""


class Child:
    """A program in its own process group, which is ended with us even when we are killed.

    Its output goes to `log`. `stop_signal` asks it to end, both from `stop` and when we die. Beside its
    output it inherits the open files `pass_fds`, under the same numbers.
    """

    def __init__(
        self,
        command: list[str],
        *,
        log: Path,
        env: Mapping[str, str] | None = None,
        user_id: int | None = None,
        stop_signal: signal.Signals = signal.SIGTERM,
        pass_fds: Sequence[int] = (),
    ) -> None:
        self.command = command
        self.log = log
        self._stop_signal = stop_signal
        user = "-" if user_id is None else str(user_id)
        guard = [
            sys.executable,
            "-IS",
            parent_death.__file__,
            str(int(stop_signal)),
            str(os.getpid()),
            user,
        ]
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                [*guard, *command],
                cwd=ROOT,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                pass_fds=pass_fds,
            )

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def is_running(self) -> bool:
        return self._process.poll() is None

    def wait_until(self, answers: Callable[[], bool], *, timeout_s: float = 30) -> None:
        """Return when `answers()` is true.

        Raises:
            StartError: the program ended, or the time was over.
        """
        deadline = time.monotonic() + timeout_s
        while not answers():
            if not self.is_running:
                raise StartError(f"{self.command[0]} ended at once:\n{self.log_tail()}")
            if time.monotonic() > deadline:
                raise StartError(f"{self.command[0]} does not answer:\n{self.log_tail()}")
            time.sleep(0.02)

    def log_tail(self) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-20:])

    def stop(self, *, timeout_s: float = 20) -> None:
        """Ask it to end, and wait, so that its port and files are free for a restart."""
        self.ask_to_end(self._stop_signal)
        try:
            self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            self.kill()

    def ask_to_end(self, signal_number: signal.Signals) -> None:
        if self.is_running:
            self._process.send_signal(signal_number)

    def kill(self) -> None:
        """End it and its whole process group at once."""
        with contextlib.suppress(ProcessLookupError):  # all of them ended meanwhile
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()


def process_tree(pid: int) -> list[int]:
    """A process, which comes first, and all its descendants."""
    found = [pid]
    for parent in found:
        with contextlib.suppress(OSError):  # it ended meanwhile
            for task in Path(f"/proc/{parent}/task").iterdir():
                found += map(int, (task / "children").read_text().split())
    return found


def procfile_commands(path: Path) -> dict[str, str]:
    """The shell command of each process that a Procfile names, in its order."""
    return dict(PROCFILE_LINE.findall(path.read_text(encoding="utf-8")))


def with_venv(env: Mapping[str, str]) -> dict[str, str]:
    """The environment in which the programs of this interpreter's packages are found."""
    return {
        **env,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{env.get('PATH', os.defpath)}",
    }


def free_port() -> int:
    """A port where nobody listens, and which is given to nobody who asks the system for any.

    Connections and servers of all kinds get theirs from 32768 on, and would now and then take it between
    this answer and its use. Processes begin at different places, so that each has ports of its own.
    """
    for _ in PORTS:
        port = PORTS[next(_turns) % len(PORTS)]
        if is_port_free(port):
            return port
    raise StartError(f"all ports from {PORTS.start} to {PORTS.stop} are in use")


def is_port_free(port: int) -> bool:
    with socket.socket() as probe:
        # As servers do: connections of an earlier run that are still fading do not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def is_listening(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def is_answering(url: str) -> bool:
    """Tell whether an address of this machine answers 200; asked directly, whatever proxy is set."""
    try:
        with _direct_opener().open(url, timeout=2) as answer:
            return bool(answer.status == 200)
    # Refused, timed out, or another status; or what answers is no web server.
    except (OSError, http.client.HTTPException):
        return False


@functools.cache
def _direct_opener() -> urllib.request.OpenerDirector:
    """Made once: it reads all certificates of this machine, and who waits for a start asks many times a second."""
    return urllib.request.build_opener(urllib.request.ProxyHandler({}))
