"""Work in threads: all at once, or while another transaction holds a lock."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from django.db import connection, connections, transaction

Argument = TypeVar("Argument")
Result = TypeVar("Result")

WAITS_WITHIN_S = 20


def all_at_once(work: Callable[[Argument], Result], arguments: Sequence[Argument]) -> list[Result]:
    """Call `work` with each argument, each in a thread of its own, all let go at the same moment."""
    gate = threading.Barrier(len(arguments))

    def run(argument: Argument) -> Result:
        gate.wait(timeout=30)
        try:
            return work(argument)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(max_workers=len(arguments)) as pool:
        return list(pool.map(run, arguments))


def done_during(
    change: Callable[[], object],
    work: Callable[[], Result],
    *,
    meanwhile: Callable[[], object] = lambda: None,
) -> Result:
    """Return what `work` gives, begun in a thread while `change` is not committed, for which it has to wait.

    While it waits, `meanwhile` is done in the same transaction as the change.
    On PostgreSQL: on SQLite transactions that write wait before they begin.
    """

    def run() -> Result:
        try:
            return work()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(max_workers=1) as pool:
        with transaction.atomic():
            change()
            working = pool.submit(run)
            _wait_until_somebody_waits()
            meanwhile()
        return working.result(timeout=WAITS_WITHIN_S)


def _wait_until_somebody_waits() -> None:
    deadline_s = time.monotonic() + WAITS_WITHIN_S
    while True:
        with connection.cursor() as cursor:
            # Looked at again, and in this database alone: other tests wait beside this one.
            cursor.execute("SELECT pg_stat_clear_snapshot()")
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity"
                " WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
            if cursor.fetchone()[0]:
                return
        assert time.monotonic() < deadline_s, "nobody waited"
        time.sleep(0.02)
