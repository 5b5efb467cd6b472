"""Refused sign-ins are logged a few a minute; a test has that minute to itself."""

from __future__ import annotations

from accounts.external import refusals
from accounts.views import cas, oidc


def forget_refusals() -> None:
    """Have the next refusals logged, and their pages name a reference, however many there were."""
    for log in (refusals._refusals, refusals._silences, cas._refusals, oidc._refusals):
        log._lines = 0
