"""Handing work to the workers without ever waiting for the broker."""

from __future__ import annotations

import logging
from functools import partial
from typing import Any

from celery import Task
from django.db import transaction
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)


def enqueue_on_commit(task: Task[Any, Any], **arguments: object) -> None:
    """Send a task when the open transaction commits.

    A broker that is down loses the message and nothing else: due work stands in the database, and
    the sweeps find it there. Asked for twice in one transaction, a task is sent once.
    """
    send = partial(_send, task, arguments)
    for _savepoints, waiting, _robust in transaction.get_connection().run_on_commit:
        if isinstance(waiting, partial) and (waiting.func, waiting.args) == (send.func, send.args):
            return
    transaction.on_commit(send)


def _send(task: Task[Any, Any], arguments: dict[str, object]) -> None:
    try:
        task.apply_async(kwargs=arguments, retry=False)
    except OperationalError as err:
        logger.warning("broker does not answer, %s waits for its sweep: %s", task.name, err)
