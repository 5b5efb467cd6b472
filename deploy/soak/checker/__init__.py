"""Compares a school with what was promised in it, and with the cloud. It imports nothing of the platform.

What it knows of the platform it knows by other ways than the platform's own code: the columns of its tables
(PostgreSQL only), the files on its disk, the cloud's control interface, and the journal of what people and
programs were answered. A rule that stands here was written down a second time on purpose.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from deploy.soak.checker import (
    callbacks,
    courseware,
    due,
    lessons,
    notices,
    people,
    replays,
    rooms,
)
from deploy.soak.checker.evidence import Evidence, gathered
from deploy.soak.checker.findings import Finding, FindingKind

__all__ = ["Evidence", "Finding", "FindingKind", "check", "find"]

CHECKS: tuple[Callable[[Evidence], Iterator[Finding]], ...] = (
    people.find,
    lessons.find,
    rooms.find,
    replays.find,
    courseware.find,
    callbacks.find,
    notices.find,
    due.find,
)


def check(database_url: str, cloud_url: str, journal: Path, media_root: Path) -> list[Finding]:
    """Return all that is lost, doubled or differs without a reason; nothing, when all is well.

    Everything must have come to rest before: what is still to be done counts as not done.

    Raises:
        ValueError: the journal has a line that is no fact.
        OSError, psycopg2.Error: something cannot be read.
    """
    with gathered(database_url, cloud_url, journal, media_root) as evidence:
        return find(evidence)


def find(evidence: Evidence) -> list[Finding]:
    return [finding for check_one in CHECKS for finding in check_one(evidence)]
