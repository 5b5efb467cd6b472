"""Timetables: whose lessons they hold, who looks at them, and whether somebody has lessons to come."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import F, Q
from django.utils import timezone

from accounts.enums import Role
from accounts.models import SchoolSettings, User
from accounts.permissions import Relation
from edu_platform.lib.batches import in_batches
from edu_platform.lib.lookups import FoundIn
from edu_platform.lib.statements import Statement
from schedule.access import general_relations
from schedule.enums import LessonState
from schedule.lessons.access import TimetableChoice
from schedule.models import Lesson, LessonQuerySet, Membership
from schedule.timetable.timetable_rows import LessonRow
from schedule.week_grid import DAY, FIRST_LUNAR_DAY, LAST_LUNAR_DAY, start_of_day

# A membership without a first or a last day begins or ends with these.
ALWAYS_FROM = dt.datetime(1, 1, 2, tzinfo=dt.UTC)
ALWAYS_UNTIL = dt.datetime(9999, 12, 30, tzinfo=dt.UTC)

_MEMBERSHIPS = Statement(lambda user_id: Membership.objects.of_students().filter(user=user_id))


@dataclass(frozen=True, slots=True)
class Viewer:
    """The viewer, as far as the cards need it, read once a page."""

    user_id: int
    school: SchoolSettings
    is_supervisor: bool
    # True on the person's own timetable: what they neither teach nor assist, they attend.
    attends_the_rest: bool
    # What they are to every lesson.
    general_relations: frozenset[Relation] = frozenset()
    # The family of the person whose timetable it is: it enters nothing, and nothing leads it on.
    is_family: bool = False

    def relation_to(self, lesson: LessonRow) -> Relation | None:
        """Return the relation by which the viewer would enter the lesson; a family's, which enters none."""
        if self.is_family:
            return Relation.FAMILY
        if lesson.teacher_id == self.user_id:
            return Relation.LESSON_TEACHER
        if self.user_id in lesson.assistant_ids:
            return Relation.ASSISTANT
        if self.attends_the_rest:
            return Relation.STUDENT
        return Relation.SUPERVISOR if self.is_supervisor else None

    def relations_to(self, lesson: LessonRow) -> frozenset[Relation]:
        relation = self.relation_to(lesson)
        return self.general_relations | (frozenset() if relation is None else {relation})


def viewer_of(user: User, *, is_own_timetable: bool) -> Viewer:
    return Viewer(
        user_id=user.pk,
        school=SchoolSettings.load(),
        is_supervisor=user.has_role(Role.SUPERVISOR),
        attends_the_rest=is_own_timetable,
        general_relations=frozenset(general_relations(user)),
    )


def family_viewer(child: User, school: SchoolSettings) -> Viewer:
    """Return the viewer of a child's own timetable who is their family."""
    return Viewer(
        user_id=child.pk,
        school=school,
        is_supervisor=False,
        attends_the_rest=True,
        is_family=True,
    )


Parts = tuple[LessonQuerySet, ...]
PartsOf = Callable[..., Parts]


@dataclass(frozen=True, slots=True)
class Timetable:
    """The lessons of a timetable: those of all parts, in each of which an index finds the lessons of a period."""

    # One function for all timetables of a kind, so that a statement can be made of it.
    parts_of: PartsOf
    values: Mapping[str, int | dt.datetime]

    @property
    def class_group_ids(self) -> frozenset[int]:
        """Return the class groups that it was chosen or is attended by; none of a timetable of others."""
        keys = (value for name, value in self.values.items() if name.startswith("class_group"))
        return frozenset(key for key in keys if isinstance(key, int))

    def lessons(self, period: Q | None = None) -> LessonQuerySet:
        """Return its lessons, of a period or of all times."""
        return lessons_in(self.parts_of(**self.values), period)


def lessons_in(parts: Parts, period: Q | None = None) -> LessonQuerySet:
    """Return the lessons of a period, or of all times; each once, though several parts may have it."""
    inside = [part if period is None else part.filter(period) for part in parts]
    if len(inside) == 1:
        return inside[0]
    first, *others = (part.values("pk") for part in inside)
    return Lesson.objects.filter(FoundIn(F("pk"), first.union(*others)))


def timetable_of(choice: TimetableChoice, user: User) -> Timetable:
    """Return the timetable that was chosen."""
    return own_timetable(user) if choice.is_own else school_timetable(choice)


def school_timetable(choice: TimetableChoice) -> Timetable:
    """Return the lessons of the whole school, or of a teacher and class group among them that were chosen."""
    values = {"teacher": choice.teacher, "class_group": choice.class_group}
    keys = {name: chosen.pk for name, chosen in values.items() if chosen is not None}
    return Timetable(_chosen_with_drafts if choice.sees_drafts else _chosen, keys)


def whole_timetable(*, with_drafts: bool) -> Timetable:
    """Return the lessons of the whole school."""
    return Timetable(_chosen_with_drafts if with_drafts else _chosen, {})


def own_timetable(user: User) -> Timetable:
    """Return the lessons that a person teaches, assists or attends; drafts are left out."""
    return Timetable(_own, {"user": user.pk, **_memberships_of(user)})


def next_day_with_lessons(day: dt.date, timetable: Timetable) -> dt.date | None:
    """Return the first day after this one on which a lesson begins."""
    after = start_of_day(day + DAY)
    later = timetable.lessons(Q(starts_at__gte=after)).order_by("starts_at")
    starts_at = later.values_list("starts_at", flat=True).first()
    return None if starts_at is None else timezone.localdate(starts_at)


def own_lessons(user: User) -> LessonQuerySet:
    return own_timetable(user).lessons()


def attended_by(user: User) -> Q | None:
    """Return lessons of the person's class groups, on days inside their memberships; one query.

    None when they are in no class group.
    """
    memberships = _memberships_of(user)
    return _inside(memberships) if memberships else None


def _own(user: int, **memberships: Any) -> Parts:
    lessons = Lesson.objects.visible()
    parts = lessons.filter(teacher=user), lessons.filter(assistants=user)
    return (*parts, lessons.filter(_inside(memberships))) if memberships else parts


def _chosen(**whose: int) -> Parts:
    return _narrowed(Lesson.objects.visible(), **whose)


def _chosen_with_drafts(**whose: int) -> Parts:
    return _narrowed(Lesson.objects.all(), **whose)


def _narrowed(
    lessons: LessonQuerySet, *, teacher: int | None = None, class_group: int | None = None
) -> Parts:
    if class_group is not None:
        lessons = lessons.filter(class_groups=class_group)
    if teacher is None:
        return (lessons,)
    return lessons.filter(teacher=teacher), lessons.filter(assistants=teacher)


def _memberships_of(user: User) -> dict[str, int | dt.datetime]:
    """Return the person's class groups, each with the moments between which they are in it; one query."""
    values: dict[str, int | dt.datetime] = {}
    for number, membership in enumerate(_MEMBERSHIPS.rows(user_id=user.pk)):
        first, last = membership.from_date, membership.to_date
        values[f"class_group_{number}"] = membership.class_group_id
        # Days beyond the calendar mean "always"; there is no moment that stands for some of them.
        values[f"from_{number}"] = (
            start_of_day(first) if first is not None and first > FIRST_LUNAR_DAY else ALWAYS_FROM
        )
        values[f"until_{number}"] = (
            start_of_day(last + DAY) if last is not None and last < LAST_LUNAR_DAY else ALWAYS_UNTIL
        )
    return values


def _inside(memberships: Mapping[str, Any]) -> Q:
    """Return lessons of these class groups between these moments."""
    inside = [
        Q(
            class_groups=memberships[f"class_group_{number}"],
            starts_at__gte=memberships[f"from_{number}"],
            starts_at__lt=memberships[f"until_{number}"],
        )
        for number in range(len(memberships) // 3)
    ]
    return reduce(or_, inside)


def with_lessons_to_come(people: Collection[User], role: Role) -> set[int]:
    """Return the keys of teachers who are planned in a lesson that has not ended, also as assistants; drafts count."""
    if role != Role.TEACHER:
        return set()
    to_come = Lesson.objects.filter(ends_at__gt=timezone.now()).exclude(state=LessonState.CANCELLED)
    planned: set[int] = set()
    for keys in in_batches(person.pk for person in people):
        for column in ("teacher", "assistants"):
            lessons = to_come.order_by().filter(**{f"{column}__in": keys})
            planned.update(lessons.values_list(column, flat=True).distinct())
    return planned
