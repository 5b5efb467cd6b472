"""Lists of bell times beside a term's own, as rows."""

from __future__ import annotations

from typing import Any

from schedule.models import BellList, BellListTime, Term
from schedule.terms.bells.bell_times import read_bells


def add_list(term: Term, times: str, **conditions: Any) -> BellList:
    """Make a list of these times; takes `class_groups` and the columns of a list."""
    groups = conditions.pop("class_groups", ())
    usual = {
        "name": f"表{term.bell_lists.count()}",
        "is_for_class_groups": bool(groups or conditions.get("grades")),
    }
    row = BellList.objects.create(term=term, **usual | conditions)
    row.class_groups.set(groups)
    BellListTime.objects.bulk_create(
        BellListTime(bell_list=row, number=number, starts=span.starts, ends=span.ends)
        for number, span in enumerate(read_bells(times), start=1)
    )
    return row
