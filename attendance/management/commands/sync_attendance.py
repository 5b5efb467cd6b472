"""Ask for the attendance of classes that ended before it was collected, or of which it never came."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from attendance.collecting.asking import ask_due
from attendance.collecting.following import follow_since
from attendance.counting.due_lessons import count_due, count_since
from attendance.models import RoomStatistics
from classroom.enums import Source
from edu_platform.lib.batches import in_batches
from edu_platform.lib.command_days import past_day
from schedule.week_grid import start_of_day


class Command(BaseCommand):
    help = "Ask the cloud who was in past classes, and count their attendance."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--since",
            type=past_day,
            metavar="DATE",
            required=True,
            help="classes planned from this day on, as 2024-09-02",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Ask about each room, then count each lesson; exit code 1 when the cloud does not answer."""
        since, at = start_of_day(options["since"]), timezone.now()
        asked = follow_since(since, at)
        self._ask()
        counted = self._count(since, at)
        came, missing = _answers(asked)
        waiting = len(asked) - came - missing
        self.stdout.write(
            f"asked={len(asked)} came={came} waiting={waiting} missing={missing} counted={counted}"
        )

    def _ask(self) -> None:
        while True:
            run = ask_due(timezone.now(), source=Source.COMMAND)
            if run is None:
                raise CommandError("No cloud is configured: see LCIC_* in .env.example")
            if run.is_silent:
                raise CommandError("The cloud does not answer: what it told so far is kept")
            if not run.done + run.failed:
                return

    def _count(self, since: dt.datetime, at: dt.datetime) -> int:
        counted = count_since(since, at)
        while count_due(timezone.now()):
            pass
        return counted


def _answers(asked: Collection[int]) -> tuple[int, int]:
    """Return of how many of these rooms the statistics have come, and of how many they never will."""
    came = missing = 0
    for keys in in_batches(asked):
        rows = RoomStatistics.objects.filter(pk__in=keys)
        came += rows.told_all().count()
        missing += rows.untold().exclude(missing_reason="").count()
    return came, missing
