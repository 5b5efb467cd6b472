from __future__ import annotations

from typing import Any

from schedule.imports.results import ImportResult
from schedule.imports.users import import_users
from schedule.management.imports import FileImportCommand


class Command(FileImportCommand):
    help = (
        "Create and change people from a CSV or XLSX file with the columns username, display_name, "
        "role, class_groups, password. All of the file is taken, or nothing of it."
    )

    def handle(self, *_args: Any, **options: Any) -> None:
        def take(data: bytes) -> ImportResult:
            return import_users(data, dry_run=options["dry_run"])

        self.run_import(options["file"], take)
