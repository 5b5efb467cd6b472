"""Workers, the broker and the clock of one example, all in this thread.

A worker may die before any of its statements, as if it had been killed: nothing of it runs any more, and the
database keeps what it had committed. While it waits for the cloud, time may pass and others may act, since no
transaction is open then.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from celery import current_app
from django.db import connection
from django.db.transaction import Atomic
from django.utils import timezone

PROCESS_EVENT = "classroom.process_event"
# What the clock has done of rooms, callbacks and replays, in the order in which it may come.
TASKS = (
    "schedule.make_rooms_ahead",
    "schedule.sync_rooms",
    "schedule.poll_rooms",
    "classroom.sweep_events",
    "replays.ask_for_missing",
    "replays.notify_people",
    "replays.purge_deleted",
)
NIGHTLY = (
    "schedule.ask_again_for_recordings",
    "schedule.remove_orphan_rooms",
    "replays.expect_missing",
)
KNOWN = {PROCESS_EVENT, *TASKS, *NIGHTLY}
# These say where a transaction begins and ends; a dead worker's are rolled back all the same.
OF_TRANSACTIONS = ("SAVEPOINT", "RELEASE SAVEPOINT", "ROLLBACK TO")


class Killed(BaseException):
    """The worker was killed here."""


class Broker:
    """Messages: each may be lost, late, or delivered twice."""

    def __init__(self) -> None:
        self.messages: list[tuple[str, dict[str, Any], dt.datetime]] = []

    def send(self, task: Any, arguments: dict[str, Any], delay_s: float) -> None:
        if task.name in KNOWN:
            at = timezone.now() + dt.timedelta(seconds=delay_s)
            self.messages.append((task.name, arguments, at))

    def deliverable(self) -> list[tuple[str, dict[str, Any], dt.datetime]]:
        return [each for each in self.messages if each[2] <= timezone.now()]


class Workers:
    """Runs tasks; `statements_left` counts down to the death of the one that runs."""

    def __init__(self, broker: Broker) -> None:
        self.broker = broker
        self.statements_left: int | None = None
        # What happens while the worker waits for the call of that number.
        self.calls_left: int | None = None
        self.meanwhile: Callable[[], None] | None = None

    def run(
        self,
        name: str,
        arguments: Mapping[str, Any],
        *,
        dies_after: int | None,
        waits_at: int | None,
        meanwhile: Callable[[], None],
    ) -> None:
        task = current_app.tasks[name]
        self.statements_left, self.calls_left, self.meanwhile = dies_after, waits_at, meanwhile
        try:
            task(**arguments)
        except Killed:
            pass
        finally:
            self.statements_left = self.calls_left = self.meanwhile = None
        flush_commits()

    def before_statement(
        self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any
    ) -> Any:
        """Django's wrapper of each statement."""
        if self.statements_left is not None and not sql.startswith(OF_TRANSACTIONS):
            if not self.statements_left:
                raise Killed
            self.statements_left -= 1
        return execute(sql, params, many, context)

    def while_waiting(self) -> None:
        """Let others act, if it is this call in which they do."""
        if self.calls_left is None or self.meanwhile is None:
            return
        self.calls_left -= 1
        if self.calls_left >= 0:
            return
        kept, meanwhile = self.statements_left, self.meanwhile
        self.statements_left = self.calls_left = self.meanwhile = None
        meanwhile()
        self.statements_left = kept


def flush_commits() -> None:
    """Do what waits for the commit of transactions that are over, as no test commits."""
    while waiting := connection.run_on_commit:
        connection.run_on_commit = []
        for each in waiting:
            call = each[1]
            call()


def enter_with_savepoint(enter: Callable[[Atomic], None]) -> Callable[[Atomic], None]:
    """The outermost transaction of a worker is rolled back alone, even where it asks for no savepoint."""

    def enter_block(block: Atomic) -> None:
        blocks: Sequence[Any] = connection.atomic_blocks
        if blocks and getattr(blocks[-1], "_from_testcase", False):
            block.savepoint = True
        enter(block)

    return enter_block
