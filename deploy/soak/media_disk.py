"""The disk of the uploads: small, of its own, and full whenever a fault says so."""

from __future__ import annotations

import ctypes
import os
from pathlib import Path

SIZE_BYTES = 512 * 1024 * 1024
CLONE_NEWNS = 0x20000
MS_REC, MS_PRIVATE = 0x4000, 0x40000
MNT_DETACH = 2


class MediaDisk:
    """A memory disk, where we may mount one: full means ENOSPC. Elsewhere a folder that takes nothing: EACCES.

    The mount is seen by us and our children alone, and gone with us however we end. To be made before any
    thread is started.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        self.is_mounted = os.geteuid() == 0 and self._mount()
        self._ballast = folder / ".ballast"

    def fill(self, *, left_bytes: int) -> None:
        """Leave so much; on a mere folder nothing new can be made."""
        if not self.is_mounted:
            self._forbid(folders=True)
            return
        free = os.statvfs(self.folder)
        with self._ballast.open("ab") as ballast:
            taken_bytes = free.f_bavail * free.f_frsize - left_bytes
            if taken_bytes > 0:
                os.posix_fallocate(ballast.fileno(), 0, taken_bytes)

    def clear(self) -> None:
        if self.is_mounted:
            self._ballast.unlink(missing_ok=True)
        else:
            self._forbid(folders=False)

    def unmount(self) -> None:
        if self.is_mounted:
            _libc().umount2(os.fsencode(self.folder), MNT_DETACH)

    def _mount(self) -> bool:
        libc = _libc()
        if libc.unshare(CLONE_NEWNS) or libc.mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None):
            return False
        size = f"size={SIZE_BYTES},mode=0755".encode()
        return bool(libc.mount(b"tmpfs", os.fsencode(self.folder), b"tmpfs", 0, size) == 0)

    def _forbid(self, *, folders: bool) -> None:
        for each in (self.folder, *self.folder.rglob("*/")):
            each.chmod(0o555 if folders else 0o755)


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
