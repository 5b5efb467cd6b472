"""The address of the board of running classes, which stands above the alarms that lead to it."""

from __future__ import annotations

BOARD_PATH = "/schedule/now/"


def board_address(lesson_code: str = "") -> str:
    """Return the path of the board, at the class of this lesson."""
    return f"{BOARD_PATH}#class-{lesson_code}" if lesson_code else BOARD_PATH
