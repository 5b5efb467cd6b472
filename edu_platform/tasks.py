from __future__ import annotations

from celery import shared_task
from django.core.cache import cache
from django.utils import timezone

from edu_platform import heartbeat

# Where the doctor finds a worker's answer.
ANSWER_KEY = "doctor:{nonce}"
ANSWER_LASTS_S = 60


@shared_task(name="edu_platform.record_heartbeat")
def record_heartbeat() -> None:
    """Show that beat and a worker run."""
    heartbeat.record_heartbeat(timezone.now())


@shared_task(name="edu_platform.answer_doctor")
def answer_doctor(nonce: str) -> None:
    """Show that a worker takes tasks, and has the database of who asks."""
    cache.set(ANSWER_KEY.format(nonce=nonce), "done", ANSWER_LASTS_S)
