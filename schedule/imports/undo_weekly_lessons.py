"""Putting the weekly lessons of a term back as they were before a file, as far as they are as it left them.

Lessons follow with the term's plan, as they do after an import. Weekly lessons that somebody has changed since stay,
and so do those for which somebody is taken by now, or has left.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from edu_platform.lib.batches import in_batches, update_rows
from edu_platform.lib.progress import Phase, counted
from schedule.enums import WeeklyLessonSource
from schedule.lessons.locks import require_taking_part
from schedule.lessons.may_teach import cannot_teach
from schedule.models import (
    BellTime,
    ClassGroup,
    Course,
    ImportedFile,
    ImportedWeeklyLesson,
    PlannedLesson,
    Term,
    WeeklyLesson,
)
from schedule.terms.placements import ROLES_OF_PEOPLE, weekly_lessons_to_place
from schedule.terms.term_versions import touch
from schedule.terms.week_ranges import Weeks
from schedule.terms.weekly_lesson_writing import (
    WeeklyLessonPlan,
    delete_weekly_lessons,
    insert_weekly_lessons,
    plan_of,
    update_weekly_lessons,
)
from schedule.terms.weekly_overlaps import TakenWeeks

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
class Back:
    """A weekly lesson that becomes what it was; None: it is made again."""

    row: ImportedWeeklyLesson
    plan: WeeklyLessonPlan
    weekly_lesson: WeeklyLesson | None = None

    @property
    def source(self) -> WeeklyLessonSource:
        return WeeklyLessonSource(self.row.source_before)


@dataclass(frozen=True, slots=True)
class WeeklyLeftAlone:
    row: ImportedWeeklyLesson
    # As it is; None: it is not there.
    plan: WeeklyLessonPlan | None
    reason: WeeklyLeftReason


@dataclass(slots=True)
class WeeklyUndoing:
    deleted: list[WeeklyLesson] = field(default_factory=list)
    restored: list[Back] = field(default_factory=list)
    made_again: list[Back] = field(default_factory=list)
    left_alone: list[WeeklyLeftAlone] = field(default_factory=list)

    @property
    def changes_anything(self) -> bool:
        return bool(self.deleted or self.restored or self.made_again)

    def effects(self) -> tuple[object, ...]:
        """Return what a version is made of."""
        return (
            sorted(each.pk for each in self.deleted),
            [(back.row.pk, back.plan.version) for back in (*self.restored, *self.made_again)],
            [(left.row.pk, str(left.reason)) for left in self.left_alone],
        )


def undoing_of_weekly_lessons(file: ImportedFile, term: Term) -> WeeklyUndoing:
    """Return what undoing the import would do; a number of queries that hardly grows with it."""
    rows = list(file.weekly_lessons.order_by("pk"))
    weekly_lessons = weekly_lessons_to_place(term).prefetch_related(*ROLES_OF_PEOPLE)
    by_key = {each.pk: each for each in weekly_lessons.order_by("pk")}
    plans = {pk: plan_of(each) for pk, each in by_key.items()}
    parts = _Parts.of(rows, term)
    undoing = WeeklyUndoing()
    wanted: list[Back] = []
    for row in counted(rows, Phase.COMPARING, len(rows)):
        weekly_lesson = by_key.get(row.weekly_lesson_id or 0)
        now = None if weekly_lesson is None else plans[weekly_lesson.pk]
        if row.after is not None and (now is None or now.kept() != row.after):
            reason = WeeklyLeftReason.GONE if now is None else WeeklyLeftReason.CHANGED
            undoing.left_alone.append(WeeklyLeftAlone(row, now, reason))
        elif row.before is None and weekly_lesson is not None:
            undoing.deleted.append(weekly_lesson)
        elif row.before is not None:
            plan = parts.plan(row.before)
            if plan is None:
                undoing.left_alone.append(WeeklyLeftAlone(row, now, WeeklyLeftReason.LEFT))
            else:
                wanted.append(Back(row, plan, weekly_lesson))
    _take_places(undoing, wanted, by_key, plans, term)
    return undoing


def _take_places(
    undoing: WeeklyUndoing,
    wanted: Sequence[Back],
    by_key: Mapping[int, WeeklyLesson],
    plans: Mapping[int, WeeklyLessonPlan],
    term: Term,
) -> None:
    """Put back what fits beside the weekly lessons that stay; one that does not fit stays, and may be in the way too."""
    moving = {back.weekly_lesson.pk for back in wanted if back.weekly_lesson is not None}
    gone = {each.pk for each in undoing.deleted}
    taken = TakenWeeks(term)
    for pk, weekly_lesson in by_key.items():
        if pk not in gone and pk not in moving:
            taken.add(weekly_lesson, plans[pk])
    for back in wanted:
        now = back.weekly_lesson
        # What was at its place before the file, and is still there, was in nobody's way.
        keeps_place = now is not None and plans[now.pk].place == back.plan.place
        if taken.overlaps_of(back.plan, keeps_place=keeps_place):
            now_plan = None if now is None else plans[now.pk]
            undoing.left_alone.append(WeeklyLeftAlone(back.row, now_plan, WeeklyLeftReason.TAKEN))
            if now is not None:
                taken.add(now, plans[now.pk])
            continue
        taken.add(now or WeeklyLesson(term=term), back.plan, keeps_place=keeps_place)
        (undoing.restored if now is not None else undoing.made_again).append(back)


@dataclass(frozen=True, slots=True)
class _Parts:
    """Everything that weekly lessons of before were made of, as far as it is there."""

    courses: Mapping[int, Course]
    teachers: Mapping[int, User]
    class_groups: Mapping[int, ClassGroup]
    bells: Mapping[int, BellTime]

    @classmethod
    def of(cls, rows: Iterable[ImportedWeeklyLesson], term: Term) -> _Parts:
        keys: dict[str, set[int]] = defaultdict(set)
        for kept_plan in (row.before for row in rows if row.before is not None):
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


def undo_weekly_lessons(undoing: WeeklyUndoing, term: Term) -> None:
    """Do what was worked out of a term that is locked by now.

    Raises:
        ChangedMeanwhile: somebody has left since it was worked out.
    """
    back = [*undoing.restored, *undoing.made_again]
    require_taking_part(each.plan for each in back)
    delete_weekly_lessons(undoing.deleted)
    for source in WeeklyLessonSource:
        changed = [
            (each.weekly_lesson, each.plan)
            for each in undoing.restored
            if each.weekly_lesson is not None and each.source == source
        ]
        update_weekly_lessons(changed, source=source)
        again = [each for each in undoing.made_again if each.source == source]
        made = insert_weekly_lessons(term, [each.plan for each in again], source=source)
        _give_lessons_back(
            {pk: own for each, own in zip(again, made, strict=True) for pk in each.row.planned}
        )
    if undoing.changes_anything:
        touch(term)


def _give_lessons_back(weekly_lessons: Mapping[int, WeeklyLesson]) -> None:
    """Give weekly lessons the planned lessons with these keys, as far as they are nobody else's by now."""
    given_back: list[PlannedLesson] = []
    for keys in in_batches(weekly_lessons):
        rows = PlannedLesson.objects.filter(pk__in=keys, weekly_lesson=None)
        for planned in rows.select_for_update(no_key=True).order_by("pk"):
            planned.weekly_lesson = weekly_lessons[planned.pk]
            given_back.append(planned)
    update_rows(given_back, ["weekly_lesson"])
