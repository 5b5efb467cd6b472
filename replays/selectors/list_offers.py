"""Offers above the list of replays: values for its filters, and exports."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db.models import Exists, OuterRef, QuerySet, Value

from accounts.models import User
from edu_platform.lib.statements import Statement, as_part
from replays.models import Replay
from replays.search.filters import Filters
from schedule.models import ClassGroup, Course, Lesson

# Offered as a filter; query parameters may name older ones.
LATELY = dt.timedelta(days=400)


@dataclass(frozen=True, slots=True)
class Exports:
    """Addresses of the exports, by format: of what the list shows; without a state chosen, also of everything."""

    shown: dict[str, str]
    everything: dict[str, str]


def exports_of(filters: Filters, path: str) -> Exports:
    """The exports of the replays that fit."""
    query = filters.as_query()
    query.pop("sort", None)
    everything = {} if filters.state else _export_addresses(path, {**query, "everything": "1"})
    return Exports(shown=_export_addresses(path, query), everything=everything)


def _export_addresses(path: str, query: Mapping[str, str]) -> dict[str, str]:
    return {kind: f"{path}?{urlencode({'format': kind, **query})}" for kind in ("xlsx", "csv")}


def teacher_choices() -> list[tuple[str, str]]:
    """Return those who taught any replay: username and name."""
    return _TEACHERS.rows()


_TEACHERS = Statement(
    lambda: (
        User.objects.filter(Exists(Replay.objects.filter(teacher=OuterRef("pk"))))
        .order_by("name_key", "username")
        .values_list("username", "display_name")
    )
)
_OF_SCHOOL = Statement(
    lambda: (
        ClassGroup.objects.order_by()
        .values_list(Value(value=False), "name_key", "name")
        .union(Course.objects.order_by().values_list(Value(value=True), "name_key", "name"))
    )
)


@dataclass(frozen=True, slots=True)
class LessonChoices:
    """The names of the class groups and courses that lessons have."""

    class_groups: list[str]
    courses: list[str]


def lesson_choices(replays: QuerySet[Replay] | None, *, at: dt.datetime) -> LessonChoices:
    """Those of the lessons that these replays lately had; without replays, all of the school. One query."""
    rows = _OF_SCHOOL.rows() if replays is None else list(_names_of(replays, at=at))
    in_order = sorted((bytes(key), name, is_course) for is_course, key, name in rows)
    return LessonChoices(
        class_groups=[name for _key, name, is_course in in_order if not is_course],
        courses=[name for _key, name, is_course in in_order if is_course],
    )


def _names_of(
    replays: QuerySet[Replay], *, at: dt.datetime
) -> QuerySet[Any, tuple[bool, bytes, str]]:
    mine = Lesson.objects.filter(pk__in=replays.order_by().values("lesson"))
    lately = as_part(mine.filter(starts_at__gte=at - LATELY).values("pk"))
    attending = Lesson.class_groups.through.objects.filter(lesson__pk__in=lately)
    groups = attending.values_list(Value(value=False), "classgroup__name_key", "classgroup__name")
    lessons = Lesson.objects.filter(pk__in=lately)
    return groups.union(lessons.values_list(Value(value=True), "course__name_key", "course__name"))
