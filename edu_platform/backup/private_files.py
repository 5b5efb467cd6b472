"""Files and folders that only their owner opens, whatever the umask, written through to the disk.

A backup may come from somebody else, so its files are read by `open_inside` alone.
"""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, BinaryIO

from edu_platform.lib.formatting import MIB

FOLDER_MODE = 0o700
FILE_MODE = 0o600
PIECE_BYTES = MIB


def make_folder(path: Path) -> None:
    """Make a folder, and those above it that are missing."""
    if path.is_dir():
        return
    make_folder(path.parent)
    path.mkdir(FOLDER_MODE)
    path.chmod(FOLDER_MODE)


@contextmanager
def new_file(path: Path) -> Iterator[BinaryIO]:
    """A new file, on the disk when the block ends.

    Raises:
        FileExistsError: there is one.
    """
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE)
    with os.fdopen(handle, "wb") as file:
        os.fchmod(file.fileno(), FILE_MODE)
        yield file
        file.flush()
        os.fsync(file.fileno())


class NotAFileInside(OSError):
    """A name that leads out of its folder, to a link, or to anything else than a regular file."""


# Said of a link, of what is no folder on the way, and of a socket.
_NOT_INSIDE = frozenset({errno.ELOOP, errno.ENOTDIR, errno.ENXIO})
# A pipe would keep the reader waiting for its writer.
_READING = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK


def leads_out(name: str) -> bool:
    """Tell whether a name is none of a file below a folder: absolute, with `..`, or in no plain form."""
    return "\0" in name or not {"", ".", ".."}.isdisjoint(name.split("/"))


def open_inside(folder: Path, name: str) -> BinaryIO:
    """Open a regular file below a folder; no link on the way is followed.

    Raises:
        NotAFileInside: the name stands for something else.
        OSError: there is no such file, or it cannot be read.
    """
    if leads_out(name):
        raise NotAFileInside(errno.EINVAL, "leads out of its folder", name)
    *folders, last = name.split("/")
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        for part, flags in (*((part, os.O_DIRECTORY) for part in folders), (last, 0)):
            above, handle = handle, os.open(part, _READING | flags, dir_fd=handle)
            os.close(above)
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise NotAFileInside(errno.EINVAL, "no regular file", name)
    except OSError as err:
        os.close(handle)
        if err.errno in _NOT_INSIDE:
            raise NotAFileInside(err.errno, "a link, or no regular file", name) from err
        raise
    return os.fdopen(handle, "rb")


def fsync_folders(root: Path) -> None:
    """Write the names in a folder, and in all below it, through to the disk."""
    for folder, _folders, _files in os.walk(root):
        fsync_folder(Path(folder))


def fsync_folder(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class HashingWriter:
    """A file to write to that keeps the digest of what was written."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._digest = hashlib.sha256()

    def write(self, piece: bytes) -> int:
        self._digest.update(piece)
        return self._file.write(piece)

    def flush(self) -> None:
        self._file.flush()

    def hexdigest(self) -> str:
        return self._digest.hexdigest()


def digest_of(file: IO[bytes]) -> str:
    digest = hashlib.sha256()
    for piece in pieces_of(file):
        digest.update(piece)
    return digest.hexdigest()


def digest_inside(folder: Path, name: str) -> str:
    """Return the digest of a regular file below a folder; it raises as `open_inside` does."""
    with open_inside(folder, name) as file:
        return digest_of(file)


def pieces_of(file: IO[bytes]) -> Iterator[bytes]:
    while piece := file.read(PIECE_BYTES):
        yield piece
