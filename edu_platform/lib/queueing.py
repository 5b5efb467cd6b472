"""Queueing tasks without ever waiting for the broker.

Tasks are named, not imported: they stand above the services that send them.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache, partial
from typing import Any

from celery import Task, current_app
from django.db import transaction
from kombu.exceptions import OperationalError

from edu_platform.lib import trace_ids

logger = logging.getLogger(__name__)

# After a failed try nothing is sent for this long.
BROKER_REST_S = 5.0
# What is gathered leaves in messages at least this far apart.
GATHERED_FOR_S = 0.02


def enqueue_on_commit(name: str, **arguments: Any) -> None:
    """Send a task as `send_in_background` does when the open transaction commits; the same one once.

    Raises:
        NotRegistered: there is no task of this name.
    """
    send = partial(send_in_background, _task(name).name, **arguments)
    for _savepoints, waiting, _robust in transaction.get_connection().run_on_commit:
        if isinstance(waiting, partial) and _call_of(waiting) == _call_of(send):
            return
    transaction.on_commit(send)


def _task(name: str) -> Task[Any, Any]:
    task: Task[Any, Any] = current_app.tasks[name]
    return task


def _call_of(waiting: partial[Any]) -> tuple[object, ...]:
    return waiting.func, waiting.args, waiting.keywords


def send_in_background(name: str, *, delay_s: float = 0.0, **arguments: object) -> None:
    """Send a task from a thread of its own: the caller does not even wait for one failed try.

    For work that stands in the database and has a sweep: a broker that is down, or rests after a
    failed try, loses the message. With `delay_s` a worker takes it up that much later.

    Raises:
        NotRegistered: there is no task of this name.
    """
    _in_background(_send_or_drop, _task(name), arguments, delay_s)


def send_gathered(name: str, **argument: int) -> None:
    """Send a task about one row as `send_in_background` does, but one message for rows that come close together.

    Making a message takes longer than storing a row. The task is given the first row by its argument, and
    those that came after it as a list, `others`, which it hands on.

    Raises:
        NotRegistered: there is no task of this name.
    """
    ((argument_name, row_id),) = argument.items()
    _gathering(os.getpid(), _task(name), argument_name).add(row_id)


class _Gathering:
    """The rows that wait for the next message about them."""

    def __init__(self, task: Task[Any, Any], argument_name: str) -> None:
        self._task = task
        self._argument_name = argument_name
        self._lock = threading.Lock()
        self._waiting: list[int] = []
        self._next_at = 0.0

    def add(self, row_id: int) -> None:
        with self._lock:
            self._waiting.append(row_id)
            is_first = len(self._waiting) == 1
        if is_first:
            _in_background(self._send)

    def _send(self) -> None:
        time.sleep(max(0.0, self._next_at - time.monotonic()))
        with self._lock:
            (first, *others), self._waiting = self._waiting, []
        arguments: dict[str, object] = {self._argument_name: first}
        if others:
            arguments["others"] = others
        _send_or_drop(self._task, arguments, 0.0)
        self._next_at = time.monotonic() + GATHERED_FOR_S


@cache
def _gathering(_process_id: int, task: Task[Any, Any], argument_name: str) -> _Gathering:
    # By process, as its sender is.
    return _Gathering(task, argument_name)


def _in_background(work: Callable[..., None], *arguments: object) -> None:
    work = trace_ids.in_this_context(work)
    _sender(os.getpid()).submit(work, *arguments).add_done_callback(_log_unexpected)


@cache
def _sender(_process_id: int) -> ThreadPoolExecutor:
    # By process: a thread does not live on in the children of a fork.
    return ThreadPoolExecutor(max_workers=1, thread_name_prefix="sender")


_rest_ends_at = 0.0  # on the monotonic clock; only the sender's own thread touches it


def _send_or_drop(task: Task[Any, Any], arguments: dict[str, object], delay_s: float) -> None:
    global _rest_ends_at  # noqa: PLW0603 -- one broker, so one rest a process
    if time.monotonic() < _rest_ends_at:
        return
    try:
        task.apply_async(kwargs=arguments, countdown=delay_s, retry=False)
    except OperationalError as err:
        _rest_ends_at = time.monotonic() + BROKER_REST_S
        logger.warning("broker does not answer, %s waits for its sweep: %s", task.name, err)


def _log_unexpected(sending: Future[None]) -> None:
    # Nobody waits for the thread's result, so its errors would be lost.
    if (error := sending.exception()) is not None:
        logger.error("a task could not be sent", exc_info=error)
