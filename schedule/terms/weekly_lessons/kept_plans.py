"""Weekly lessons as they were kept to be put back: what they were made of, as far as it is there, and why one stays."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from edu_platform.lib.batches import in_batches
from schedule.lessons.may_teach import cannot_teach
from schedule.models import BellTime, ClassGroup, Course, Term
from schedule.terms.weekly_lessons.week_ranges import Weeks
from schedule.terms.weekly_lessons.writing import WeeklyLessonPlan

# A kept plan has their values as they are.
PLAIN_COLUMNS = ("weekday", "first_bell", "last_bell", "title", "room_type", "overlap_reason")

Row = TypeVar("Row")


class WeeklyLeftReason(models.TextChoices):
    """The reasons for which a weekly lesson stays as it is."""

    CHANGED = "changed", _("was changed again since")
    GONE = "gone", _("was removed since")
    LEFT = "left", _("its teacher, course or a class group is not there any more")
    TAKEN = "taken", _("somebody is in another weekly lesson at that time by now")


@dataclass(frozen=True, slots=True)
class PlanParts:
    """Everything that weekly lessons of before were made of, as far as it is there."""

    courses: Mapping[int, Course]
    teachers: Mapping[int, User]
    class_groups: Mapping[int, ClassGroup]
    bells: Mapping[int, BellTime]

    @classmethod
    def of(cls, kept_plans: Iterable[Mapping[str, Any]], term: Term) -> PlanParts:
        keys: dict[str, set[int]] = defaultdict(set)
        for kept_plan in kept_plans:
            keys["courses"].add(kept_plan["course"])
            keys["teachers"] |= {kept_plan["teacher"], *kept_plan["assistants"]}
            keys["class_groups"] |= set(kept_plan["class_groups"])
        users = User.objects.get_queryset().prefetch_related("role_grants")
        people: dict[int, User] = _in_bulk(users, keys["teachers"])
        return cls(
            _in_bulk(Course.objects.all(), keys["courses"]),
            {pk: user for pk, user in people.items() if cannot_teach(user) is None},
            _in_bulk(ClassGroup.objects.active(), keys["class_groups"]),
            {bell.number: bell for bell in term.bell_times.all()},
        )

    def plan(self, kept_plan: Mapping[str, Any]) -> WeeklyLessonPlan | None:
        """Return the plan that was kept, or None where a part of it is gone or may not teach."""
        course = self.courses.get(kept_plan["course"])
        teachers = _all_of(self.teachers, [kept_plan["teacher"], *kept_plan["assistants"]])
        class_groups = _all_of(self.class_groups, kept_plan["class_groups"])
        if course is None or teachers is None or class_groups is None:
            return None
        plain: dict[str, Any] = {name: kept_plan[name] for name in PLAIN_COLUMNS}
        plan = WeeklyLessonPlan(
            course=course,
            teacher=teachers[0],
            assistants=teachers[1:],
            class_groups=class_groups,
            weeks=Weeks(kept_plan["weeks"]),
            record_mode=kept_plan["record_mode"],
            starts=dt.time.fromisoformat(kept_plan["starts"]),
            ends=dt.time.fromisoformat(kept_plan["ends"]),
            **plain,
        )
        if self._has_bells(plan):
            return plan
        return dataclasses.replace(plan, first_bell=None, last_bell=None)

    def _has_bells(self, plan: WeeklyLessonPlan) -> bool:
        """Tell whether the periods of a plan still have its times."""
        if plan.first_bell is None or plan.last_bell is None:
            return True
        first, last = self.bells.get(plan.first_bell), self.bells.get(plan.last_bell)
        return (
            first is not None
            and last is not None
            and (first.starts, last.ends) == (plan.starts, plan.ends)
        )


def _all_of(rows: Mapping[int, Row], keys: Sequence[int]) -> tuple[Row, ...] | None:
    """Return the rows with these keys, in their order; None where one of them is missing."""
    there = tuple(rows[key] for key in keys if key in rows)
    return there if len(there) == len(keys) else None


def _in_bulk(rows: models.QuerySet[Any], keys: Iterable[int]) -> dict[int, Any]:
    by_key: dict[int, Any] = {}
    for some in in_batches(keys):
        by_key.update({row.pk: row for row in rows.filter(pk__in=some)})
    return by_key
