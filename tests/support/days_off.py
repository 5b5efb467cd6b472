"""Half days and days off of some class groups, as rows."""

from __future__ import annotations

import datetime as dt
from typing import Any

from schedule.models import PartDayOff, Term


def add_part_off(term: Term, day: dt.date, **columns: Any) -> PartDayOff:
    """Make one of this day; takes `class_groups` and the columns of a part, such as `last_day`."""
    groups = columns.pop("class_groups", ())
    row = PartDayOff.objects.create(
        term=term,
        **{"first_day": day, "last_day": day, "is_for_class_groups": bool(groups)} | columns,
    )
    row.class_groups.set(groups)
    return row
