from __future__ import annotations

import argparse
from typing import Any

from django.core.management.base import CommandError
from django.utils import timezone
from django.utils.translation import gettext

from schedule.imports.results import ImportResult
from schedule.imports.weekly_lesson_spreadsheet import import_weekly_lessons
from schedule.management.imports import FileImportCommand
from schedule.management.progress_line import progress_shown
from schedule.models import Term


class Command(FileImportCommand):
    help = (
        "Make the weekly lessons of a term, and its lessons, as a CSV or XLSX file says, with the "
        "columns course, teacher, class_groups, weekday, start, end, weeks, room_type, record, and "
        "if wanted title, assistants. All of the file is taken, or nothing of it; what an earlier "
        "file had and this one has not loses its coming lessons that nobody edited by hand."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--term", required=True, metavar="NAME", help="the name of the term")
        parser.add_argument(
            "--draft", action="store_true", help="new lessons are seen by staff only at first"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        def take(data: bytes) -> ImportResult:
            with progress_shown():
                weekly_lesson_import = import_weekly_lessons(
                    data,
                    _term(options["term"]),
                    at=timezone.now(),
                    as_draft=options["draft"],
                    dry_run=options["dry_run"],
                    file_name=options["file"].name,
                )
            counts = gettext(
                "Weekly lessons: %(added)s added, %(changed)s changed, %(unchanged)s unchanged, %(removed)s removed."
            )
            self.stdout.write(counts % weekly_lesson_import.weekly_lessons.counts())
            return weekly_lesson_import.lessons

        self.run_import(options["file"], take)


def _term(name: str) -> Term:
    term = Term.objects.filter(name=name).first()
    if term is None:
        raise CommandError(gettext("There is no term %(name)s.") % {"name": name})
    return term
