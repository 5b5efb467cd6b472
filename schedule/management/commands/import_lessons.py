from __future__ import annotations

import argparse
from typing import Any

from schedule.imports.lessons import import_lessons
from schedule.imports.results import ImportResult
from schedule.management.imports import FileImportCommand


class Command(FileImportCommand):
    help = (
        "Plan and change lessons from a CSV or XLSX file with the columns course, teacher, "
        "class_groups, date, start, end, room_type, record, and if wanted title, assistants, "
        "room_id. All of the file is taken, or nothing of it; nothing is ever removed."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--draft", action="store_true", help="new lessons are seen by staff only at first"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        def take(data: bytes) -> ImportResult:
            return import_lessons(data, as_draft=options["draft"], dry_run=options["dry_run"])

        self.run_import(options["file"], take)
