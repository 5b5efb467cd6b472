"""The people who were erased, as each backup lists them: restoring an older one erases them once more.

A line is `erased=<key> <time>`, as `erase_person` prints it. The key is a random id, which older backups have too.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.db import connection
from django.utils.translation import gettext as _

from accounts.enums import ErasureState
from accounts.erasing.repeating import erase_again
from accounts.erasing.work import line_of
from accounts.models import Erasure
from edu_platform.backup import sums
from edu_platform.backup.exceptions import BackupError
from edu_platform.backup.private_files import digest_inside, new_file

NAME = "erased.txt"
BEGINNING = "erased="
_LINE = re.compile(r"erased=(?P<key>[0-9a-z]{4,16}) (?P<time>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)")


@dataclass(frozen=True, slots=True)
class ErasedLine:
    key: str
    erased_at: dt.datetime


def write(begun: Path, out: BinaryIO) -> None:
    """List in a backup who is erased by now, and note the digest of the list."""
    with new_file(begun / NAME) as file:
        file.writelines(f"{line}\n".encode() for line in _lines())
    sums.write_line(out, digest_inside(begun, NAME), NAME)


def _lines() -> Iterator[str]:
    """Return the lines of all erasures; none in a database that is not migrated yet after an update."""
    if Erasure._meta.db_table not in connection.introspection.table_names():  # noqa: SLF001 -- as documented by Django
        return
    erasures = Erasure.objects.filter(state=ErasureState.ERASED).select_related("person")
    for erasure in erasures.order_by("erased_at", "pk"):
        yield line_of(erasure)


def read(path: Path) -> list[ErasedLine]:
    """Return the lines of a file in which other lines may stand, such as the rest of what the command printed.

    Raises:
        BackupError: a line that begins like one of these is none; nothing was restored.
        OSError: the file cannot be read.
    """
    try:
        # Editors of Windows put a mark before the first line, which must not hide it.
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError as err:
        raise BackupError(_("%(file)s is no text in UTF-8.") % {"file": path}) from err
    return [
        _parsed(path, number, line.strip())
        for number, line in enumerate(lines, start=1)
        if line.strip().startswith(BEGINNING)
    ]


def _parsed(path: Path, number: int, line: str) -> ErasedLine:
    parts = _LINE.fullmatch(line)
    try:
        if parts is not None:
            return ErasedLine(parts["key"], dt.datetime.fromisoformat(parts["time"]))
    except ValueError:
        parts = None  # no such day
    raise BackupError(
        _(
            "Line %(number)s of %(file)s is damaged: a line is erased=KEY TIME, as erase_person prints it."
        )
        % {"number": number, "file": path}
    )


def repeat(lines: list[ErasedLine], tell: Callable[[str], None]) -> list[str]:
    """Erase these people in what was restored, and tell of each; return what is not done."""
    left: list[str] = []
    for line in lines:
        erasure, reasons = erase_again(line.key, erased_at=line.erased_at)
        if erasure is None:
            tell(_("not in this backup: %(key)s") % {"key": line.key})
        elif reasons:
            left.append(f"{line.key}: {' '.join(reasons)}")
        else:
            _tell_of_places(erasure, tell)
            tell(line_of(erasure))
    return left


def _tell_of_places(erasure: Erasure, tell: Callable[[str], None]) -> None:
    if count := erasure.places.filter(is_left=False).count():
        address = f"{settings.PUBLIC_BASE_URL}{erasure.get_absolute_url()}"
        words = _("places in text for somebody to decide about: %(count)s, at %(address)s")
        tell(words % {"count": count, "address": address})
