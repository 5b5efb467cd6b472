"""Trying again what was worked out before the timetable changed: plans of terms, imports and their undo."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from django.db import OperationalError

Result = TypeVar("Result")

# How often something is worked out anew before somebody has to start it again.
TRIES = 3
# PostgreSQL's.
DEADLOCK_CODE = "40P01"


class ChangedMeanwhile(Exception):
    """Something has changed since it was worked out what to write."""


def trying_again(attempt: Callable[[], Result]) -> Result:
    """Return what the attempt gives, made anew while it finds that something has changed.

    The attempt opens its transaction itself. Where the database ends it because it and another one wait for each
    other, the other one changes something: that counts as a change.

    Raises:
        ChangedMeanwhile: at the last try, too.
    """
    for _try in range(TRIES - 1):
        with suppress(ChangedMeanwhile):
            return _without_deadlock(attempt)
    return _without_deadlock(attempt)


def _without_deadlock(attempt: Callable[[], Result]) -> Result:
    try:
        return attempt()
    except OperationalError as err:
        if getattr(err.__cause__, "pgcode", None) == DEADLOCK_CODE:
            raise ChangedMeanwhile from err
        raise
