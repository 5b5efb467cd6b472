"""The folders of backups: one below the operator's folder for each backup, named by its time in UTC.

While it is being made its name has an ending of its own, so that half a backup never looks like one.
"""

from __future__ import annotations

import datetime as dt
import fcntl
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from edu_platform.backup import manifest
from edu_platform.backup.exceptions import BackupError
from edu_platform.backup.private_files import FILE_MODE, fsync_folder, fsync_folders, make_folder

UNFINISHED = ".unfinished"
LOCK = ".lock"
_NAME = re.compile(r"\d{4}-\d\d-\d\dT\d{6}Z(-\d{2})?")


def refuse_where_files_are_served(folder: Path) -> None:
    """Keep backups away from the folders that web servers and the platform hand out.

    Raises:
        BackupError: it lies in one of them.
    """
    for name in ("MEDIA_ROOT", "STATIC_ROOT"):
        if folder.resolve().is_relative_to(Path(getattr(settings, name)).resolve()):
            raise BackupError(
                _(
                    "%(folder)s lies inside %(name)s, from where files are handed out: choose a folder elsewhere, best on another disk."
                )
                % {"folder": folder, "name": name}
            )


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keep other backups out of this folder; the lock ends with the process, however that ends.

    Raises:
        BackupError: another one is being made there.
    """
    # Everybody who may read the file may hold its lock.
    with os.fdopen(os.open(folder / LOCK, os.O_WRONLY | os.O_CREAT, FILE_MODE), "wb") as lock:
        os.fchmod(lock.fileno(), FILE_MODE)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as err:
            raise BackupError(
                _("Another backup into %(folder)s is still running: this one was not started.")
                % {"folder": folder}
            ) from err
        yield


def begin(folder: Path, at: dt.datetime) -> Path:
    """Make the folder of a new backup."""
    name = moment = f"{at.astimezone(dt.UTC):%Y-%m-%dT%H%M%SZ}"
    number = 1
    while (folder / name).exists() or (folder / f"{name}{UNFINISHED}").exists():
        number += 1
        name = f"{moment}-{number:02}"
    begun = folder / f"{name}{UNFINISHED}"
    make_folder(begun)
    return begun


def finish(begun: Path) -> Path:
    """Give a backup its name, once all of it has reached the disk."""
    fsync_folders(begun)
    finished = begun.rename(begun.with_name(begun.name.removesuffix(UNFINISHED)))
    fsync_folder(finished.parent)
    return finished


def is_finished(path: Path) -> bool:
    return path.suffix != UNFINISHED and (path / manifest.NAME).is_file()


def finished_in(folder: Path) -> list[Path]:
    """The backups in a folder, the newest last."""
    return sorted(
        path for path in folder.iterdir() if _NAME.fullmatch(path.name) and is_finished(path)
    )


def unfinished_in(folder: Path) -> list[Path]:
    return sorted(
        path
        for path in folder.iterdir()
        if path.suffix == UNFINISHED and _NAME.fullmatch(path.stem) and path.is_dir()
    )


def remove(path: Path) -> None:
    """Remove a backup; what is left if that is broken off does not look like one."""
    if path.is_symlink():  # to one that somebody has moved elsewhere
        path.unlink()
        return
    if path.suffix != UNFINISHED:
        path = path.rename(path.with_name(f"{path.name}{UNFINISHED}"))
    shutil.rmtree(path)


def find(folder: Path) -> Path:
    """The backup that a folder is, or else the newest finished one of those in it.

    Raises:
        BackupError: there is none; unfinished ones are named.
    """
    if not folder.is_dir():
        raise BackupError(_("There is no folder %(folder)s.") % {"folder": folder})
    if is_finished(folder):
        return folder
    finished = finished_in(folder)
    if finished:
        return finished[-1]
    unfinished = [folder] if folder.suffix == UNFINISHED else unfinished_in(folder)
    if unfinished:
        raise BackupError(
            _(
                "%(folder)s holds no finished backup, only what is left of some that were broken off: %(names)s."
            )
            % {"folder": folder, "names": ", ".join(path.name for path in unfinished)}
        )
    raise BackupError(_("%(folder)s holds no backup.") % {"folder": folder})
