"""The bytes of uploads: stored as they come, and read again as one file.

On a disk all parts of an upload lie one after another in one file, which in the end becomes the
courseware without being written a second time. Other storages cannot add to a file: there each part
is a file of its own.
"""

from __future__ import annotations

import fcntl
import io
import os
import secrets
import tempfile
import time
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import IO, Any, Protocol, Self, cast

from django.core.files.base import File
from django.core.files.storage import FileSystemStorage, default_storage

from courseware.uploads import digests
from edu_platform.lib.formatting import MIB

# A slow sender's pieces are small, so that each soon shows that it is alive; a quick one's grow,
# because the web server copies what it holds already once for each piece.
PIECE_BYTES = 64 * 1024
LARGEST_PIECE_BYTES = MIB
QUICK_S = 0.05
FOLDER = "uploads"

KeepAlive = Callable[[], None]


class Body(Protocol):
    """The body of a request; reading it waits for the sender."""

    def read(self, size: int, /) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Whole:
    """All parts as one file, and as much of its digest as was made while they came."""

    file: File[bytes]
    ahead: digests.Ahead


@dataclass(frozen=True, slots=True)
class Part:
    """One range of an upload: where it lies on the storage, and how much it is."""

    name: str
    size_bytes: int


def _folder_of(upload_code: str) -> str:
    return f"{FOLDER}/{upload_code}"


def pieces_of(body: Body, *, size_bytes: int, keep_alive: KeepAlive) -> Iterator[bytes]:
    """Yield what a body brings, at most `size_bytes`; less when its connection breaks.

    `keep_alive` is called for each piece; what it raises ends the reading.
    """
    left, at_once = size_bytes, PIECE_BYTES
    while left > 0:
        asked_at = time.monotonic()
        try:
            piece = body.read(min(at_once, left))
        except OSError:  # the connection broke, or nothing came for too long
            return
        if not piece:
            return
        left -= len(piece)
        keep_alive()
        yield piece
        is_quick = time.monotonic() - asked_at < QUICK_S
        at_once = min(2 * at_once, LARGEST_PIECE_BYTES) if is_quick else PIECE_BYTES


class Store(Protocol):
    """The place where the bytes of one upload lie; entered while somebody writes there.

    Entering raises `StoreBusy` when somebody else is writing on the same file.
    """

    def __enter__(self) -> Self: ...

    def __exit__(self, *error: object) -> None: ...

    def add(self, offset_bytes: int, pieces: Iterator[bytes]) -> Part:
        """Store pieces from this offset on; whatever lay behind it does not count."""

    def drop(self, part: Part) -> None:
        """Forget a part that was added last."""

    def is_kept(self, until_bytes: int) -> None:
        """Hear that the bytes up to here are kept for good."""

    def whole(
        self, parts: Sequence[Part], *, name: str, keep_alive: KeepAlive
    ) -> AbstractContextManager[Whole]:
        """All parts as one file, which may be moved away from here."""


class StoreBusy(Exception):
    """Somebody is writing on the file, though their lease may be over, or has just taken it away."""


def store_of(upload_code: str) -> Store:
    return (_OnDisk if isinstance(default_storage, FileSystemStorage) else _Elsewhere)(upload_code)


class _OnDisk:
    """One growing file. Its writer holds a lock that ends with the process, however that ends.

    The bytes of courseware are safe from late writers, though they are this very file under another
    name: it becomes courseware, and loses the name it has here, while its writer holds the lock,
    and a process that opened it before and gets the lock afterwards sees here that the name is
    gone.
    """

    def __init__(self, upload_code: str) -> None:
        self._name = f"{_folder_of(upload_code)}/data"
        self._path = Path(default_storage.path(self._name))

    def __enter__(self) -> Self:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.touch()
        self._file = self._path.open("r+b")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            is_here = os.path.samestat(os.fstat(self._file.fileno()), self._path.stat())
        except (BlockingIOError, FileNotFoundError) as err:
            self._file.close()
            raise StoreBusy from err
        if not is_here:
            self._file.close()
            raise StoreBusy
        return self

    def __exit__(self, *error: object) -> None:
        self._file.close()

    def add(self, offset_bytes: int, pieces: Iterator[bytes]) -> Part:
        if self._file.seek(0, os.SEEK_END) < offset_bytes:
            raise OSError(f"{self._name} is shorter than it was")
        self._file.truncate(offset_bytes)
        self._file.seek(offset_bytes)
        for piece in pieces:
            # Measured: some systems take several times as long for the same bytes in larger writes.
            view = memoryview(piece)
            for start in range(0, len(view), PIECE_BYTES):
                self._file.write(view[start : start + PIECE_BYTES])
        self._file.flush()
        return Part(self._name, self._file.tell() - offset_bytes)

    def drop(self, part: Part) -> None:
        """Do nothing: the next writer overwrites it."""

    def is_kept(self, until_bytes: int) -> None:
        digests.go_on(self._path, until_bytes)

    @contextmanager
    def whole(self, parts: Sequence[Part], *, name: str, keep_alive: KeepAlive) -> Iterator[Whole]:
        link = self._path.with_name(secrets.token_hex(8))
        with self._path.open("rb") as raw:
            file = _Watched(raw, name=name, keep_alive=keep_alive)
            # A second name, which the storage moves away; under the first one the bytes stay until
            # the courseware is saved. Some disks know no second names: then it is copied.
            with suppress(OSError):
                os.link(self._path, link)
                file.temporary_file_path = lambda: str(link)  # type: ignore[attr-defined]
            try:
                yield Whole(file, digests.take(self._path))
            finally:
                link.unlink(missing_ok=True)


class _Watched(File[bytes]):
    """A file whose reader says that it is alive."""

    def __init__(self, raw: IO[bytes], *, name: str, keep_alive: KeepAlive) -> None:
        super().__init__(raw, name=name)
        self.size = os.fstat(raw.fileno()).st_size
        self._raw = raw
        self._keep_alive = keep_alive

    def read(self, size: int = -1, /) -> bytes:
        self._keep_alive()
        return self._raw.read(size)


class _Elsewhere:
    """A file for each part, with a name of its own: of two rivals none writes over the other's."""

    def __init__(self, upload_code: str) -> None:
        self._folder = _folder_of(upload_code)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        pass

    def add(self, offset_bytes: int, pieces: Iterator[bytes]) -> Part:
        name = f"{self._folder}/{offset_bytes}-{secrets.token_hex(8)}"
        # A storage across the network would keep all of it in memory while a slow sender sends.
        with tempfile.TemporaryFile() as waiting:
            for piece in pieces:
                waiting.write(piece)
            size_bytes = waiting.tell()
            waiting.seek(0)
            return Part(default_storage.save(name, File(waiting, name=name)), size_bytes)

    def drop(self, part: Part) -> None:
        default_storage.delete(part.name)

    def is_kept(self, until_bytes: int) -> None:
        """Do nothing: reading it again would cost as much as it spares."""

    @contextmanager
    def whole(self, parts: Sequence[Part], *, name: str, keep_alive: KeepAlive) -> Iterator[Whole]:
        with JoinedFile(parts, name=name, keep_alive=keep_alive) as file:
            yield Whole(file, digests.Ahead())


def delete_folder(upload_code: str) -> None:
    """Delete all that an upload has left on the storage, also what no row knows of."""
    folder = _folder_of(upload_code)
    with suppress(FileNotFoundError):
        for name in default_storage.listdir(folder)[1]:
            default_storage.delete(f"{folder}/{name}")
    if isinstance(default_storage, FileSystemStorage):
        with suppress(OSError):  # a part that came this very moment: the next sweep finds it
            default_storage.delete(folder)


def folders() -> list[str]:
    """The codes of all uploads that have something on the storage."""
    try:
        return sorted(default_storage.listdir(FOLDER)[0])
    except FileNotFoundError:
        return []


class JoinedParts(io.RawIOBase):
    """The parts of an upload as one file that can be read and sought in, one part open at a time."""

    def __init__(self, parts: Sequence[Part], *, keep_alive: KeepAlive) -> None:
        self._parts = parts
        self._starts = [0, *accumulate(part.size_bytes for part in parts)]
        self.size = self._starts.pop()
        self._keep_alive = keep_alive
        self._position = 0
        self._opened: Any = None
        self._opened_index = -1

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self.size}[whence]
        self._position = max(0, start + offset)
        return self._position

    def readinto(self, buffer: Any) -> int:
        self._keep_alive()
        if self._position >= self.size:
            return 0
        # No part is empty.
        index = bisect_right(self._starts, self._position) - 1
        part_left = self._starts[index] + self._parts[index].size_bytes - self._position
        count: int = self._open(index).readinto(memoryview(buffer)[:part_left])
        if not count:
            raise OSError(f"part {self._parts[index].name} is shorter than it was")
        self._position += count
        return count

    def _open(self, index: int) -> Any:
        if index != self._opened_index or self._opened is None:
            self._close_part()
            self._opened = default_storage.open(self._parts[index].name)
            self._opened_index = index
        inside = self._position - self._starts[index]
        if self._opened.tell() != inside:
            self._opened.seek(inside)
        return self._opened

    def _close_part(self) -> None:
        if self._opened is not None:
            self._opened.close()
        self._opened = None

    def close(self) -> None:
        self._close_part()
        super().close()


class JoinedFile(File[bytes]):
    """The parts of an upload as a file for the storage."""

    def __init__(self, parts: Sequence[Part], *, name: str, keep_alive: KeepAlive) -> None:
        raw = JoinedParts(parts, keep_alive=keep_alive)
        super().__init__(cast("IO[bytes]", io.BufferedReader(raw, PIECE_BYTES)), name=name)
        self.size = raw.size
