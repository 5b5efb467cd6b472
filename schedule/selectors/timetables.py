"""Whose lessons a timetable holds, and who looks at it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db.models import Q

from accounts.enums import Role
from accounts.models import SchoolSettings, User
from accounts.permission_matrix import Relation
from schedule.access import TimetableChoice, general_relations
from schedule.models import Lesson, LessonQuerySet, Membership
from schedule.selectors.rows import LessonRow
from schedule.week_grid import FIRST_LUNAR_DAY, LAST_LUNAR_DAY, start_of_day


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


def lessons_of(choice: TimetableChoice, viewer: Viewer) -> LessonQuerySet:
    """The lessons of the timetable that was chosen, of all times."""
    if choice.is_own:
        return own_lessons(viewer.user)
    lessons = Lesson.objects.all() if choice.sees_drafts else Lesson.objects.visible()
    if choice.teacher is not None:
        lessons = lessons.filter(Q(teacher=choice.teacher) | Q(assistants=choice.teacher))
    if choice.class_group is not None:
        lessons = lessons.filter(class_groups=choice.class_group)
    return lessons.distinct()


def own_lessons(user: User) -> LessonQuerySet:
    """The lessons that a person teaches, assists or attends; drafts are left out."""
    return (
        Lesson.objects.visible()
        .filter(Q(teacher=user) | Q(assistants=user) | attended_by(user))
        .distinct()
    )


def attended_by(user: User) -> Q:
    """Lessons of the person's class groups, on days inside their memberships; one query."""
    attended = Q(pk__in=())
    memberships = Membership.objects.of_students().filter(user=user)
    for membership in memberships:
        inside = Q(class_groups=membership.class_group_id)
        # Days beyond the calendar mean "always"; there is no moment that stands for some of them.
        if membership.from_date is not None and membership.from_date > FIRST_LUNAR_DAY:
            inside &= Q(starts_at__gte=start_of_day(membership.from_date))
        if membership.to_date is not None and membership.to_date < LAST_LUNAR_DAY:
            day_after = membership.to_date + dt.timedelta(days=1)
            inside &= Q(starts_at__lt=start_of_day(day_after))
        attended |= inside
    return attended
