"""Keys of rows that are planned with before they are saved: no table has them, and they come after all that are there."""

from __future__ import annotations

FIRST_KEY = 2**62


def stand_in_key(number: int) -> int:
    """Return the key of the row of this number, counted from 0, among those of its table that are not saved yet."""
    return FIRST_KEY + number
