"""Refusal of an installation in which somebody lives: backups are only restored into one without people."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from edu_platform.backup.exceptions import BackupError

TABLE = "accounts_user"


def refuse_people(cursor: Any) -> None:
    """Refuse a database in which somebody lives.

    Raises:
        BackupError: it has people.
    """
    cursor.execute(f"SELECT 1 FROM {TABLE} LIMIT 1")  # noqa: S608 -- a constant
    if cursor.fetchone():
        raise BackupError(
            _(
                "This installation has people: a backup is only restored into one without. Name an empty database in DATABASE_URL, or empty this one yourself if you are sure."
            )
        )
