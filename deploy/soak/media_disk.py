"""The disk of the uploads: a small one of their own, which a fault can fill."""

from __future__ import annotations

import ctypes
import errno
import os
from pathlib import Path

SIZE_BYTES = 512 * 1024 * 1024
OPEN, CLOSED = 0o755, 0o555  # modes of folders
# Constants that mount(2) and unshare(2) take.
CLONE_NEWNS = 0x20000
MS_REC, MS_PRIVATE = 0x4000, 0x40000
MNT_DETACH = 2


class MediaDisk:
    """As root a disk in memory, where writing fails with ENOSPC; for others a folder, where it fails with EACCES.

    Only this process and its children see the mount, and it ends with them. Make it before any thread is
    started: other threads would not see it.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        self.is_mounted = os.geteuid() == 0 and self._mount()
        self._ballast = folder / ".ballast"

    def fill(self, *, left_bytes: int) -> None:
        """Leave this much room; a mere folder takes no new files at all."""
        if not self.is_mounted:
            self._set_mode(CLOSED)
            return
        with self._ballast.open("ab") as ballast:
            while (taken_bytes := self._free_bytes() - left_bytes) > 0:
                try:
                    os.posix_fallocate(ballast.fileno(), 0, taken_bytes)
                except OSError as err:
                    # Somebody has taken of it in between: then there is less to fill.
                    if err.errno != errno.ENOSPC:
                        raise
                else:
                    return

    def clear(self) -> None:
        if self.is_mounted:
            self._ballast.unlink(missing_ok=True)
        else:
            self._set_mode(OPEN)

    def unmount(self) -> None:
        if self.is_mounted:
            _libc().umount2(os.fsencode(self.folder), MNT_DETACH)

    def _free_bytes(self) -> int:
        free = os.statvfs(self.folder)
        return free.f_bavail * free.f_frsize

    def _mount(self) -> bool:
        libc = _libc()
        if libc.unshare(CLONE_NEWNS) or libc.mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None):
            return False
        size = f"size={SIZE_BYTES},mode=0755".encode()
        return bool(libc.mount(b"tmpfs", os.fsencode(self.folder), b"tmpfs", 0, size) == 0)

    def _set_mode(self, mode: int) -> None:
        for folder in (self.folder, *self.folder.rglob("*/")):
            folder.chmod(mode)


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
