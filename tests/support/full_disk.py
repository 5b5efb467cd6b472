"""A disk on which nothing has place any more."""

from __future__ import annotations

import errno
import sqlite3
from typing import NoReturn

from django.db import OperationalError


def full_disk(*_args: object, **_options: object) -> NoReturn:
    raise OSError(errno.ENOSPC, "No space left on device")


def full_database(*_args: object, **_options: object) -> NoReturn:
    """Fail as SQLite does there."""
    cause = sqlite3.OperationalError("database or disk is full")
    cause.sqlite_errorcode = sqlite3.SQLITE_FULL
    raise OperationalError("database or disk is full") from cause
