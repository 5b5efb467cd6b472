from __future__ import annotations

import argparse
import sqlite3
from pathlib import Path
from typing import Any

import psycopg2
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError
from django.utils.translation import gettext as _

from edu_platform.backup.creating import FinishedBackup, create_backup
from edu_platform.backup.exceptions import BackupError
from edu_platform.lib.formatting import megabytes_text
from edu_platform.lib.text import error_summary, storable_text


class Command(BaseCommand):
    help = (
        "Back up the database, and the files that it names, into a new folder below FOLDER, named by the time. "
        "The platform may run on meanwhile. docs/backup.md says what is in it."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("folder", metavar="FOLDER", type=Path)
        parser.add_argument(
            "--keep",
            metavar="N",
            type=at_least_one,
            help="remove the oldest backups in FOLDER afterwards, until N are left",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Exit code 1 when no backup was made."""
        try:
            made = create_backup(options["folder"], keep=options["keep"])
        except BackupError as err:
            raise CommandError(str(err)) from err
        except (OSError, DatabaseError, psycopg2.Error, sqlite3.Error) as err:
            raise CommandError(
                _("No backup was made: %(error)s") % {"error": error_summary(err)}
            ) from err
        self._tell(made)

    def _tell(self, made: FinishedBackup) -> None:
        written = made.manifest
        for path in made.removed:
            self.stdout.write(_("removed: %(folder)s") % {"folder": storable_text(str(path))})
        for path in made.not_removed:
            self.stderr.write(
                _("warning: an old backup could not be removed: %(folder)s") % {"folder": path}
            )
        for name in written.missing_files:
            self.stderr.write(
                _("warning: the storage does not have this file, though a row names it: %(name)s")
                % {"name": name}
            )
        if not made.is_recorded:
            self.stderr.write(
                _(
                    "warning: the backup is whole, but could not be recorded in the database: doctor will not know of it."
                )
            )
        self.stdout.write(
            _("tables: %(tables)s, rows: %(rows)s, files: %(files)s (%(new)s new), size: %(size)s")
            % {
                "tables": len(written.tables),
                "rows": written.rows,
                "files": written.files,
                "new": written.files - made.linked,
                "size": megabytes_text(written.size_bytes),
            }
        )
        self.stdout.write(_("backup: %(folder)s") % {"folder": storable_text(str(made.folder))})


def at_least_one(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("1 or more")
    return number
