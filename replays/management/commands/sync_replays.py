"""Bring replays up to what the cloud has: after an outage, after an import, or for one room."""

from __future__ import annotations

import argparse
import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from classroom.client.errors import CloudError, CloudUnavailable
from classroom.hooks import NotOurs
from edu_platform.lib.command_days import past_day
from replays.services.planning import expect_missing
from replays.services.reconciling import Reconciled, reconcile_room, rooms_since
from schedule.week_grid import start_of_day

DEFAULT_DAYS = 30
ROOM_IDS_BELOW = 2**63


class Command(BaseCommand):
    help = "Ask the cloud for the recordings of past classes. Nothing is ever deleted."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--since",
            type=past_day,
            metavar="DATE",
            help=f"classes planned from this day on, as 2024-09-02 (default: {DEFAULT_DAYS} days)",
        )
        parser.add_argument(
            "--room", type=_room, metavar="N", help="this room number (课堂号) only"
        )
        parser.add_argument("--dry-run", action="store_true", help="only tell what would change")

    def handle(self, *args: Any, **options: Any) -> None:
        """Look at each room; exit code 1 when the cloud did not tell of one."""
        at = timezone.now()
        if not options["dry_run"]:
            expect_missing()
        if options["room"] is not None:
            rooms: Iterable[int] = [options["room"]]
        else:
            day = options["since"] or timezone.localdate(at) - dt.timedelta(days=DEFAULT_DAYS)
            rooms = self._list(start_of_day(day), at)
        self._reconcile(rooms, is_dry_run=options["dry_run"])

    def _list(self, since: dt.datetime, at: dt.datetime) -> list[int]:
        try:
            return list(rooms_since(since, at=at))
        except CloudError as err:
            raise CommandError(f"The cloud did not list its rooms: {err}") from err

    def _reconcile(self, rooms: Iterable[int], *, is_dry_run: bool) -> None:
        changed = unchanged = failed = 0
        for room_id in rooms:
            try:
                outcome = reconcile_room(room_id, is_dry_run=is_dry_run)
            except CloudUnavailable as err:
                raise CommandError(f"The cloud does not answer: {err}") from err
            except (CloudError, NotOurs) as err:
                failed += 1
                self.stderr.write(f"{room_id}: {_words(err)}")
                continue
            changed += outcome.has_changed
            unchanged += not outcome.has_changed
            self._tell(outcome)
        self.stdout.write(f"changed={changed} unchanged={unchanged} failed={failed}")
        if failed:
            raise CommandError(f"{failed} rooms could not be looked at", returncode=1)

    def _tell(self, outcome: Reconciled) -> None:
        if outcome.has_changed:
            self.stdout.write(str(outcome))


def _room(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and 0 < int(text) < ROOM_IDS_BELOW):
        raise argparse.ArgumentTypeError("a room number (课堂号)")
    return int(text)


def _words(err: Exception) -> str:
    return "no room of this application" if isinstance(err, NotOurs) else str(err)
