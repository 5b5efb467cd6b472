"""The servers of a soak: PostgreSQL, Valkey, a local cloud, and what the Procfile names."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import secrets
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import psycopg2

from deploy.services import local_platform
from deploy.services.postgres import Postgres
from deploy.services.processes import (
    ROOT,
    StartError,
    free_port,
    is_answering,
    is_listening,
)
from deploy.services.valkey import Valkey
from deploy.soak.cloud import CloudControl
from deploy.soak.media_disk import MediaDisk
from deploy.soak.services import Service, freeze, thaw

# Sooner than systemd, whose RestartSec is two seconds in deploy/systemd.
SUPERVISED_EVERY_S = 0.1
# How long a database may take to start after a kill.
BACK_WITHIN_S = 180
CALLBACK_PATH = "/callbacks/classroom/"
# The school's local hour when the soak begins, so that all its lessons are on one day.
SCHOOL_HOUR = 10


class Stack(ExitStack):
    """Everything runs while the block lasts; what ends by itself is started again."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder
        self.media = MediaDisk(folder / "media")  # before any thread
        self.callback(self.media.unmount)
        self.callback_key = secrets.token_hex(16)
        self.metrics_token = secrets.token_hex(16)
        self.superuser_password = secrets.token_urlsafe(16)
        self.port, cloud_port = free_port(), free_port()
        self.site = f"http://127.0.0.1:{self.port}"
        self.cloud = CloudControl(f"http://127.0.0.1:{cloud_port}")
        self._cloud_port = cloud_port
        self._ended = threading.Event()

    def __enter__(self) -> Stack:
        super().__enter__()
        with contextlib.ExitStack() as opening:
            opening.push(self)  # stop what has started when the rest cannot start
            self._open()
            opening.pop_all()
        return self

    def _open(self) -> None:
        self._starter = self.enter_context(ThreadPoolExecutor(thread_name_prefix="starting"))
        self.valkey = Valkey(self.folder / "valkey", durable=True)
        self.callback(self._stop_broker)
        self.postgres = Postgres(survives_kills=True)
        self.callback(self._stop_postgres)
        self.env = os.environ | self._environment()
        self.services = self._services()
        for service in self.services.values():
            self.callback(service.stop)
        prepare = ("migrate --verbosity 0", "collectstatic --noinput --verbosity 0")
        self._run("-m", "deploy.services.commands", *prepare)
        self.start_all()
        supervisor = threading.Thread(target=self._supervise, name="supervisor")
        supervisor.start()
        self.callback(supervisor.join)
        self.callback(self._ended.set)

    def _environment(self) -> dict[str, str]:
        return {
            **local_platform.environment(
                self.folder,
                database_url=self.postgres.url(),
                broker_url=self.valkey.url,
                port=self.port,
                cloud_port=self._cloud_port,
                callback_key=self.callback_key,
            ),
            "EMAIL_URL": f"filemail:///{self.folder / 'mail'}",
            "MEDIA_ROOT": str(self.media.folder),
            "METRICS_TOKEN": self.metrics_token,
            "DJANGO_SUPERUSER_PASSWORD": self.superuser_password,
            "TIME_ZONE": zone_with_hour(SCHOOL_HOUR),
            "LANGUAGE_CODE": "en",
            "LOCALCLOUD_CALLBACK_URL": f"{self.site}{CALLBACK_PATH}",
        }

    def _services(self) -> dict[str, Service]:
        return {
            name: Service(name, command, self.env, self.folder / f"{name}.log", self._starter)
            for name, command in local_platform.commands().items()
        }

    # --- The processes ----------------------------------------------------------------------

    def start_all(self, *, clock_offset_s: int = 0) -> None:
        """Start cloud, web, worker and beat, and wait until the first two answer."""
        for name in ("cloud", "web", "worker", "beat"):
            self.services[name].start(clock_offset_s=clock_offset_s)
            if name == "cloud":
                self.services[name].wait_until(lambda: is_listening(self._cloud_port))
        self.services["web"].wait_until(lambda: is_answering(f"{self.site}/readyz"))

    def stop_all(self) -> None:
        """Ask all of them to end, the cloud last, and wait for that."""
        for name in ("beat", "web", "worker", "cloud"):
            self.services[name].stop()

    def _supervise(self) -> None:
        while not self._ended.wait(SUPERVISED_EVERY_S):
            for service in self.services.values():
                service.restart_if_ended()

    def manage(self, *words: str, timeout_s: float = 900) -> str:
        """Run a command of manage.py; return its output.

        Raises:
            StartError: it failed.
        """
        return self._run("manage.py", *words, timeout_s=timeout_s)

    def _run(self, *words: str, timeout_s: float = 900) -> str:
        done = subprocess.run(
            [sys.executable, *words],
            cwd=ROOT,
            env=self.env,
            capture_output=True,
            text=True,
            check=False,
            timeout=timeout_s,
        )
        if done.returncode:
            raise StartError(f"{' '.join(words)}: {done.stdout}{done.stderr}")
        return done.stdout

    # --- Database and broker ----------------------------------------------------------------

    def query_database(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """The rows of a query.

        Raises:
            psycopg2.OperationalError: the database is away.
        """
        with closing(psycopg2.connect(self.postgres.url(), connect_timeout=5)) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute("SET statement_timeout = '10s'")
                cursor.execute(query, values)
                return cursor.fetchall()

    def start_database(self) -> None:
        """Start it after a kill, once its last processes have ended."""
        for _ in _tries(BACK_WITHIN_S):
            with contextlib.suppress(StartError):
                self._starter.submit(self.postgres.start_again).result()
                return
        raise StartError("PostgreSQL did not start again")

    def _stop_postgres(self) -> None:
        thaw(self.postgres.pid)
        self.postgres.stop()

    def freeze_database(self) -> None:
        freeze(self.postgres.pid)

    def thaw_database(self) -> None:
        thaw(self.postgres.pid)

    def _stop_broker(self) -> None:
        self.valkey.stop()  # not a bound method: a fault may have replaced it

    def start_broker(self) -> None:
        """Start it after a kill, on the same port and with its data."""
        folder, port = self.folder / "valkey", self.valkey.port
        self.valkey = self._starter.submit(Valkey, folder, durable=True, port=port).result()


def _tries(within_s: float) -> Iterator[None]:
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        yield
        time.sleep(0.2)


def zone_with_hour(hour: int) -> str:
    """A time zone in which it is this hour now. Signs in its name are inverted, as in POSIX."""
    ahead = (hour - dt.datetime.now(dt.UTC).hour + 12) % 24 - 12
    return f"Etc/GMT{-ahead:+d}" if ahead else "UTC"


@contextlib.contextmanager
def folder_for(keep: Path | None) -> Iterator[Path]:
    """The folder of a run: a given one, which stays, or a temporary one."""
    if keep is not None:
        keep.mkdir(parents=True)
        yield keep.resolve()
        return
    with tempfile.TemporaryDirectory(prefix="edu-soak-") as name:
        yield Path(name)
