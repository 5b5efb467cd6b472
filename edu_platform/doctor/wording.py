"""Levels and totals in words."""

from __future__ import annotations

from collections import Counter

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from edu_platform.doctor.findings import Level


def level_text(level: Level) -> str:
    if level is Level.OK:
        return pgettext("level of a check", "ok")
    if level is Level.WARNING:
        return pgettext("level of a check", "warning")
    return pgettext("level of a check", "error")


def total_text(counts: Counter[Level]) -> str:
    return _("Errors: %(errors)d. Warnings: %(warnings)d. In order: %(in_order)d.") % {
        "errors": counts[Level.ERROR],
        "warnings": counts[Level.WARNING],
        "in_order": counts[Level.OK],
    }
