"""The servers that the benchmarks measure, all real and of their own, and what they have used.

PostgreSQL keeps its promises here, as in production: an answered commit is on the disk. The web server
is the Procfile's, around an application that tells what it did (`measured.py`).
"""

from __future__ import annotations

import json
import os
import secrets
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterable
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import django  # noqa: E402 -- the root must be on the path first
import psycopg2  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connections  # noqa: E402

from deploy.services import local_platform  # noqa: E402
from deploy.services import postgres as postgres_service  # noqa: E402
from deploy.services.local_platform import SDK_APP_ID  # noqa: E402
from deploy.services.postgres import Postgres  # noqa: E402
from deploy.services.processes import (  # noqa: E402
    Child,
    free_port,
    is_listening,
    process_tree,
    with_venv,
)
from deploy.services.valkey import Valkey  # noqa: E402

WEB_PROCESSES = 2
PLATFORM = "edu_platform.wsgi:application"
MEASURED = "measured:application"
CPUCLOCK_SCHED = 2
__all__ = [
    "ROOT",
    "SDK_APP_ID",
    "Child",
    "Stack",
    "busy_s",
    "percentile",
    "process_tree",
    "processor_s",
]


class Stack(ExitStack):
    """PostgreSQL, Valkey and the local cloud; then, when the school is made, what the Procfile names."""

    def __init__(self) -> None:
        super().__init__()
        self.port, self.cloud_port = free_port(), free_port()
        self.children: dict[str, Child] = {}
        self.callback_key = secrets.token_hex(16)

    def __enter__(self) -> Stack:
        super().__enter__()
        self.folder = Path(self.enter_context(tempfile.TemporaryDirectory(prefix="edu-bench-")))
        postgres_service.QUICK = ()  # nothing that a power cut would lose counts as stored
        self.valkey = Valkey(self.folder / "valkey", durable=True)
        self.callback(self.valkey.stop)
        self.postgres = Postgres()
        self.callback(self.postgres.stop)
        os.environ |= self._environment()
        self._start("cloud", local_platform.commands()["cloud"]).wait_until(
            lambda: is_listening(self.cloud_port)
        )
        self._make_tables()
        return self

    def _environment(self) -> dict[str, str]:
        return {
            **local_platform.environment(
                self.folder,
                database_url=self.postgres.url(),
                broker_url=self.valkey.url,
                port=self.port,
                cloud_port=self.cloud_port,
                callback_key=self.callback_key,
            ),
            "WEB_CONCURRENCY": str(WEB_PROCESSES),
            # The root first: a benchmark may be called as the app is that it measures.
            "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'bench'}",
            "BENCH_FOLDER": str(self.folder),
        }

    def _make_tables(self) -> None:
        django.setup()
        call_command("migrate", verbosity=0)
        call_command("collectstatic", interactive=False, verbosity=0)

    def start_web(
        self,
        application: str = MEASURED,
        *,
        name: str = "web",
        environment: dict[str, str] | None = None,
    ) -> int:
        """Start the web server with this application; return its port."""
        port = self.port if name == "web" else free_port()
        more = {"PROMETHEUS_MULTIPROC_DIR": str(self.folder / f"metrics-{name}")}
        command = local_platform.commands()["web"].replace(PLATFORM, application)
        web = self._start(name, command, {"PORT": str(port), **more, **(environment or {})})
        web.wait_until(lambda: is_listening(port) and len(process_tree(web.pid)) > WEB_PROCESSES)
        return port

    def start_worker(self) -> None:
        worker = self._start("worker", local_platform.commands()["worker"])
        worker.wait_until(lambda: "ready." in worker.log.read_text(errors="replace"))

    def start_beat(self) -> None:
        self._start("beat", local_platform.commands()["beat"])

    def _start(self, name: str, command: str, more: dict[str, str] | None = None) -> Child:
        env = with_venv(os.environ | (more or {}))
        child = Child(["sh", "-c", command], env=env, log=self.folder / f"{name}.log")
        self.callback(child.stop)
        self.children[name] = child
        return child

    def end(self, name: str) -> None:
        self.children.pop(name).stop()

    def control(self, what: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """Ask or tell the local cloud; without a body it is a question."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.cloud_port}/control/{what}",
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            found: dict[str, Any] = json.load(answer)
            return found

    def ask_database(self, question: str) -> Any:
        """The one value that answers it."""
        with closing(psycopg2.connect(self.postgres.url())) as connection:
            connection.autocommit = True
            cursor = connection.cursor()
            cursor.execute(question)
            return cursor.fetchone()[0]

    def copy_of_database(self, name: str) -> str:
        """Copy what has been made so far; return the copy's address."""
        # One that somebody uses cannot be copied.
        connections.close_all()
        if hasattr(connections["default"], "close_pool"):
            connections["default"].close_pool()
        with closing(psycopg2.connect(self.postgres.url("template1"))) as connection:
            connection.autocommit = True
            connection.cursor().execute(f"CREATE DATABASE {name} TEMPLATE postgres")
        return self.postgres.url(name)

    def processor_s(self, name: str) -> float:
        """Return what the processes of this name have used of the processor."""
        child = self.postgres._child if name == "postgres" else self.children[name]  # noqa: SLF001
        return sum(map(processor_s, process_tree(child.pid)))


def processor_s(pid: int) -> float:
    """The processor time of a process with all its threads, to the nanosecond.

    The clock of another process has this number (clock_getcpuclockid); /proc rounds to 10 ms.
    """
    try:
        return time.clock_gettime(~pid << 3 | CPUCLOCK_SCHED)
    except OSError:  # it ended meanwhile
        return 0.0


def busy_s() -> float:
    """The processor time of the whole machine."""
    user, nice, system, _idle, _wait, irq, softirq = map(
        int, Path("/proc/stat").read_text().split()[1:8]
    )
    return (user + nice + system + irq + softirq) / os.sysconf("SC_CLK_TCK")


def percentile(taken: Iterable[float], share: float) -> float:
    ordered = sorted(taken)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else float("nan")
