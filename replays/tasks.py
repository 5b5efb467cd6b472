from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from edu_platform.lib.keeping_times import forget
from replays.kept_kinds import WATCHED
from replays.services import (
    notifications,
    planning,
    polling,
    purge,
    retention,
    watch_records,
)


@shared_task(name="replays.ask_for_missing")
def ask_for_missing() -> None:
    """Poll the cloud for every due recording."""
    polling.ask_for_missing(timezone.now())


@shared_task(name="replays.ask_who_watched")
def ask_who_watched() -> None:
    """Ask the cloud who has watched signalling replays that were opened lately."""
    watch_records.ask_who_watched(timezone.now())


@shared_task(name="replays.expect_missing")
def expect_missing() -> None:
    """Create missing replays of lessons that bypassed the hooks."""
    planning.expect_missing()


@shared_task(name="replays.forget_old_uses")
def forget_old_uses() -> None:
    """Delete old uses and progress; the counts stay."""
    forget(WATCHED, timezone.now())


@shared_task(name="replays.purge_deleted")
def purge_deleted() -> None:
    """Delete in the cloud what has been in the trash long enough."""
    purge.purge_due(timezone.now())


@shared_task(name="replays.notify_people")
def notify_people() -> None:
    """Send notices about overdue and ready replays."""
    notifications.notify_people(timezone.now())


@shared_task(name="replays.end_due")
def end_due() -> None:
    """Warn about replays that expire soon, and move those to the trash that were warned about."""
    retention.end_due_replays(timezone.now())
