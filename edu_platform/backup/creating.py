"""Making a backup."""

from __future__ import annotations

import datetime as dt
import logging
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from django.db import DatabaseError, connection
from django.utils import timezone
from django.utils.translation import gettext as _

from edu_platform.backup import contents, erased_people, folders, manifest, postgresql, sqlite, sums
from edu_platform.backup.dump import Dump
from edu_platform.backup.exceptions import BackupError
from edu_platform.backup.manifest import Manifest
from edu_platform.backup.private_files import digest_inside, make_folder, new_file
from edu_platform.backup.stored_files import FileCopies
from edu_platform.lib.full_disk import is_disk_full
from edu_platform.lib.text import error_summary, storable_text
from edu_platform.models import FOLDER_CHARS, Backup

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class FinishedBackup:
    """A backup that was finished, and what was found and removed on the way."""

    folder: Path
    manifest: Manifest
    linked: int  # files that are shared with the backup before
    is_recorded: bool  # in the database, for the doctor
    # Earlier backups beyond those to keep, and what was left of some that were broken off.
    removed: list[Path]
    not_removed: list[Path]  # of those, what cannot be removed, such as another user's


def create_backup(folder: Path, *, keep: int | None = None) -> FinishedBackup:
    """Make a backup in a folder of its own below this one, and remove the oldest beyond `keep`.

    Raises:
        BackupError: none was made; the sentence says why. Earlier ones are as they were.
        OSError: the storage does not answer, or the folder cannot be written.
    """
    folder = folder.resolve()
    folders.refuse_where_files_are_served(folder)
    with _full_disk_explained(folder):
        make_folder(folder)
        with folders.locked(folder):
            left_over = folders.unfinished_in(folder)
            kept = _remove_all(left_over)
            made, linked = _make(folder, timezone.now())
            written = manifest.read(made)
            is_recorded = _record(made, written)
            outdated = _outdated(folder, made, keep)
            kept += _remove_all(outdated)
    removed = [path for path in (*left_over, *outdated) if path not in kept]
    return FinishedBackup(made, written, linked, is_recorded, removed, kept)


def _outdated(folder: Path, made: Path, keep: int | None) -> list[Path]:
    """The oldest beyond `keep`; never the new one, which looks old beside those of a clock that was ahead."""
    if keep is None:
        return []
    return [path for path in folders.finished_in(folder)[:-keep] if path != made]


def _remove_all(paths: list[Path]) -> list[Path]:
    """Remove backups, and return those that cannot be removed."""
    kept = []
    for path in paths:
        try:
            folders.remove(path)
        except OSError as err:
            logger.warning("a backup is not removed: %s", error_summary(err))
            kept.append(path)
    return kept


@contextmanager
def _full_disk_explained(folder: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, sqlite3.OperationalError) as err:
        is_full = is_disk_full(err) or getattr(err, "sqlite_errorcode", 0) == sqlite3.SQLITE_FULL
        if not is_full:
            raise
        raise BackupError(
            _(
                "The disk of %(folder)s is full: nothing is left of this backup, and earlier ones are as they were. Make room, or keep fewer with --keep, then try again."
            )
            % {"folder": folder}
        ) from err


def _make(folder: Path, began_at: dt.datetime) -> tuple[Path, int]:
    previous = next(reversed(folders.finished_in(folder)), None)
    begun = folders.begin(folder, began_at)
    try:
        copies = FileCopies(begun, previous)
        # Most files before the rows: the rest is then copied so soon after them that hardly any is
        # deleted in between.
        copies.take(_named_now())
        with new_file(begun / sums.NAME) as out:
            dumped = _dump(begun, out)
            copies.take(dumped.files)
            copies.keep_only(dumped.files)
            copies.write_sums(out)
            erased_people.write(begun, out)
        manifest.write(begun, _manifest_of(begun, began_at, dumped, copies))
        return folders.finish(begun), copies.linked
    except BaseException:
        # The disk may be full, and the database on the same one.
        folders.remove(begun)
        raise


def _dump(begun: Path, out: BinaryIO) -> Dump:
    if connection.vendor == "sqlite":
        return sqlite.dump(begun, out)
    return postgresql.dump(begun, out)


def _named_now() -> set[str]:
    with connection.cursor() as cursor:
        return contents.named_files(cursor)


def _manifest_of(begun: Path, began_at: dt.datetime, dumped: Dump, copies: FileCopies) -> Manifest:
    # What nobody wants any more was deleted while this went on.
    missing = copies.lost & _named_now() if copies.lost else set()
    return Manifest(
        began_at=began_at,
        ended_at=timezone.now(),
        vendor=connection.vendor,
        migrations=dumped.migrations,
        tables=dumped.tables,
        files=len(copies),
        size_bytes=sum(path.stat().st_size for path in begun.rglob("*") if path.is_file()),
        missing_files=sorted(missing),
        sums_sha256=digest_inside(begun, sums.NAME),
        secret_key_fingerprint=manifest.key_fingerprint(),
    )


def _record(made: Path, written: Manifest) -> bool:
    """Write down that there is one; return whether the database took it.

    It is as good without: the database may be full, or not migrated yet after an update.
    """
    try:
        Backup.objects.create(
            began_at=written.began_at,
            ended_at=written.ended_at,
            folder=storable_text(str(made))[:FOLDER_CHARS],
            size_bytes=written.size_bytes,
        )
    except DatabaseError:
        logger.warning("the backup %s is not recorded", made, exc_info=True)
        return False
    return True
