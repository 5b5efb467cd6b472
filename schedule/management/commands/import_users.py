from __future__ import annotations

import argparse
from typing import Any

from django.utils.translation import gettext

from schedule.imports.results import ImportResult
from schedule.imports.users import UserImportOptions, take_users
from schedule.management.imports import FileImportCommand


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
            done = take_users(data, dry_run=options["dry_run"], options=chosen)
            for each in done.missing or ():
                name = f"{each.user.username} {each.user.display_name}"
                if each.stays is None:
                    self.stdout.write(f"deactivate {name}")
                else:
                    self.stdout.write(f"keep {name}: {each.stays.label}")
            for plan in done.plans:
                if plan.user is not None and plan.stays_deactivated:
                    told = gettext("the account is deactivated, and stays so")
                    self.stdout.write(
                        f"closed {plan.user.username} {plan.user.display_name}: {told}"
                    )
            return done.result()

        self.run_import(options["file"], take)
