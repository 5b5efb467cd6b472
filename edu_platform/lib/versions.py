"""Only what was shown: whoever sends back the version of what a page showed overwrites nothing that they have not seen.

A page sends the version as `known`; what does the work compares it with the version of what is there by then.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from edu_platform.lib.text import storable_text

VERSION_CHARS = 32
# Nothing has this version: for what a page has not shown.
NO_VERSION = "-"


class NotAsShown(Exception):
    """Somebody has changed what a page showed; `now` is what there is in its place."""

    def __init__(self, now: Any) -> None:
        super().__init__(str(now))
        self.now = now


def version_of(*shown: object) -> str:
    """Return the version of what a page shows: the same as long as all of it looks the same."""
    return hashlib.sha256(repr(shown).encode()).hexdigest()[:VERSION_CHARS]


def known_in(sent: Mapping[str, Any] | None) -> str:
    """Return the version that a page showed, as its form sends it back; programs send none."""
    return "" if sent is None else storable_text(str(sent.get("known", "")))


def is_as_shown(known: str, version: str) -> bool:
    """Tell whether a page showed this version. A request that names none (empty `known`) is taken at its word."""
    return known in {"", version}


def require_as_shown(now: object, known: str, version: str) -> None:
    """Go on only with what is there `now`, locked by now, if its `version` is the one that a page showed.

    Raises:
        NotAsShown: it is another one.
    """
    if not is_as_shown(known, version):
        raise NotAsShown(now)
