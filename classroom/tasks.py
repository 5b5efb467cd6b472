from __future__ import annotations

from collections.abc import Sequence

from celery import shared_task
from django.utils import timezone

from classroom.kept_kinds import FAILED_CALLBACKS, HANDLED_CALLBACKS
from classroom.services import callback_processing, inbox, purge
from edu_platform.lib import keeping_times


@shared_task(name="classroom.process_event")
def process_event(event_id: int, others: Sequence[int] = ()) -> None:
    """Look in the cloud at what an event is about; hand on others that were told of with it."""
    inbox.hand_on(others)
    callback_processing.process_event(event_id, at=timezone.now())


@shared_task(name="classroom.tell_of_members")
def tell_of_members(room_id: int, others: Sequence[int] = ()) -> None:
    """Tell of rooms in which somebody came or left, those of one moment together."""
    inbox.tell_of_members({room_id, *others})


@shared_task(name="classroom.sweep_events")
def sweep_events() -> None:
    """Hand events to the workers that a lost message or a killed worker left behind."""
    inbox.sweep_events(timezone.now())


@shared_task(name="classroom.purge_events")
def purge_events() -> None:
    """Forget events that were closed long ago."""
    keeping_times.forget(HANDLED_CALLBACKS, timezone.now())
    keeping_times.forget(FAILED_CALLBACKS, timezone.now())


@shared_task(name="classroom.thin_out_events")
def thin_out_events() -> None:
    """Forget the oldest of very many events of no use."""
    purge.thin_out_events(timezone.now())
