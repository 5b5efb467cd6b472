from __future__ import annotations

import argparse
import sqlite3
import time
from pathlib import Path
from typing import Any

import psycopg2
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError
from django.utils import timezone
from django.utils.translation import gettext as _

from edu_platform.backup import erased_people, folders, manifest
from edu_platform.backup.erased_people import ErasedLine
from edu_platform.backup.exceptions import BackupDamaged, BackupError
from edu_platform.backup.manifest import Manifest
from edu_platform.backup.restoring import (
    OnProgress,
    Restored,
    check_backup,
    find_backup,
    restore_backup,
)
from edu_platform.lib.formatting import megabytes_text
from edu_platform.lib.text import error_summary, storable_text

PROGRESS_EVERY_S = 30.0


class Command(BaseCommand):
    help = (
        "Restore a backup (FOLDER, or the newest one in it) into an installation without tables or without people, "
        "which is migrated as needed. Stop web, worker and beat before. What was deleted since the backup comes back."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("folder", metavar="FOLDER", type=Path)
        how = parser.add_mutually_exclusive_group()
        how.add_argument(
            "--check",
            action="store_true",
            help="only read all of the backup, and say if it is whole",
        )
        how.add_argument(
            "--without-damaged-files",
            action="store_true",
            help="restore also when uploaded files are missing from the backup or damaged, without these",
        )

        parser.add_argument(
            "--erased",
            metavar="FILE",
            type=Path,
            help="erase once more whom this file names: lines of erase_person, or the erased.txt of a newer backup",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Exit code 1 when nothing was restored, or the backup is damaged."""
        try:
            self._handle(**options)
        except BackupDamaged as err:
            for name in err.names:
                self.stderr.write(_("missing or damaged: %(name)s") % {"name": name})
            raise CommandError(str(err)) from err
        except BackupError as err:
            raise CommandError(str(err)) from err
        except (OSError, DatabaseError, psycopg2.Error, sqlite3.Error) as err:
            raise CommandError(
                _("The backup could not be restored: %(error)s") % {"error": error_summary(err)}
            ) from err

    def _handle(self, **options: Any) -> None:
        backup, described = find_backup(options["folder"])
        self._introduce(options["folder"], backup, described)
        if options["check"]:
            check_backup(backup)
            self.stdout.write(_("The backup is whole."))
            return
        # Before anything is restored: a damaged list is a reason not to begin.
        erased = erased_people.read(options["erased"]) if options["erased"] else []
        restored = restore_backup(
            backup,
            described,
            is_without_damaged=options["without_damaged_files"],
            on_progress=self._progress(described.files),
        )
        self._warn(restored)
        self._erase(erased)
        self.stdout.write(
            _(
                "Restored. What was deleted since the backup is back, and what came since is not in it."
            )
        )
        self.stdout.write(
            _("Now run doctor, start web, worker and beat, then sync_replays: see docs/backup.md.")
        )

    def _erase(self, erased: list[ErasedLine]) -> None:
        if left := erased_people.repeat(erased, self.stdout.write):
            for line in left:
                self.stderr.write(line)
            raise CommandError(
                _(
                    "Restored, but not everybody is erased once more. Start worker and beat, which go on with it, and look under /people/erasures/."
                )
            )

    def _introduce(self, folder: Path, backup: Path, described: Manifest) -> None:
        if backup != folder.resolve():
            for path in folders.unfinished_in(folder):
                self.stderr.write(
                    _("warning: not a finished backup, and left aside: %(folder)s")
                    % {"folder": path}
                )
        self.stdout.write(
            _("backup: %(folder)s, of %(moment)s")
            % {
                "folder": storable_text(str(backup)),
                "moment": f"{timezone.localtime(described.began_at):%Y-%m-%d %H:%M}",
            }
        )
        self.stdout.write(
            _("tables: %(tables)s, rows: %(rows)s, files: %(files)s, size: %(size)s")
            % {
                "tables": len(described.tables),
                "rows": described.rows,
                "files": described.files,
                "size": megabytes_text(described.size_bytes),
            }
        )

    def _progress(self, files: int) -> OnProgress:
        last_s = time.monotonic()

        def tell(count: int) -> None:
            nonlocal last_s
            if time.monotonic() - last_s >= PROGRESS_EVERY_S:
                last_s = time.monotonic()
                self.stdout.write(
                    _("files: %(count)s of %(files)s") % {"count": count, "files": files}
                )

        return tell

    def _warn(self, restored: Restored) -> None:
        for name in restored.manifest.missing_files:
            self._warn_of(_("the storage did not have this file when it was backed up"), name)
        for name in restored.damaged:
            self._warn_of(_("left out, because it is missing or damaged in the backup"), name)
        for name in restored.unknown_tables:
            self._warn_of(_("left out, because this release has no such table"), name)
        if not manifest.has_our_key(restored.manifest):
            self.stderr.write(
                _(
                    "warning: SECRET_KEY is not the one of the backup, so second factors and addresses of group robots cannot be read. Set the old key and start again, or remove the former with remove_second_factor and set the latter anew."
                )
            )

    def _warn_of(self, what: str, name: str) -> None:
        self.stderr.write(_("warning: %(what)s: %(name)s") % {"what": what, "name": name})
