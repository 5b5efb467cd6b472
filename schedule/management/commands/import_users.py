from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext

from accounts.models import User
from schedule.imports.results import ImportResult
from schedule.imports.user_spreadsheet import UserCheck, UserImportOptions, import_users
from schedule.management.imports import FileImportCommand
from schedule.management.progress_line import progress_shown


class Command(FileImportCommand):
    help = (
        "Create and change people from a CSV or XLSX file with the columns username, display_name, "
        "role, class_groups, password. All of the file is taken, or nothing of it."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--deactivate-missing",
            action="store_true",
            help="deactivate students of the class groups in the file who do not stand in it, and list them",
        )
        parser.add_argument(
            "--reactivate",
            action="store_true",
            help="activate deactivated accounts of people in the file again",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        chosen = UserImportOptions(
            reactivates=options["reactivate"], deactivates_missing=options["deactivate_missing"]
        )

        def take(data: bytes) -> ImportResult:
            with progress_shown():
                done = import_users(
                    data,
                    dry_run=options["dry_run"],
                    options=chosen,
                    file_name=options["file"].name,
                )
            for line in _lines_beside(done):
                self.stdout.write(line)
            return done.result()

        self.run_import(options["file"], take)


def _lines_beside(done: UserCheck) -> Iterator[str]:
    """Yield who is missing in the file, and whose account stays deactivated."""
    for person in done.missing or ():
        name = _name(person.user)
        yield f"deactivate {name}" if person.stays is None else f"keep {name}: {person.stays.label}"
    for plan in done.plans:
        if plan.user is not None and plan.stays_deactivated:
            remark = gettext("the account is deactivated, and stays so")
            yield f"closed {_name(plan.user)}: {remark}"


def _name(user: User) -> str:
    return f"{user.username} {user.display_name}"
