"""Texts for cells that people open in a spreadsheet program."""

from __future__ import annotations

import re
import unicodedata

XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# What a spreadsheet program would calculate instead of show.
FORMULA_SIGNS = frozenset("=+-@")
# What some of them leave out before they look.
BLANK_STARTS = ("\t", "\r")
# Characters that XML, and so a sheet, cannot hold.
NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def xlsx_text(text: str) -> str:
    """Text as a cell of an XLSX file takes it, and shows it."""
    return escaped(NOT_IN_XML.sub("", text))


def escaped(text: str) -> str:
    """Text that no spreadsheet program takes for a formula."""
    return f"'{text}" if text.startswith(BLANK_STARTS) or _is_like_formula(text) else text


def _is_like_formula(text: str) -> bool:
    """Tell whether the first sign that is seen begins a formula, be it as wide as Chinese letters are."""
    seen = (char for char in text if unicodedata.category(char)[0] not in "CZ")
    return unicodedata.normalize("NFKC", next(seen, "")) in FORMULA_SIGNS
