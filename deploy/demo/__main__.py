"""Prepare, start everything, say who can sign in, and serve until Ctrl-C."""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from deploy.demo import logs
from deploy.demo.config import (
    START_WITHIN_S,
    VAR,
    CannotStartError,
    Ports,
    chosen_ports,
    environment,
    free_ports,
    is_verbose,
    keep_ports,
    kept_ports,
)
from deploy.demo.process_manager import ProcessManager
from deploy.services import parent_death
from deploy.services.processes import (
    ROOT,
    StartError,
    is_answering,
    is_listening,
    procfile_commands,
)
from deploy.services.valkey import Valkey

PROCFILE = Path(__file__).with_name("Procfile")
# Where the demo's own broker listens, while it does.
BROKER_ADDRESS = VAR / "demo.broker"
# How the lines begin in which the demo school says who can look at it.
LINK, SIGN_IN = "link: ", "sign-in: "


def say(line: str) -> None:
    print(line, flush=True)


@contextlib.contextmanager
def only_one() -> Iterator[None]:
    """Lock the demo's files against a second run."""
    VAR.mkdir(parents=True, exist_ok=True)
    with (VAR / "demo.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as err:
            raise CannotStartError(
                "A demo is already running in this folder: stop it first."
            ) from err
        yield


def manage(env: Mapping[str, str], *lines: str) -> None:
    """Run commands of manage.py, one after the other.

    Raises:
        CannotStartError: one failed; the text holds what they said.
    """
    done = subprocess.run(
        [sys.executable, "-m", "deploy.services.commands", *lines],
        cwd=ROOT,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        raise CannotStartError(f"manage.py failed ({', then '.join(lines)}):\n{done.stdout}")


@contextlib.contextmanager
def broker(env: dict[str, str]) -> Iterator[None]:
    """A Valkey that keeps its data, unless the environment names a server already."""
    if env.get("REDIS_URL"):
        yield
        return
    server = Valkey(VAR / "valkey", durable=True, log=logs.begin("valkey"))
    env["REDIS_URL"] = server.url
    BROKER_ADDRESS.write_text(server.url, encoding="utf-8")
    try:
        yield
    finally:
        BROKER_ADDRESS.unlink(missing_ok=True)
        server.stop()


def is_started_by_make() -> bool:
    return "MAKELEVEL" in os.environ


def follow_make(closed: threading.Event) -> None:
    """Stop when only make was told to: it takes SIGINT for Ctrl-C, which we would get too.

    It then waits for us with SIGINT blocked, which is where it can be seen (Linux only).
    """
    status = Path(f"/proc/{os.getppid()}/status")
    interrupted = 1 << (signal.SIGINT - 1)
    while status.is_file() and not closed.wait(0.5):
        blocked = re.search(r"^SigBlk:\s*([0-9a-f]+)", status.read_text(), re.MULTILINE)
        if blocked and int(blocked[1], 16) & interrupted:
            os.kill(os.getpid(), signal.SIGINT)
            return


class Opening:
    """The work while the processes run: wait for them, set up the cloud, fill the school, say so."""

    def __init__(
        self, ports: Ports, env: Mapping[str, str], process_logs: logs.ProcessLogs
    ) -> None:
        self.failure = ""
        self._logs = process_logs
        self._ports = ports
        self._env = env
        self._seeding: subprocess.Popen[str] | None = None
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, name="opening")

    def start(self) -> None:
        self._thread.start()
        if is_started_by_make():
            threading.Thread(target=follow_make, args=(self._closed,), daemon=True).start()

    def close(self) -> None:
        """Stop, wherever it is."""
        self._closed.set()
        if self._seeding:
            self._seeding.terminate()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        try:
            self._open()
        except (StartError, CannotStartError) as err:
            if not self._closed.is_set():
                self.failure = str(err)
                os.kill(os.getpid(), signal.SIGTERM)

    def _open(self) -> None:
        base = f"http://127.0.0.1:{self._ports.web}"
        self._wait("cloud", lambda: is_listening(self._ports.cloud))
        # From the site the cloud fetches the courseware.
        self._wait("web", lambda: is_answering(f"{base}/readyz"))
        say("Filling the demo school (a minute or two the first time)")
        lines = self._seed()
        say(f"Logs are in {logs.FOLDER}; VERBOSE=1 shows them here. Ctrl-C stops everything.")
        say("Open one of these links without an account, until the next start:")
        for line in lines:
            if line.startswith(LINK):
                say(line)
        say("Sign in with one of these usernames and passwords:")
        for line in lines:
            if line.startswith(SIGN_IN):
                say(line)
        say(f"ready: {base}/")

    def _wait(self, name: str, is_there: Callable[[], bool]) -> None:
        deadline = time.monotonic() + START_WITHIN_S
        while not is_there():
            if self._closed.wait(0.1):
                raise StartError("stopped")
            if time.monotonic() > deadline:
                raise StartError(
                    f"{name} does not answer. The last lines of {logs.path_of(name)}:\n"
                    + self._logs.last_lines(name)
                )

    def _seed(self) -> list[str]:
        path = logs.begin("seed_demo")
        with (
            path.open("w") as log,
            subprocess.Popen(
                # The cloud's callbacks come here, and people after class, wherever this demo listens now.
                [sys.executable, "-m", "deploy.services.commands", "setup_cloud", "seed_demo"],
                cwd=ROOT,
                env=self._env,
                stdout=subprocess.PIPE,
                stderr=None if is_verbose() else log,
                text=True,
                start_new_session=True,
            ) as self._seeding,
        ):
            output, _ = self._seeding.communicate()
        if self._seeding.returncode:
            said = "".join(path.open(errors="replace").readlines()[-logs.LAST_LINES :])
            raise StartError(f"The demo school could not be filled:\n{output}{said}")
        return output.splitlines()


def serve() -> int:
    ports = free_ports()
    with only_one():
        env = environment(ports)
        keep_ports(ports)
        say("Preparing the database and the static files")
        manage(env, "migrate --noinput", "collectstatic --noinput")
        with broker(env):
            say("Starting the processes")
            commands = procfile_commands(PROCFILE)
            with contextlib.closing(
                logs.ProcessLogs(commands, are_shown=is_verbose())
            ) as process_logs:
                opening = Opening(ports, env, process_logs)
                manager = ProcessManager(commands, env, process_logs, opening.start)
                try:
                    exit_code = manager.work()
                finally:
                    opening.close()
    if opening.failure:
        raise CannotStartError(opening.failure)
    return exit_code


def manage_for_user(words: list[str]) -> int:
    """Run a command of manage.py on the demo's school, whether or not the demo runs now."""
    env = environment(chosen_ports(kept_ports()))
    if not env.get("REDIS_URL") and BROKER_ADDRESS.is_file():
        env["REDIS_URL"] = BROKER_ADDRESS.read_text(encoding="utf-8")
    command = [sys.executable, "manage.py", *words]
    return subprocess.run(command, cwd=ROOT, env=env, check=False).returncode


def main() -> int:
    words = sys.argv[1:]
    if words[:1] == ["manage"]:
        return manage_for_user(words[1:])
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    if is_started_by_make():
        parent_death.end_with_parent(signal.SIGTERM, os.getppid())
    try:
        return serve()
    except (CannotStartError, StartError) as err:
        print(err, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    raise SystemExit(main())
