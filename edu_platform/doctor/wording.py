"""Levels and totals in words."""

from __future__ import annotations

from collections import Counter

from django.utils.translation import gettext, pgettext
from django.utils.translation import gettext_lazy as _

from edu_platform.doctor.findings import Level


def level_text(level: Level) -> str:
    if level is Level.OK:
        return pgettext("level of a check", "ok")
    if level is Level.WARNING:
        return pgettext("level of a check", "warning")
    return pgettext("level of a check", "error")


TOPICS = {
    "settings": _("Settings"),
    "database": _("Database"),
    "people": _("People"),
    "clock": _("Clocks"),
    "broker": _("Messages between processes"),
    "workers": _("Background work"),
    "queues": _("Background work"),
    "beat": _("Background work"),
    "storage": _("Files"),
    "disks": _("Disks"),
    "mail": _("Mail"),
    "address": _("Public address"),
    "cloud": _("Classroom cloud"),
    "recordings": _("Recordings"),
    "backups": _("Backups"),
}


def topic_text(topic: str) -> str:
    return str(TOPICS[topic])


def total_text(counts: Counter[Level]) -> str:
    return gettext("Errors: %(errors)d. Warnings: %(warnings)d. In order: %(in_order)d.") % {
        "errors": counts[Level.ERROR],
        "warnings": counts[Level.WARNING],
        "in_order": counts[Level.OK],
    }
