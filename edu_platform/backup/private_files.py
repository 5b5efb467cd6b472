"""Files and folders that only their owner opens, whatever the umask, written through to the disk."""

from __future__ import annotations

import hashlib
import os
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


def digest_of_path(path: Path) -> str:
    with path.open("rb") as file:
        return digest_of(file)


def pieces_of(file: IO[bytes]) -> Iterator[bytes]:
    while piece := file.read(PIECE_BYTES):
        yield piece
