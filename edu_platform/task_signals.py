"""Tasks in logs and counts, and the first one of beat.

The ids of a request go with the tasks that it causes, and each end is counted.
"""

from __future__ import annotations

import time
from typing import Any

from celery import Task
from celery.signals import beat_init, before_task_publish, task_postrun, task_prerun
from django_structlog.celery.receivers import CeleryReceiver

from edu_platform.lib import counters
from edu_platform.lib.queueing import send_in_background


class TaskIds(CeleryReceiver):
    """The part of the library that sends the ids along, and binds them where the task runs.

    What else it would log of each task, Celery has said already.
    """

    def connect_signals(self) -> None:
        before_task_publish.connect(self.receiver_before_task_publish)
        task_prerun.connect(self.receiver_task_prerun)


def begin_timing(task: Task[Any, Any], **_signal: Any) -> None:
    task.request.began_s = time.monotonic()  # type: ignore[attr-defined] # it takes any


def count_end(task: Task[Any, Any], state: str | None, **_signal: Any) -> None:
    # Its state is the only thing known of one that was refused before it began.
    counters.TASKS.labels(task.name, (state or "unknown").lower()).inc()
    began_s = getattr(task.request, "began_s", None)
    if began_s is not None:
        counters.TASK_TIME.labels(task.name).observe(time.monotonic() - began_s)


def beat_at_once(**_signal: Any) -> None:
    """Send the first heartbeat when beat starts: a new installation would be said to stand still for half a minute."""
    send_in_background("edu_platform.record_heartbeat")


# Signals keep no hold of what they call.
_task_ids = TaskIds()
_task_ids.connect_signals()
task_prerun.connect(begin_timing)
task_postrun.connect(count_end)
beat_init.connect(beat_at_once)
