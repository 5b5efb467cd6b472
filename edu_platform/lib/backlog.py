"""The number of things that wait for somebody, and since when, as pages for those who look after it say it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, DateTimeField, Min, QuerySet, Value

from edu_platform.lib.statements import Statement


@dataclass(frozen=True, slots=True)
class Backlog:
    """The number of rows, and since when the oldest is there, as far as that is known."""

    count: int
    since: dt.datetime | None


def backlog(
    rows: Callable[..., QuerySet[Any]], *, since: str = "", of: str = "pk"
) -> Callable[..., Backlog]:
    """Make a function that counts the rows of a query with their earliest moment, in one query.

    It takes the values that `rows` takes, as a statement does. `since` names the moment; without one no age
    is known. `of` names what is counted, where several rows may be about the same.
    """
    oldest: Any = Min(since) if since else Value(None, DateTimeField())
    statement = Statement(
        lambda **values: (
            rows(**values)
            .order_by()
            .values(all=Value(1))
            .annotate(count=Count(of, distinct=of != "pk"), since=oldest)
            .values_list("count", "since")
        )
    )
    return lambda **values: Backlog(*(statement.first(**values) or (0, None)))
