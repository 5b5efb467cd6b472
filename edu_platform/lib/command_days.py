"""Days as operators give them to commands."""

from __future__ import annotations

import argparse
import datetime as dt

from django.utils import timezone

FIRST_DAY = dt.date(2000, 1, 1)


def past_day(text: str) -> dt.date:
    """Read a day of the past, or today, as 2024-09-02.

    Raises:
        argparse.ArgumentTypeError: it is none.
    """
    try:
        day = dt.date.fromisoformat(text)
    except ValueError as err:
        raise argparse.ArgumentTypeError("a day as 2024-09-02") from err
    if not FIRST_DAY <= day <= timezone.localdate():
        raise argparse.ArgumentTypeError("a day of the past")
    return day
