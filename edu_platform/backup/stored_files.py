"""The files of a backup: copied from the storage, and restored to it.

A file on the storage never changes under its name. So one that the backup before has as well is not read
again: it gets a second name on the disk, if that disk knows such.
"""

from __future__ import annotations

import errno
import logging
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import IO, BinaryIO, cast

from django.core.files.base import File
from django.core.files.storage import default_storage

from edu_platform.backup import sums
from edu_platform.backup.exceptions import BackupDamaged
from edu_platform.backup.private_files import (
    HashingWriter,
    NotAFileInside,
    digest_inside,
    digest_of,
    leads_out,
    make_folder,
    new_file,
    open_inside,
    pieces_of,
)

logger = logging.getLogger(__name__)

# These concern one file alone: it is not there, may not be read, or its place on the disk is broken.
LOST = frozenset({errno.ENOENT, errno.EACCES, errno.EIO})


class FileLost(Exception):
    """The storage does not have the file, or cannot read it."""


class FileCopies:
    """The files of a backup that is being made."""

    def __init__(self, backup: Path, previous: Path | None) -> None:
        self._root = backup / sums.FILES
        self._old_root = None if previous is None else previous / sums.FILES
        self._old = {} if previous is None else _digests_of(previous)
        self._copied: dict[str, bytes] = {}
        self.lost: set[str] = set()
        self.linked = 0
        make_folder(self._root)

    def take(self, names: Iterable[str]) -> None:
        """Copy those that are not here yet; what the storage does not have is in `lost`."""
        for name in sorted(set(names) - self._copied.keys()):
            if leads_out(name):  # a row says so that came with the backup of somebody else
                self.lost.add(name)
                continue
            make_folder((self._root / name).parent)
            try:
                self._copied[name] = self._linked(name) or self._copy(name)
            except FileLost:
                self.lost.add(name)

    def keep_only(self, names: set[str]) -> None:
        """Drop what was copied, but is not in the database as it was dumped."""
        for name in self._copied.keys() - names:
            (self._root / name).unlink()
            del self._copied[name]
        self.lost &= names - self._copied.keys()

    def write_sums(self, out: BinaryIO) -> None:
        for name, digest in sorted(self._copied.items()):
            sums.write_line(out, digest.hex(), f"{sums.FILES}/{name}")

    def __len__(self) -> int:
        return len(self._copied)

    def _linked(self, name: str) -> bytes | None:
        """Give the earlier copy a second name, and return its digest; None where that cannot be done."""
        digest = self._old.get(name)
        if digest is None or self._old_root is None:
            return None
        try:
            with open_inside(self._old_root, name) as old:
                if os.fstat(old.fileno()).st_size != _stored_size(name):
                    return None
            os.link(self._old_root / name, self._root / name)
        except OSError:  # it is gone, or this disk knows no second names
            return None
        self.linked += 1
        return digest

    def _copy(self, name: str) -> bytes:
        target = self._root / name
        try:
            with _opened(name) as source, new_file(target) as file:
                out = HashingWriter(file)
                while piece := _read(source):
                    out.write(piece)
        except FileLost:
            target.unlink(missing_ok=True)
            raise
        return bytes.fromhex(out.hexdigest())


def _digests_of(backup: Path) -> dict[str, bytes]:
    """The files of an earlier backup; none of one whose list is damaged."""
    try:
        return {name: bytes.fromhex(digest) for digest, name in sums.read_files(backup)}
    except (FileNotFoundError, ValueError, BackupDamaged):
        logger.warning("the list of the backup %s is damaged: all files are copied anew", backup)
        return {}


def _stored_size(name: str) -> int:
    try:
        return default_storage.size(name)
    except OSError as err:
        raise _lost(err) from err


def _opened(name: str) -> File[bytes]:
    try:
        return cast("File[bytes]", default_storage.open(name, "rb"))
    except OSError as err:
        raise _lost(err) from err


def _read(source: IO[bytes]) -> bytes:
    try:
        return next(pieces_of(source), b"")
    except OSError as err:
        raise _lost(err) from err


def _lost(err: OSError) -> Exception:
    is_about_file = isinstance(err, FileNotFoundError) or err.errno in LOST
    return FileLost() if is_about_file else err


def restore_files(backup: Path, on_progress: Callable[[int], None]) -> list[str]:
    """Bring all files of a backup to the storage; return those that are damaged, which are left out.

    What lies there already as it should is left as it is. `on_progress` gets the number of those that are done.
    """
    damaged = []
    for count, (digest, name) in enumerate(sums.read_files(backup), start=1):
        if not is_whole(backup, f"{sums.FILES}/{name}", digest):
            damaged.append(name)
        elif not _is_stored(name, digest):
            _store(backup, name)
        on_progress(count)
    return damaged


def is_whole(backup: Path, name: str, digest: str) -> bool:
    """Tell whether a file of a backup is there, and what it was; a link to one is not."""
    try:
        return digest_inside(backup, name) == digest
    except OSError as err:
        if isinstance(err, NotAFileInside) or err.errno in LOST:
            return False
        raise


def _is_stored(name: str, digest: str) -> bool:
    try:
        with _opened(name) as file:
            return digest_of(file) == digest
    except FileLost:
        return False


def _store(backup: Path, name: str) -> None:
    # Half a file, of a restore that was broken off: storages would choose another name beside it.
    default_storage.delete(name)
    with open_inside(backup, f"{sums.FILES}/{name}") as file:
        stored = default_storage.save(name, File(file))
    if stored != name:
        default_storage.delete(stored)
        raise OSError(f"the storage does not take a file under the name {name}")
