from __future__ import annotations

import argparse
from collections.abc import Collection
from typing import Any

from django.core.management.base import BaseCommand
from django.db.models import Q
from django.utils import timezone

from classroom.enums import EventState
from classroom.models import CallbackEvent
from classroom.services.callback_processing import process_now
from classroom.services.inbox import reset_events


class Command(BaseCommand):
    help = (
        "Handle stored events of the classroom cloud in this process, without broker and workers: "
        "all that wait, or those that are named."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        which = parser.add_mutually_exclusive_group()
        which.add_argument("--dead", action="store_true", help="those that were given up")
        which.add_argument(
            "--id",
            action="append",
            type=int,
            default=[],
            dest="ids",
            metavar="N",
            help="this one, whatever became of it (may be repeated)",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        chosen, unknown = _chosen(options["ids"], with_dead=options["dead"])
        for event_id in unknown:
            self.stderr.write(f"There is no event {event_id}.")
        failed = sum(not self._run(event_id) for event_id in chosen)
        count = len(chosen)
        self.stdout.write(f"run={count} processed={count - failed} failed={failed}")
        if failed or unknown:
            # Not a CommandError: the lines say what failed.
            raise SystemExit(1)

    def _run(self, event_id: int) -> bool:
        """Handle one event, say what became of it, and whether that was well."""
        event = process_now(event_id, at=timezone.now())
        is_processed = event.state == EventState.PROCESSED
        reason = "a worker is handling it" if event.lease_token else event.last_error
        word = event.outcome if is_processed else f"failed: {reason}"
        self.stdout.write(
            f"{event.pk} {event.event_type} {event.room_id or event.document_id or '-'} {word}"
        )
        return is_processed


def _chosen(ids: Collection[int], *, with_dead: bool) -> tuple[list[int], list[int]]:
    """The events to run, oldest first and ready for it, and the ids that no event has."""
    if not ids and not with_dead:
        return list(CallbackEvent.objects.waiting().order_by("pk").values_list("pk", flat=True)), []
    # One by one: a number that fits no column is found missing instead of failing.
    known = {number for number in ids if CallbackEvent.objects.filter(pk=number).exists()}
    is_chosen = Q(pk__in=known) | (Q(state=EventState.DEAD) if with_dead else Q())
    events = CallbackEvent.objects.filter(is_chosen)
    chosen = list(events.order_by("pk").values_list("pk", flat=True))
    reset_events(events, at=timezone.now())
    return chosen, sorted(set(ids) - known)
