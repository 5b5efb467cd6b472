"""The findings of a check of the doctor, line by line."""

from __future__ import annotations

from collections.abc import Iterable

from edu_platform.doctor.findings import Check, Finding


def levels(found: Check | Iterable[Finding]) -> dict[str, str]:
    """The level of each line."""
    return {finding.check: str(finding.level) for finding in _findings(found)}


def said(found: Check | Iterable[Finding], line: str) -> Finding:
    """The only finding of this line."""
    (finding,) = [each for each in _findings(found) if each.check == line]
    return finding


def _findings(found: Check | Iterable[Finding]) -> Iterable[Finding]:
    return found() if isinstance(found, Check) else found
