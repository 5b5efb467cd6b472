"""Restoring a backup into an installation in which nobody lives yet."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from django.db import connection
from django.utils.translation import gettext as _

from edu_platform.backup import folders, manifest, people, postgresql, sqlite, sums
from edu_platform.backup.exceptions import BackupDamaged, BackupError
from edu_platform.backup.manifest import Manifest
from edu_platform.backup.migration_state import is_at, migrate_to, migrate_to_ours, refuse_newer
from edu_platform.backup.stored_files import is_whole, restore_files

OnProgress = Callable[[int], None]  # how many files are done


@dataclass(frozen=True, slots=True)
class Restored:
    manifest: Manifest
    damaged: list[str]  # files that were left out, as the operator chose
    unknown_tables: list[str]  # of the backup, which no migration makes


def find_backup(folder: Path) -> tuple[Path, Manifest]:
    """The backup that this folder is or holds, and what it says of itself.

    Raises:
        BackupError: there is none, or its lists are damaged.
    """
    backup = folders.find(folder.resolve())
    described = manifest.read(backup)
    if not is_whole(backup, sums.NAME, described.sums_sha256):
        raise sums.damaged_list(backup)
    return backup, described


def check_backup(backup: Path) -> None:
    """Read all of a backup, and compare it with its digests.

    Raises:
        BackupDamaged: something is missing, or not what it was.
    """
    _refuse_damaged(
        [name for digest, name in sums.read(backup) if not is_whole(backup, name, digest)]
    )


def restore_backup(
    backup: Path, described: Manifest, *, is_without_damaged: bool, on_progress: OnProgress
) -> Restored:
    """Bring back files and then rows; the database is touched when all else has been found whole.

    Raises:
        BackupError: nothing was restored; the sentence says why.
        OSError: the storage does not answer or is full.
    """
    _refuse_other_database(described)
    refuse_newer(described.migrations)
    with _only_one():
        return _restore(
            backup, described, is_without_damaged=is_without_damaged, on_progress=on_progress
        )


def _only_one() -> AbstractContextManager[None]:
    # SQLite's file is put in place as a whole.
    return nullcontext() if connection.vendor == "sqlite" else postgresql.only_one_restore()


def _restore(
    backup: Path, described: Manifest, *, is_without_damaged: bool, on_progress: OnProgress
) -> Restored:
    _refuse_people()
    _refuse_damaged(_damaged_rows(backup))
    damaged = restore_files(backup, on_progress)
    if not is_without_damaged:
        _refuse_damaged(damaged)
    _refuse_people()  # files take their time
    unknown = _load(backup, described)
    migrate_to_ours()
    return Restored(described, damaged, unknown)


def _refuse_other_database(described: Manifest) -> None:
    if described.vendor != connection.vendor:
        raise BackupError(
            _(
                "The backup was made of %(theirs)s, and DATABASE_URL names %(ours)s: name an empty database of the same kind."
            )
            % {"theirs": described.vendor, "ours": connection.vendor}
        )


def _refuse_people() -> None:
    with connection.cursor() as cursor:
        if people.TABLE in connection.introspection.table_names(cursor):
            people.refuse_people(cursor)


def _damaged_rows(backup: Path) -> list[str]:
    return [
        name
        for digest, name in sums.read(backup)
        if not name.startswith(f"{sums.FILES}/") and not is_whole(backup, name, digest)
    ]


def _refuse_damaged(names: list[str]) -> None:
    if names:
        raise BackupDamaged(
            _(
                "Files of the backup are missing or damaged, or links to something else: take another backup."
            ),
            names,
        )


def _load(backup: Path, described: Manifest) -> list[str]:
    if connection.vendor == "sqlite":
        sqlite.load(backup)
        return []
    if not is_at(described.migrations):
        postgresql.drop(described.migrations)
        migrate_to(described.migrations)
    return postgresql.load(backup, described.tables, described.migrations)
