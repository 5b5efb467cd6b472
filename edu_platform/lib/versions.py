"""The version of what a page shows: whoever sends it back as `known` overwrites nothing that they have not seen."""

from __future__ import annotations

import hashlib

from django.db.models import Model

VERSION_CHARS = 32
# Nothing has this version: for what a page has not shown.
NO_VERSION = "-"


class NotAsShown(Exception):
    """Somebody has changed what a page showed; `row` is what is there now."""

    def __init__(self, row: Model) -> None:
        super().__init__(str(row))
        self.row = row


def version_of(*shown: object) -> str:
    """Return the version of what a page shows: the same as long as all of it looks the same."""
    return hashlib.sha256(repr(shown).encode()).hexdigest()[:VERSION_CHARS]


def require_as_shown(row: Model, known: str, version: str) -> None:
    """Go on only with a row, locked by now, whose `version` is the one that a page showed.

    A request that names none (`known` is empty) is taken at its word.

    Raises:
        NotAsShown: it is another one.
    """
    if known and known != version:
        raise NotAsShown(row)
