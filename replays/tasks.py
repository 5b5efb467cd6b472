from __future__ import annotations

from celery import shared_task
from django.utils import timezone


@shared_task(name="replays.ask_for_missing")
def ask_for_missing() -> None:
    """Ask the cloud for every recording whose turn it is."""
    from replays.services import chasing  # noqa: PLC0415 -- task leaf

    chasing.ask_for_missing(timezone.now())


@shared_task(name="replays.expect_missing")
def expect_missing() -> None:
    """Give lessons their replays that came into the timetable in another way than by the platform."""
    from replays.services import expectations  # noqa: PLC0415 -- task leaf

    expectations.expect_missing()
