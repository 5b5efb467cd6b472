"""Do the timetable's part in erasing a person: class groups end, and files that name them are forgotten."""

from __future__ import annotations

import html
import io
import zipfile
import zlib
from collections.abc import Collection, Iterator
from typing import Any

from django.db.models import Model
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.erasing.names import finder, is_looked_for
from accounts.hooks import ErasingWaits
from accounts.models import User
from schedule.class_groups.memberships import leave_all
from schedule.hooks import lessons_changed
from schedule.models import CheckedFile, CheckedRows, Lesson, Work

# Encodings in which spreadsheets of text come in.
ENCODINGS = ("utf-8", "gb18030")


def leave_timetable(person: User, strings: Collection[str]) -> None:
    """End what the person is in class groups, and forget files of imports and exports that name them.

    Raises:
        ErasingWaits: long work that they have asked for goes on.
    """
    if Work.objects.filter(asked_by=person).open().exists():
        raise ErasingWaits(_("Long work that the person has asked for goes on still."))
    leave_all(person.pk, last_day=timezone.localdate())
    names = [text for text in strings if is_looked_for(text)]
    for rows, column in (
        (CheckedFile.objects.all(), "content"),
        (CheckedRows.objects.all(), "packed"),
    ):
        _delete_naming(rows, column, names)
    _forget_outputs(names)


def _delete_naming(rows: Any, column: str, names: Collection[str]) -> None:
    """Delete files that were checked and name the person. To be imported they are checked again."""
    keys = [
        pk for pk, content in rows.values_list("pk", column).iterator() if names_any(content, names)
    ]
    rows.filter(pk__in=keys).delete()


def _forget_outputs(names: Collection[str]) -> None:
    """Delete long work that has ended and whose file names the person: it can be asked for once more."""
    ended = Work.objects.exclude(pk__in=Work.objects.open().values("pk")).exclude(output=None)
    keys = [
        pk
        for pk, output in ended.values_list("pk", "output").iterator(chunk_size=1)
        if names_any(output, names)
    ]
    Work.objects.filter(pk__in=keys).delete()


def names_any(content: bytes | memoryview | None, names: Collection[str]) -> bool:
    """Tell whether a file holds one of these names: a text, packed rows, or a workbook."""
    pattern = finder(names)
    return any(pattern.search(text) for text in _texts_of(bytes(content or b"")))


def _texts_of(content: bytes) -> Iterator[str]:
    if zipfile.is_zipfile(io.BytesIO(content)):
        with zipfile.ZipFile(io.BytesIO(content)) as workbook:
            for part in workbook.namelist():
                # Some programs write letters by their numbers.
                yield html.unescape(workbook.read(part).decode(errors="replace"))
        return
    for encoding in ENCODINGS:
        yield _unpacked(content).decode(encoding, errors="replace")


def _unpacked(content: bytes) -> bytes:
    try:
        return zlib.decompress(content)
    except zlib.error:
        return content


def lessons_are_struck(model: type[Model], keys: Collection[Any]) -> None:
    """Tell of lessons in whose words a name was struck out: their rooms and replays follow."""
    if model is Lesson:
        lessons_changed(keys)
