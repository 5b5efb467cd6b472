"""Values in the form of a new weekly lesson, filled in by the address that leads to it."""

from __future__ import annotations

import re
from collections.abc import Mapping

from schedule.lessons.moments import read_time
from schedule.lessons.prefilled import names_in, read_or_none
from schedule.terms.weeks import read_weeks
from schedule.terms.words import weeks_to_type


def prefilled_weekly(query: Mapping[str, str]) -> dict[str, str]:
    """Return what an address says of a new weekly lesson; what is malformed counts as absent."""
    found = names_in(query)
    for name in ("weekday", "first_bell"):
        if re.fullmatch(r"[0-9]{1,2}", text := query.get(name, "")):
            found[name] = text
    for name in ("start", "end"):
        if (time := read_or_none(query.get(name, ""), read_time)) is not None:
            found[name] = f"{time:%H:%M}"
    if (weeks := read_or_none(query.get("weeks", ""), read_weeks)) is not None:
        found["weeks"] = weeks_to_type(weeks)
    return found
