"""Files on this machine's disk: all of a file, or nothing of it."""

from __future__ import annotations

import shutil
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from django.core.files.storage import FileSystemStorage


class DiskSpace(NamedTuple):
    free_bytes: int
    total_bytes: int


def space_at(folder: Path) -> DiskSpace:
    """Measure the disk on which the folder lies, or will be made. OSError when it does not answer."""
    place = next(each for each in (folder, *folder.absolute().parents) if each.exists())
    usage = shutil.disk_usage(place)
    return DiskSpace(usage.free, usage.total)


class WholeFileStorage(FileSystemStorage):
    """Django's own, which leaves behind what it has written until the disk was full."""

    def _save(self, name: str, content: Any) -> str:
        path = Path(self.path(name))
        was_there, folder_was_there = path.exists(), path.parent.exists()
        try:
            return str(super()._save(name, content))  # type: ignore[misc] # in no stubs
        except BaseException:
            with suppress(OSError):
                if not was_there:
                    path.unlink(missing_ok=True)
                if not folder_was_there:
                    path.parent.rmdir()
            raise
