"""Tasks that are sent to a broker by name, as beat and other processes do."""

from __future__ import annotations

from typing import Any

from celery import Celery
from celery.result import AsyncResult


def send_task(broker_url: str, name: str, **options: Any) -> AsyncResult[Any]:
    # The application of this process stays the current one: else its own tasks would go to this broker from now on.
    with Celery(broker=broker_url, set_as_current=False) as app:
        return app.send_task(name, **options)
