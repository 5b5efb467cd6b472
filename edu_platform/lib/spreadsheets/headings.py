"""The headings of a spreadsheet: which known column each of them names."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from django.utils.translation import gettext

from edu_platform.lib.spreadsheets.rows import WHOLE_FILE, Cell, Column, SheetFault, SheetRefused

# Of an unknown heading, in its fault.
SHOWN_HEADING_CHARS = 40
# Invisible characters that come along when text is copied from pages.
INVISIBLE = "\ufeff\u200b\u200c\u200d\u2060"


def names_of(head: Sequence[Cell], columns: Sequence[Column]) -> list[str]:
    """The column under each heading, empty where there is no heading.

    Raises:
        SheetRefused: a heading is unknown or there twice, or a required one is missing.
    """
    known = {
        _folded(heading): column.name
        for column in columns
        for heading in (column.name, *column.headings)
    }
    names: list[str] = []
    faults: list[SheetFault] = []
    for cell in head:
        heading = _folded(str(cell))
        name = known.get(heading, "")
        if heading and not name:
            faults.append(SheetFault(1, _shown(str(cell)), gettext("an unknown column")))
        elif name and name in names:
            faults.append(SheetFault(1, name, gettext("the column is there twice")))
        names.append(name)
    faults.extend(
        SheetFault(1, column.name, gettext("the column is missing"))
        for column in columns
        if column.is_required and column.name not in names
    )
    if faults:
        raise SheetRefused(faults)
    while names and not names[-1]:
        names.pop()
    return names


def _folded(heading: str) -> str:
    """A heading without what people vary: width, case, blanks, joints and the star of "needed"."""
    plain = unicodedata.normalize("NFKC", heading).casefold().strip(INVISIBLE)
    return re.sub(r"[\s_\-*]+", "", plain)


def _shown(heading: str) -> str:
    """An unknown heading in the place of a column: one line, and no colon to mistake."""
    plain = re.sub(r"[\s:]+", " ", heading, flags=re.ASCII).strip()
    printable = "".join(character for character in plain if character.isprintable())
    return printable[:SHOWN_HEADING_CHARS] or WHOLE_FILE
