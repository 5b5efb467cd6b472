"""Counts of several processes come together in files that any process of this machine may read.

Each service that counts (web, worker) has a folder below `METRICS_DIR` for as long as it runs, named for what it is,
its machine and its main process. What its ended processes counted counts on, so that no count goes down before the
service starts anew: then it begins at nothing, in a new folder, and the folders of services that are over go.
The name of the machine keeps containers apart that share the folder, where numbers of processes repeat.

A folder that nobody can write to, or a full disk, costs the counts and nothing else: they are kept in memory, which
nobody reads.
"""

from __future__ import annotations

import errno
import logging
import mmap
import os
import shutil
import socket
import time
from pathlib import Path

from django.conf import settings
from prometheus_client import mmap_dict, values

logger = logging.getLogger(__name__)

WEB, WORKER = "web", "worker"
# prometheus_client reads this variable.
VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
# A container that was replaced leaves its folder; workers count something every half minute.
FORGOTTEN_AFTER_S = 3600.0
# How kinds of disks say that no place can be taken beforehand: there the library's way is the only one.
UNKNOWN_TO_DISK = frozenset({errno.EOPNOTSUPP, errno.EINVAL, errno.ENOSYS})
# As the library begins its files.
FIRST_BYTES = 1 << 16
# An entry of its files has length, filling, value and time beside its key.
MOST_BYTES_BESIDE_KEY = 4 + 8 + 16


def begin(role: str, main_pid: int) -> None:
    """Count what this process counts into the folder of its service; to be called before anything is counted."""
    base = Path(settings.METRICS_DIR)
    own = base / f"{role}@{socket.gethostname()}@{main_pid}"
    try:
        own.mkdir(parents=True)
        _remove_those_over(base, role)
    except FileExistsError:
        pass
    except OSError as err:
        logger.warning("counts cannot be kept in %s: %s", base, err)
    os.environ[VARIABLE] = str(own)
    values.MmapedDict = _CountsFile  # type: ignore[assignment, attr-defined] # it takes its files from there
    # Celery loads all modules before it says that it begins; what has labels makes its values later.
    values.ValueClass = values.get_value_class()  # type: ignore[no-untyped-call] # it has no types


def keep_to_memory() -> None:
    """Have this process count for itself, whatever the variable says, until it begins as a service."""
    os.environ.pop(VARIABLE, None)
    # The library has looked for the variable when it was imported, which is before the settings are read.
    values.ValueClass = values.get_value_class()  # type: ignore[no-untyped-call] # as above


def files_by_role() -> dict[str, list[str]]:
    """The files of all services that run, by what they are."""
    found: dict[str, list[str]] = {}
    for file in sorted(Path(settings.METRICS_DIR).glob("*@*@*/*.db")):
        role = file.parent.name.partition("@")[0]
        if _has_counts(file):
            found.setdefault(role, []).append(str(file))
    return found


def _has_counts(file: Path) -> bool:
    """Not one that was made a moment ago, or has just gone with its service."""
    try:
        return file.stat().st_size > 0
    except FileNotFoundError:
        return False


class _CountsFile(mmap_dict.MmapedDict):
    """A file of counts that has its place on the disk before anything is written to it.

    The library's own is a file with holes, mapped into memory: where the disk is full, the first count that falls
    into a hole ends the process (SIGBUS), and the next process likewise.
    """

    def __init__(self, filename: str) -> None:
        # A number goes for a name, and the library closes it.
        place: str | int = filename
        try:
            with Path(filename).open("ab") as file:
                _allocate(file.fileno(), FIRST_BYTES)
        except OSError as err:
            logger.warning("counts of this process are not kept: %s", err)
            place = os.memfd_create("counts")
        super().__init__(place)  # type: ignore[no-untyped-call] # it has no types

    def _init_value(self, key: str) -> None:
        if self._used + len(key.encode()) + MOST_BYTES_BESIDE_KEY > self._capacity:
            self._make_room()
        super()._init_value(key)  # type: ignore[no-untyped-call] # as above

    def _make_room(self) -> None:
        """Have the place into which the library is about to let the file grow."""
        try:
            _allocate(self._f.fileno(), 2 * self._capacity)
        except OSError as err:
            logger.warning("further counts of this process are not kept: %s", err)
            memory = os.fdopen(os.memfd_create("counts"), "w+b")
            memory.write(self._m[:])
            memory.flush()
            self.close()  # type: ignore[no-untyped-call] # as above
            self._f = memory
            self._m = mmap.mmap(memory.fileno(), self._capacity)


def _allocate(descriptor: int, size_bytes: int) -> None:
    """Take the place for a file of this size, which keeps what is in it.

    Raises:
        OSError: there is none.
    """
    try:
        os.posix_fallocate(descriptor, 0, size_bytes)
    except OSError as err:
        if err.errno not in UNKNOWN_TO_DISK:
            raise


def _remove_those_over(base: Path, role: str) -> None:
    """Nothing but what this module or its library made: somebody may have named a folder that has more in it."""
    for file in base.glob("*.db"):
        file.unlink(missing_ok=True)
    for folder in base.glob("*@*@*"):
        if _is_over(folder, role):
            shutil.rmtree(folder, ignore_errors=True)


def _is_over(folder: Path, role: str) -> bool:
    of_role, machine, main_pid = folder.name.split("@")
    if machine != socket.gethostname():
        changed = (file.stat().st_mtime for file in folder.glob("*.db"))
        return time.time() - max(changed, default=0.0) > FORGOTTEN_AFTER_S
    return of_role == role and main_pid.isdigit() and not _runs(int(main_pid))


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
