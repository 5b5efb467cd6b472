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


@shared_task(name="replays.forget_old_uses")
def forget_old_uses() -> None:
    """Forget who watched what long ago; how often a replay was used stays."""
    from replays.services import uses  # noqa: PLC0415 -- task leaf

    uses.forget_old_uses(timezone.now())


@shared_task(name="replays.purge_deleted")
def purge_deleted() -> None:
    """Have the cloud delete what has been in the bin for its time."""
    from replays.services import deleting  # noqa: PLC0415 -- task leaf

    deleting.purge_due(timezone.now())


@shared_task(name="replays.tell_people")
def tell_people() -> None:
    """Tell people of the replays that are late, or ready."""
    from replays.services import telling  # noqa: PLC0415 -- task leaf

    telling.tell_people(timezone.now())


@shared_task(name="replays.end_due")
def end_due() -> None:
    """Warn of replays whose time is soon over, and put those into the bin that were warned of."""
    from replays.services import retention  # noqa: PLC0415 -- task leaf

    retention.end_due_replays(timezone.now())
