"""The replays of a child on the page of their family, where the school and the lesson let families watch."""

from __future__ import annotations

import datetime as dt

from django.urls import reverse

from accounts.models import SchoolSettings, User
from replays.access import replays_for_families
from replays.models.sessions import title_of
from schedule.families.visiting import about_child
from schedule.history.words import period_text
from schedule.hooks import Panel
from schedule.models import FamilyLink

# The latest ones; older ones are seldom watched.
REPLAYS_SHOWN = 10


def replays_section(
    child: User, _link: FamilyLink, token: str, school: SchoolSettings, _at: dt.datetime
) -> Panel | None:
    """List what can be watched; two queries, none where the school lets no family watch."""
    if not school.families_may_watch:
        return None
    replays = replays_for_families(child).order_by("-listed_at", "-pk")[:REPLAYS_SHOWN]
    lines = [
        {
            "title": title_of(replay),
            "period": period_text(replay.planned_start, replay.planned_end),
            "address": about_child(
                reverse("family_replays:replay", args=[token, replay.code]), child
            ),
        }
        for replay in replays
    ]
    return Panel("replays/_family_section.html", {"lines": lines})
