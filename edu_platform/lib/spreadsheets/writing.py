"""What is written into cells that people open in a spreadsheet program."""

from __future__ import annotations

import unicodedata

XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# What a spreadsheet program would calculate instead of show.
FORMULA_SIGNS = frozenset("=+-@")
# What some of them leave out before they look.
BLANK_STARTS = ("\t", "\r")


def escaped(text: str) -> str:
    """Text that no spreadsheet program takes for a formula."""
    return f"'{text}" if text.startswith(BLANK_STARTS) or _is_like_formula(text) else text


def _is_like_formula(text: str) -> bool:
    """Whether the first sign that is seen begins a formula, be it as wide as Chinese letters are."""
    seen = (char for char in text if unicodedata.category(char)[0] not in "CZ")
    return unicodedata.normalize("NFKC", next(seen, "")) in FORMULA_SIGNS
