from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from edu_platform import heartbeat


@shared_task(name="edu_platform.record_heartbeat")
def record_heartbeat() -> None:
    """Show that beat and a worker run."""
    heartbeat.record_heartbeat(timezone.now())
