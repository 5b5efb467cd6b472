"""Say how people are shown what tables of packages hold of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from allauth.mfa.models import Authenticator
from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.contrib.admin.models import LogEntry
from django.utils.translation import gettext_lazy as _

from edu_platform.lib.own_data import OwnTable

TRIES = "attempt_time username ip_address user_agent"
CALLED = {
    "attempt_time": _("time"),
    "username": _("username"),
    "ip_address": _("address"),
    "user_agent": _("browser"),
}


def _entries(person: Any, entries: Sequence[LogEntry]) -> list[str]:
    """Put into words what the person did, without the names of those to whom it was done."""
    kinds = (entry.content_type.name if entry.content_type else "" for entry in entries)
    return [
        f"{entry.get_action_flag_display()}: {kind}"
        for entry, kind in zip(entries, kinds, strict=True)
    ]


OWN_DATA = [
    OwnTable(
        LogEntry, "action_time", in_words=_entries, title=_("What you did in the administration")
    ),
    OwnTable(
        Authenticator,
        "type created_at last_used_at",
        called={
            "type": _("kind"),
            "created_at": _("set up"),
            "last_used_at": _("last used"),
        },
        title=_("Second factor"),
    ),
    OwnTable(AccessAttempt, TRIES, called=CALLED, title=_("Wrong passwords")),
    OwnTable(AccessFailureLog, TRIES, called=CALLED, title=_("Wrong passwords, one by one")),
    OwnTable(AccessLog, TRIES, called=CALLED, title=_("Sign-ins that the lock counted")),
]
