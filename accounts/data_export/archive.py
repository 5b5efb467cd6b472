"""Write all that is kept of a person as a ZIP: a README in each language, JSON for each table, and the files.

It is written while it is sent, so that neither memory nor disk holds the whole of it.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Iterator
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone, translation

from accounts.data_export.document import table_document
from accounts.data_export.tables import Column, KeptTable, kept_tables
from accounts.models import SchoolSettings, User

PIECE_BYTES = 64 * 1024
README = "accounts/data_export/readme.txt"


class _Sink:
    """A file into which a ZIP is written, and from which it is taken piece by piece."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def write(self, data: bytes) -> int:
        self._pieces.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Do nothing: what is written is there."""

    def take(self) -> bytes:
        taken, self._pieces = b"".join(self._pieces), []
        return taken


def archive(person: User, *, language: str) -> Iterator[bytes]:
    """Return the ZIP in pieces; it is read after the request, and its language, are over."""
    return _in_language(_pieces(person), language)


def archive_name() -> str:
    return f"personal-data-{timezone.localtime():%Y%m%d-%H%M%S}.zip"


def _pieces(person: User) -> Iterator[bytes]:
    sink = _Sink()
    tables = [table for table in kept_tables(person) if table.keys]
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as book:  # type: ignore[call-overload] # a writer does
        for name, pieces in _members(person, tables):
            member = zipfile.ZipInfo(name, timezone.localtime().timetuple()[:6])
            member.compress_type = zipfile.ZIP_DEFLATED
            with book.open(member, "w", force_zip64=True) as file:
                for piece in pieces:
                    file.write(piece)
                    yield sink.take()
    yield sink.take()


def _members(person: User, tables: list[KeptTable]) -> Iterator[tuple[str, Iterable[bytes]]]:
    for code, _name in settings.LANGUAGES:
        yield f"README.{code}.txt", [_readme(person, tables, code)]
    files: dict[str, tuple[Any, str]] = {}

    def file_name(column: Column, name: str) -> str:
        path = f"files/{name}"
        files[path] = (column.field, name)
        return path

    for table in tables:
        texts = table_document(table, file_name=file_name)
        yield f"data/{table.label}.json", (text.encode() for text in texts)
    for path, (field, name) in files.items():
        yield path, _file(field.storage, name)


def _file(storage: Any, name: str) -> Iterator[bytes]:
    """Return a file; of one that the storage has lost nothing."""
    try:
        file = storage.open(name, "rb")
    except FileNotFoundError:
        return
    with file:
        yield from file.chunks(PIECE_BYTES)


def _readme(person: User, tables: list[KeptTable], language: str) -> bytes:
    with translation.override(language):
        context = {
            "person": person,
            "school": SchoolSettings.load(),
            "tables": tables,
            "made_at": f"{timezone.localtime():%Y-%m-%d %H:%M}",
        }
        return render_to_string(README, context).encode()


def _in_language(pieces: Iterator[bytes], language: str) -> Iterator[bytes]:
    while True:
        with translation.override(language):
            piece = next(pieces, None)
        if piece is None:
            return
        yield piece
