from __future__ import annotations

import argparse
from typing import Any

from django.core.management.base import CommandError
from django.utils import timezone

from schedule.imports.fet.day_names import read_given_days
from schedule.imports.fet.importing import FetOptions, FetResult, import_fet
from schedule.imports.lesson_spreadsheet import import_lessons
from schedule.imports.results import ImportResult
from schedule.management.imports import FileImportCommand
from schedule.management.progress_line import progress_shown
from schedule.models import Term

TABLE, FET = "table", "fet"


class Command(FileImportCommand):
    help = (
        "Plan and change lessons from a CSV or XLSX file with the columns course, teacher, "
        "class_groups, date, start, end, room_type, record, and if wanted title, assistants, "
        "room_id. All of the file is taken, or nothing of it; nothing is ever removed. "
        "undo_import takes an import back. "
        "With --format fet, the file is the timetable CSV of FET: the lessons of the term that came "
        "from FET become those of the file."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--format", choices=(TABLE, FET), default=TABLE)
        table = parser.add_argument_group("table")
        table.add_argument(
            "--draft", action="store_true", help="new lessons are seen by staff only at first"
        )
        fet = parser.add_argument_group("fet")
        fet.add_argument("--term", metavar="NAME", default="", help="the term of the timetable")
        fet.add_argument(
            "--create-missing",
            action="store_true",
            help="make the teachers and class groups that are not known",
        )
        fet.add_argument(
            "--days",
            metavar="NAME=1,…",
            default="",
            help="the weekdays of the file's days, 1 for Monday; needed for more than seven",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        is_fet = options["format"] == FET
        of_others = ("draft",) if is_fet else ("term", "create_missing", "days")
        for name in of_others:
            if options[name]:
                option = name.replace("_", "-")
                raise CommandError(f"--{option} does not go with --format {options['format']}")
        term, fet_options = (_term(options), _fet_options(options)) if is_fet else (None, None)

        def take(data: bytes) -> ImportResult | FetResult:
            if term is None or fet_options is None:
                return _import_table(data, options)
            with progress_shown():
                result = import_fet(data, term, at=timezone.now(), options=fet_options)
            self._tell(result)
            return result

        self.run_import(options["file"], take)

    def _tell(self, result: FetResult) -> None:
        for fault in result.left_out:
            self.stderr.write(str(fault))
        for fault in result.conflicts:
            self.stdout.write(str(fault))


def _import_table(data: bytes, options: dict[str, Any]) -> ImportResult:
    with progress_shown():
        return import_lessons(
            data,
            as_draft=options["draft"],
            dry_run=options["dry_run"],
            file_name=options["file"].name,
        )


def _term(options: dict[str, Any]) -> Term:
    if not options["term"]:
        raise CommandError("--format fet needs --term NAME")
    term = Term.objects.filter(name=options["term"]).first()
    if term is None:
        raise CommandError(f"there is no term called {options['term']}")
    return term


def _fet_options(options: dict[str, Any]) -> FetOptions:
    try:
        days = read_given_days(options["days"]) if options["days"] else {}
    except ValueError as err:
        raise CommandError("--days takes names with weekdays, such as Day A=1,Day B=2") from err
    return FetOptions(
        creates_missing=options["create_missing"],
        given_days=days,
        dry_run=options["dry_run"],
        file_name=options["file"].name,
    )
