"""The headings of a spreadsheet: which known column each of them names."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from django.utils.translation import gettext

from edu_platform.lib.spreadsheets.rows import WHOLE_FILE, Cell, Column, SheetFault, SheetRefused

# A fault shows so many signs of an unknown heading.
SHOWN_HEADING_CHARS = 40
# Invisible characters that come along when text is copied from pages.
INVISIBLE = "\ufeff\u200b\u200c\u200d\u2060"


def names_of(head: Sequence[Cell], columns: Sequence[Column]) -> list[str]:
    """The column under each heading, empty where there is no heading.

    Raises:
        SheetRefused: a heading is unknown or there twice, or a required one is missing.
    """
    known = _columns_by_heading(columns)
    names: list[str] = []
    faults: list[SheetFault] = []
    for cell in head:
        heading = _folded(str(cell))
        name = known.get(heading, "")
        if heading and not name:
            faults.append(SheetFault(1, shown(str(cell)), gettext("an unknown column")))
        elif name and name in names:
            reason = gettext("the column is there twice: %(first)s and %(second)s mean the same")
            both = {"first": shown(str(head[names.index(name)])), "second": shown(str(cell))}
            faults.append(SheetFault(1, name, reason % both))
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


def headings_in(head: Sequence[Cell], columns: Sequence[Column]) -> dict[str, str]:
    """Return what the columns that a head has are called in it; of one that is there twice, the first."""
    known = _columns_by_heading(columns)
    found: dict[str, str] = {}
    for cell in head:
        name = known.get(_folded(str(cell)), "")
        if name:
            found.setdefault(name, shown(str(cell)))
    return found


def _columns_by_heading(columns: Sequence[Column]) -> dict[str, str]:
    return {_folded(heading): column.name for column in columns for heading in column.names}


def _folded(heading: str) -> str:
    """A heading without what people vary: width, case, blanks, joints and the star of "needed"."""
    plain = unicodedata.normalize("NFKC", heading).casefold().strip(INVISIBLE)
    return re.sub(r"[\s_\-*]+", "", plain)


def shown(heading: str) -> str:
    """A heading as it stands in a file, in the place of a column: one line, and no colon to mistake."""
    plain = re.sub(r"[\s:]+", " ", heading, flags=re.ASCII).strip()
    printable = "".join(character for character in plain if character.isprintable())
    return printable[:SHOWN_HEADING_CHARS] or WHOLE_FILE
