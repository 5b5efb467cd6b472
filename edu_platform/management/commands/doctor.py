from __future__ import annotations

import argparse
import json
import unicodedata
from collections import Counter
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from edu_platform.doctor.catalogue import TOPICS, UnknownCheck, chosen
from edu_platform.doctor.findings import Finding, Level
from edu_platform.doctor.running import COMMAND_WITHIN_S, run_checks
from edu_platform.doctor.wording import level_text, total_text
from edu_platform.lib.formatting import listed

STYLES = {Level.OK: "SUCCESS", Level.WARNING: "WARNING", Level.ERROR: "ERROR"}
INDENT = 2
CHECK_COLUMNS = max(len("cloud.callback_address"), len("recordings.delivery"))


class Command(BaseCommand):
    help = (
        "Look for everything that can be wrong before a school finds out. "
        "Exit code 1 if something is lost or refused now."
    )
    # Those of Django are among ours, and must not keep the others from being run.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument(
            "--json",
            action="store_true",
            help="a list of objects with check, level (ok, warning, error), text and advice",
        )
        parser.add_argument(
            "--only",
            metavar="NAME,…",
            default="",
            help=f"some checks alone, by topic or line: {', '.join(TOPICS)}, or such as database.migrations",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        names = [name.strip() for name in options["only"].split(",") if name.strip()]
        try:
            checks = chosen(names)
        except UnknownCheck as err:
            raise CommandError(
                _("There is no check %(name)s. Topics: %(topics)s.")
                % {"name": err, "topics": listed(TOPICS)}
            ) from err
        found = run_checks(checks, within_s=COMMAND_WITHIN_S)
        if options["json"]:
            told = [finding.as_json() for finding in found]
            self.stdout.write(json.dumps(told, ensure_ascii=False, indent=2))
        else:
            self._tell(found)
        if any(finding.level is Level.ERROR for finding in found):
            raise SystemExit(1)

    def _tell(self, found: list[Finding]) -> None:
        level_columns = max(_columns(level_text(level)) for level in Level)
        for finding in found:
            word = _padded(level_text(finding.level), level_columns)
            styled = getattr(self.style, STYLES[finding.level])(word)
            self.stdout.write(f"{styled}  {finding.check:<{CHECK_COLUMNS}}  {finding.text}")
            if finding.advice:
                margin = " " * (level_columns + CHECK_COLUMNS + 2 * INDENT)
                self.stdout.write(f"{margin}→ {finding.advice}")
        self.stdout.write(total_text(Counter(finding.level for finding in found)))


def _columns(text: str) -> int:
    """Return how wide a terminal shows it: Chinese takes two columns a character."""
    return sum(2 if unicodedata.east_asian_width(each) in "WF" else 1 for each in text)


def _padded(text: str, columns: int) -> str:
    return text + " " * (columns - _columns(text))
