"""The doctor's checks of the connection to the cloud: run by a button, and kept with their time for whoever looks next."""

from __future__ import annotations

import datetime as dt
import threading
from dataclasses import dataclass

from django.core.cache import cache
from django.utils import timezone, translation
from django.utils.translation import get_language

from accounts.services.school import note_cloud_checked
from edu_platform.doctor.catalogue import chosen
from edu_platform.doctor.findings import Finding, Level
from edu_platform.doctor.page import ORDER
from edu_platform.doctor.running import PAGE_WITHIN_S, run_checks
from edu_platform.doctor.variables import in_words_of_pages
from edu_platform.doctor.wording import level_text
from edu_platform.lib.database import release_database

# The key, the application, and the way on which callbacks come.
TOPICS = ("cloud", "address")
# In the cache of the database, so that every web process knows; the column of the settings outlasts it.
KEY = "start:cloud-checks"
ICONS = {Level.OK: "circle-check", Level.WARNING: "triangle-alert", Level.ERROR: "circle-x"}

_one_at_a_time = threading.Lock()


class ChecksAreRunning(Exception):
    """Somebody asks just now, on this machine."""


@dataclass(frozen=True, slots=True)
class CheckRow:
    """A finding as the page shows it, without names of the environment."""

    finding: Finding
    state: str
    icon: str
    text: str
    advice: str


def _row_of(finding: Finding) -> CheckRow:
    text, advice = in_words_of_pages(finding)
    return CheckRow(finding, level_text(finding.level), ICONS[finding.level], text, advice)


@dataclass(frozen=True, slots=True)
class CloudChecks:
    """Keep what was found, when, and in the language of who asked."""

    at: dt.datetime
    language: str
    # The worst first.
    findings: tuple[Finding, ...]

    @property
    def failed(self) -> int:
        return sum(finding.level is Level.ERROR for finding in self.findings)

    @property
    def rows(self) -> list[CheckRow]:
        with translation.override(self.language):
            return [_row_of(finding) for finding in self.findings]


def ask_cloud() -> CloudChecks:
    """Run the checks, which takes up to half a minute, and keep what they find.

    Raises:
        ChecksAreRunning: somebody has asked a moment before.
    """
    if not _one_at_a_time.acquire(blocking=False):
        raise ChecksAreRunning
    try:
        release_database()  # while others are waited for
        found = run_checks(chosen(TOPICS), within_s=PAGE_WITHIN_S)
    finally:
        _one_at_a_time.release()
    findings = tuple(sorted(found, key=lambda finding: ORDER.index(finding.level)))
    checks = CloudChecks(timezone.now(), get_language() or "", findings)
    kept = {"at": checks.at, "language": checks.language}
    cache.set(KEY, {**kept, "findings": [each.as_json() for each in findings]}, timeout=None)
    note_cloud_checked(checks.at, is_in_order=not checks.failed)
    return checks


def last_checks() -> CloudChecks | None:
    kept = cache.get(KEY)
    if kept is None:
        return None
    findings = (
        Finding(each["check"], Level(each["level"]), each["text"], each["advice"])
        for each in kept["findings"]
    )
    return CloudChecks(kept["at"], kept["language"], tuple(findings))
