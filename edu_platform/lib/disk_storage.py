"""Files on this machine's disk: all of a file, or nothing of it."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

from django.core.files.storage import FileSystemStorage


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
