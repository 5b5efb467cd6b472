"""Compares a school with what people were answered, and with the cloud. It imports nothing of the platform.

It reads the tables by SQL (PostgreSQL only), the files on the disk, the cloud's control interface, and the journal.
Rules of the platform are written here a second time on purpose: a mistake in one of the two is found.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from deploy.soak.checker import (
    attendance,
    callbacks,
    courseware,
    due,
    erased,
    lessons,
    notices,
    people,
    replays,
    rooms,
    school_year,
)
from deploy.soak.checker.evidence import Evidence, gather
from deploy.soak.checker.findings import Finding, FindingKind

__all__ = ["Evidence", "Finding", "FindingKind", "check", "find"]

CHECKS: tuple[Callable[[Evidence], Iterator[Finding]], ...] = (
    people.find,
    lessons.find,
    rooms.find,
    replays.find,
    courseware.find,
    attendance.find,
    callbacks.find,
    notices.find,
    due.find,
    erased.find,
    school_year.find,
)


def check(database_url: str, cloud_url: str, journal: Path, media_root: Path) -> list[Finding]:
    """Return all that is lost, doubled or different without a reason.

    All work must be done before: what is left counts as not done.

    Raises:
        ValueError: the journal has a line that is no fact.
        OSError, psycopg2.Error: something cannot be read.
    """
    with gather(database_url, cloud_url, journal, media_root) as evidence:
        return find(evidence)


def find(evidence: Evidence) -> list[Finding]:
    return [finding for check_one in CHECKS for finding in check_one(evidence)]
