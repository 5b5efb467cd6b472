from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from replays.services import notifications, planning, polling, purge, retention, watching


@shared_task(name="replays.ask_for_missing")
def ask_for_missing() -> None:
    """Ask the cloud for every recording whose turn it is."""
    polling.ask_for_missing(timezone.now())


@shared_task(name="replays.expect_missing")
def expect_missing() -> None:
    """Give lessons their replays that came into the timetable in another way than by the platform."""
    planning.expect_missing()


@shared_task(name="replays.forget_old_uses")
def forget_old_uses() -> None:
    """Forget who watched what long ago; how often a replay was used stays."""
    watching.forget_old_uses(timezone.now())


@shared_task(name="replays.purge_deleted")
def purge_deleted() -> None:
    """Have the cloud delete what has been in the bin for its time."""
    purge.purge_due(timezone.now())


@shared_task(name="replays.tell_people")
def tell_people() -> None:
    """Tell people of the replays that are late, or ready."""
    notifications.tell_people(timezone.now())


@shared_task(name="replays.end_due")
def end_due() -> None:
    """Warn of replays whose time is soon over, and put those into the bin that were warned of."""
    retention.end_due_replays(timezone.now())
