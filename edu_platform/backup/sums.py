"""The list of a backup's files with their digests, in the form that `sha256sum --check` reads."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from django.utils.translation import gettext as _

from edu_platform.backup.exceptions import BackupDamaged
from edu_platform.backup.private_files import NotAFileInside, leads_out, open_inside

NAME = "SHA256SUMS"
FILES = "files"  # below it lies what came from the storage, under its name there
_LINE = re.compile(r"([0-9a-f]{64})  (.+)")


def damaged_list(folder: Path) -> BackupDamaged:
    sentence = _("The list %(file)s of the backup is damaged: take another backup.")
    return BackupDamaged(sentence % {"file": folder / NAME}, [NAME])


def write_line(out: BinaryIO, digest: str, name: str) -> None:
    out.write(f"{digest}  {name}\n".encode())


def read(folder: Path) -> Iterator[tuple[str, str]]:
    """Digest and name of each file, names relative to the backup's folder.

    Raises:
        BackupDamaged: it is no file, a line has another form, or its name leads out of the folder.
    """
    try:
        with (
            open_inside(folder, NAME) as file,
            io.TextIOWrapper(file, encoding="utf-8", newline="\n") as lines,
        ):
            for line in lines:
                parts = _LINE.fullmatch(line.removesuffix("\n"))
                if parts is None or leads_out(parts[2]):
                    raise damaged_list(folder)
                yield parts[1], parts[2]
    except (NotAFileInside, UnicodeDecodeError) as err:
        raise damaged_list(folder) from err


def read_files(folder: Path) -> Iterator[tuple[str, str]]:
    """Those that came from the storage, by the names that they had there."""
    for digest, name in read(folder):
        if name.startswith(f"{FILES}/"):
            yield digest, name.removeprefix(f"{FILES}/")
