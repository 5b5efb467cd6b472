"""The lessons, weekly lessons and robots of class groups, which stay with them whatever becomes of their members."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import replace

from django.db.models import Count
from django.urls import reverse
from django.utils import timezone

from edu_platform.lib.http import with_query
from schedule.lessons.use import Links, Use, use_of_each
from schedule.models import Channel, ClassGroup, Term
from schedule.week_grid import start_of_day


def bound_to(class_group: ClassGroup, *, since: dt.date) -> Use:
    """Return what a class group has from this day on, today from now on; four queries."""
    return bound_to_each([class_group], since=since)[class_group.pk]


def bound_to_each(class_groups: Collection[ClassGroup], *, since: dt.date) -> dict[int, Use]:
    """Return what each of these class groups has, by key; four queries for any number."""
    group_by_key = {group.pk: group for group in class_groups}
    links = Links(
        day=lambda pk, day: _week_of(group_by_key[pk], day),
        term=lambda pk, term: _page_of_term(group_by_key[pk], term),
    )
    at = max(start_of_day(since), timezone.now())
    uses = use_of_each("class_groups", group_by_key, at=at, links=links)
    channels = Channel.objects.filter(class_group__in=group_by_key).order_by()
    robots = dict(channels.values_list("class_group").annotate(count=Count("pk")))
    return {pk: replace(use, robots=robots.get(pk, 0)) for pk, use in uses.items()}


def _week_of(class_group: ClassGroup, day: dt.date) -> str:
    # The timetable finds class groups by name, and so only those in use.
    if class_group.archived_at is not None:
        return ""
    return with_query(reverse("schedule:week", args=[day]), {"class_group": class_group.name})


def _page_of_term(class_group: ClassGroup, term: Term) -> str:
    query = {} if class_group.archived_at else {"class_group": class_group.name}
    return with_query(reverse("schedule:term", args=[term.code]), query)
