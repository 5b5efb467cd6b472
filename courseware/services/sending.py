"""Telling the workers that something is due; it stands in the database, and their own runs find it too."""

from __future__ import annotations

from functools import partial
from typing import Any

from celery import Task
from django.db import transaction

from classroom.queueing import send_soon


def send_on_commit(task: Task[Any, Any]) -> None:
    """Send a task when the open transaction commits, without waiting for the broker."""
    transaction.on_commit(partial(send_soon, task))
