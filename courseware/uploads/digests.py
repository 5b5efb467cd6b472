"""The digest of a large upload, made while its parts still come, so that its end need not wait for it.

What is known here is known to one process, and may be forgotten at any time: the reader of the digest
goes on from where it stands, at worst from the beginning.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

READ_AT_ONCE = 256 * 1024
KNOWN_AT_MOST = 64


class Ahead:
    """The digest of a file's first bytes."""

    def __init__(self) -> None:
        self.digest = hashlib.sha256()
        self.size_bytes = 0
        self._lock = threading.Lock()
        self._is_taken = False

    def go_on(self, path: Path, until_bytes: int) -> None:
        buffer = bytearray(READ_AT_ONCE)
        view: Any = memoryview(buffer)
        with self._lock, path.open("rb", buffering=0) as file:
            file.seek(self.size_bytes)
            while not self._is_taken and self.size_bytes < until_bytes:
                count = file.readinto(view[: until_bytes - self.size_bytes])
                if not count:
                    return
                self.digest.update(view[:count])
                self.size_bytes += count

    def take(self) -> Ahead:
        self._is_taken = True
        with self._lock:
            return self


_known: OrderedDict[Path, Ahead] = OrderedDict()
_known_lock = threading.Lock()
_worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="digests")


def go_on(path: Path, until_bytes: int) -> None:
    """Have the file read up to here, in the background; these bytes do not change any more."""
    with _known_lock:
        ahead = _known.setdefault(path, Ahead())
        _known.move_to_end(path)
        while len(_known) > KNOWN_AT_MOST:
            _known.popitem(last=False)
    _worker.submit(ahead.go_on, path, until_bytes)


def take(path: Path) -> Ahead:
    """Take what is known of the file's digest; the caller goes on with it alone."""
    with _known_lock:
        ahead = _known.pop(path, None)
    return Ahead() if ahead is None else ahead.take()
