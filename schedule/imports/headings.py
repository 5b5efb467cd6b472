"""Names that a file gives its columns, for the pages that show what is wrong with it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import TypeVar

from django.utils.translation import gettext

from edu_platform.lib.spreadsheets.reading import headings_of
from edu_platform.lib.spreadsheets.rows import WHOLE_FILE, WHOLE_ROW, Column, SheetNote
from edu_platform.lib.spreadsheets.templates import own_heading

Note = TypeVar("Note", bound=SheetNote)


def headings_in_file(content: bytes, columns: Sequence[Column]) -> dict[str, str]:
    """The heading of each column, by its name: the file's own where it has one."""
    return {
        **whole_in_words(),
        **{column.name: own_heading(column) for column in columns},
        **headings_of(content, columns),
    }


def whole_in_words() -> dict[str, str]:
    """Return what stands where a fault is of no single column."""
    return {WHOLE_FILE: gettext("whole file"), WHOLE_ROW: gettext("whole row")}


def named_by_file(notes: Sequence[Note], headings: Mapping[str, str]) -> list[Note]:
    """The faults or remarks, with the headings that the person sees in their file."""
    return [
        dataclasses.replace(note, column=headings.get(note.column, note.column)) for note in notes
    ]
