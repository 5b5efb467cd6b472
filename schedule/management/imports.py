"""Shared by the import commands: reads a file, prints faults or remarks on stderr, and counts on stdout."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError
from django.utils import translation
from django.utils.translation import gettext

from edu_platform.lib.full_disk import disk_full_text, is_disk_full
from edu_platform.lib.spreadsheets.limits import MAX_FILE_BYTES
from edu_platform.lib.spreadsheets.rows import SheetRefused, SheetRemark, refuse_file
from schedule.imports.new_names import NewName, with_nearest


class Imported(Protocol):
    """The words of an import at its end."""

    @property
    def remarks(self) -> Sequence[SheetRemark]: ...

    @property
    def new_names(self) -> Sequence[NewName]: ...


class FileImportCommand(BaseCommand):
    """Prints one `<line>:<column>: <reason>` for each fault and fails, or ends with the counts."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE", help="a CSV or XLSX file")
        parser.add_argument(
            "--dry-run", action="store_true", help="check everything and write nothing"
        )

    def run_import(self, path: Path, take: Callable[[bytes], Imported]) -> None:
        """`take` imports the bytes; remarks go to stderr; what is new stands above the text of what it returns, which ends the output."""
        # Commands run without a language of their own; faults are read by the school.
        with translation.override(settings.LANGUAGE_CODE):
            try:
                result = take(_read(path))
            except SheetRefused as refused:
                for fault in refused.faults:
                    self.stderr.write(str(fault))
                # Not a CommandError: nothing but the faults stands on stderr.
                raise SystemExit(1) from None
            except (OSError, DatabaseError) as err:
                if not is_disk_full(err):
                    raise
                raise CommandError(disk_full_text()) from err
            for remark in result.remarks:
                self.stderr.write(str(remark))
            for new in with_nearest(result.new_names):
                self.stdout.write(new.line())
        self.stdout.write(str(result))


def _read(path: Path) -> bytes:
    """The file's bytes; of one that is too large only as many as show that it is."""
    try:
        with path.open("rb") as file:
            return file.read(MAX_FILE_BYTES + 1)
    except OSError as err:
        reason = gettext("the file cannot be read: %(error)s") % {"error": err.strerror or err}
        raise refuse_file(reason) from err
