"""The address of the board of running classes, which stands above the alarms that lead to it."""

from __future__ import annotations

from django.urls import reverse


def board_address(lesson_code: str = "") -> str:
    """Return the path of the board, at the class of this lesson."""
    path = reverse("attendance:now")
    return f"{path}#class-{lesson_code}" if lesson_code else path
