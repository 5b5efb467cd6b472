"""School years in tests: begun by the proposals or by hand, and everything of the school that they write."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db.models import Model

from accounts.models import User
from replays.models import Retention
from schedule.models import (
    BellListClassGroup,
    Channel,
    ClassGroup,
    Membership,
    PartDayOffClassGroup,
    SchoolYear,
    WeeklyLessonClassGroup,
)
from schedule.school_year.proposals import proposed_rows, top_grades
from schedule.school_year.wish import WishedRow, YearWish
from schedule.school_year.writing import begin_school_year

TABLES: tuple[type[Model], ...] = (
    *(ClassGroup, Membership, WeeklyLessonClassGroup, Channel),
    *(BellListClassGroup, PartDayOffClassGroup, Retention),
)


def proposed_wish(first_day: dt.date, **changed: WishedRow) -> YearWish:
    """Return the wish that the page proposes, but for class groups that are named."""
    groups = list(ClassGroup.objects.active())
    names = [group.name for group in groups]
    leaving = {top.grade for top in top_grades(names) if top.leaves}
    rows = proposed_rows(names, leaving) | changed
    return YearWish(first_day, {group.pk: rows[group.name] for group in groups})


def begin(first_day: dt.date, *, by: User, **changed: WishedRow) -> SchoolYear:
    return begin_school_year(proposed_wish(first_day, **changed), by=by)


def rows_of_school() -> dict[str, list[dict[str, Any]]]:
    """Return every row that a school year may write, but for its own, the audit log and notices."""
    return {
        model.__name__: list(model._default_manager.order_by("pk").values()) for model in TABLES
    }


def stays_of(user: User) -> list[tuple[str, dt.date | None, dt.date | None]]:
    """Return the memberships of somebody, the first one first."""
    rows = Membership.objects.filter(user=user).order_by("pk")
    return list(rows.values_list("class_group__name", "from_date", "to_date"))
