"""Trying again what was worked out before the timetable changed: plans of terms, imports and their undo."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

Result = TypeVar("Result")

# How often something is worked out anew before somebody has to start it again.
TRIES = 3


class ChangedMeanwhile(Exception):
    """Something has changed since it was worked out what to write."""


def trying_again(attempt: Callable[[], Result]) -> Result:
    """Return what the attempt gives, made anew while it finds that something has changed.

    Raises:
        ChangedMeanwhile: at the last try, too.
    """
    for _try in range(TRIES - 1):
        with suppress(ChangedMeanwhile):
            return attempt()
    return attempt()
