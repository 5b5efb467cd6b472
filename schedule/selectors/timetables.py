"""Whose lessons a timetable holds, and who looks at it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db.models import Q

from accounts.enums import Role
from accounts.models import SchoolSettings, User
from accounts.permission_matrix import Relation
from edu_platform.lib.statements import Statement
from schedule.access import TimetableChoice, general_relations
from schedule.models import ClassGroup, Lesson, LessonQuerySet, Membership
from schedule.selectors.rows import LessonRow
from schedule.week_grid import FIRST_LUNAR_DAY, LAST_LUNAR_DAY, start_of_day

_MEMBERSHIPS = Statement(lambda user_id: Membership.objects.of_students().filter(user=user_id))


@dataclass(frozen=True, slots=True)
class Viewer:
    """The viewer, as far as the cards need it, read once a page."""

    user: User
    school: SchoolSettings
    is_supervisor: bool
    # True on the person's own timetable: what they neither teach nor assist, they attend.
    attends_the_rest: bool
    # What they are to every lesson.
    general_relations: frozenset[Relation] = frozenset()

    def relation_to(self, lesson: LessonRow) -> Relation | None:
        """The relation by which the viewer would enter the lesson."""
        if lesson.teacher_id == self.user.pk:
            return Relation.LESSON_TEACHER
        if self.user.pk in lesson.assistant_ids:
            return Relation.ASSISTANT
        if self.attends_the_rest:
            return Relation.STUDENT
        return Relation.SUPERVISOR if self.is_supervisor else None

    def relations_to(self, lesson: LessonRow) -> frozenset[Relation]:
        relation = self.relation_to(lesson)
        return self.general_relations | (frozenset() if relation is None else {relation})


def viewer_of(user: User, *, is_own_timetable: bool) -> Viewer:
    return Viewer(
        user=user,
        school=SchoolSettings.load(),
        is_supervisor=user.has_role(Role.SUPERVISOR),
        attends_the_rest=is_own_timetable,
        general_relations=frozenset(general_relations(user)),
    )


@dataclass(frozen=True, slots=True)
class Timetable:
    """Whose lessons: those of all parts, in each of which an index finds the lessons of a period."""

    parts: tuple[LessonQuerySet, ...]

    def lessons(self, period: Q | None = None) -> LessonQuerySet:
        """Its lessons, of a period or of all times; each once, though several parts may have it."""
        parts = [part if period is None else part.filter(period) for part in self.parts]
        if len(parts) == 1:
            return parts[0]
        first, *others = (part.values("pk") for part in parts)
        return Lesson.objects.filter(pk__in=first.union(*others))


def timetable_of(choice: TimetableChoice, user: User) -> Timetable:
    """The timetable that was chosen."""
    if choice.is_own:
        return own_timetable(user)
    lessons = Lesson.objects.all() if choice.sees_drafts else Lesson.objects.visible()
    if choice.class_group is not None:
        lessons = lessons.filter(class_groups=choice.class_group)
    if choice.teacher is None:
        return Timetable((lessons,))
    return Timetable(
        (lessons.filter(teacher=choice.teacher), lessons.filter(assistants=choice.teacher))
    )


def own_timetable(user: User) -> Timetable:
    """The lessons that a person teaches, assists or attends; drafts are left out."""
    lessons = Lesson.objects.visible()
    taught, assisted = lessons.filter(teacher=user), lessons.filter(assistants=user)
    attended = attended_by(user)
    if attended is None:
        return Timetable((taught, assisted))
    return Timetable((taught, assisted, lessons.filter(attended)))


def own_lessons(user: User) -> LessonQuerySet:
    return own_timetable(user).lessons()


def attended_by(user: User) -> Q | None:
    """Lessons of the person's class groups, on days inside their memberships; one query.

    None when they are in no class group.
    """
    attended = None
    for membership in _MEMBERSHIPS.rows(user_id=user.pk):
        inside = Q(class_groups=membership.class_group_id)
        # Days beyond the calendar mean "always"; there is no moment that stands for some of them.
        if membership.from_date is not None and membership.from_date > FIRST_LUNAR_DAY:
            inside &= Q(starts_at__gte=start_of_day(membership.from_date))
        if membership.to_date is not None and membership.to_date < LAST_LUNAR_DAY:
            day_after = membership.to_date + dt.timedelta(days=1)
            inside &= Q(starts_at__lt=start_of_day(day_after))
        attended = inside if attended is None else attended | inside
    return attended


def teacher_choices() -> list[tuple[str, str]]:
    """Whose weeks can be chosen: username, and name with it."""
    teachers = User.objects.active().with_role(Role.TEACHER).order_by("display_name", "pk")
    return [
        (username, f"{name} ({username})")
        for username, name in teachers.values_list("username", "display_name")
    ]


def class_group_choices() -> list[str]:
    return list(ClassGroup.objects.active().order_by("name", "pk").values_list("name", flat=True))
