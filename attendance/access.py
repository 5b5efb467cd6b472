"""The only door from a request to somebody's attendance: foreign and missing are the same 404."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.http import Http404

from accounts.models import User
from accounts.permissions import Action, Relation, may
from edu_platform.lib.text import storable_text
from schedule.access import general_relations, get_lesson_with_relations
from schedule.class_groups.access import class_groups_taught_by
from schedule.courses.access import get_course_for
from schedule.models import ClassGroup, Course, Lesson, Membership


@dataclass(frozen=True, slots=True)
class SeenLesson:
    """A lesson whose attendance somebody sees, and what they are to it."""

    lesson: Lesson
    relations: frozenset[Relation]
    # Those of its class groups of which they are the class teacher today.
    own_class_groups: frozenset[int]


def get_lesson_for(user: User, code: str) -> SeenLesson:
    """Return the lesson of this code, when the person may see who was there.

    Raises:
        Http404: there is none, or not for this person.
    """
    lesson, relations = get_lesson_with_relations(user, code, Action.USE_PLATFORM)
    own_class_groups = _own_class_groups(user, lesson)
    if own_class_groups:
        relations.add(Relation.CLASS_TEACHER)
    if not may(Action.SEE_ATTENDANCE, relations):
        raise Http404
    return SeenLesson(lesson, frozenset(relations), own_class_groups)


def lessons_seen_by(user: User) -> QuerySet[Lesson]:
    """Select the lessons whose attendance a person sees, as `get_lesson_for` opens one."""
    if may(Action.SEE_ATTENDANCE, general_relations(user)):
        return Lesson.objects.all()
    taught = class_groups_taught_by(user).order_by().values("pk")
    lessons_by_relation = {
        Relation.LESSON_TEACHER: Q(teacher=user),
        Relation.ASSISTANT: Q(assistants=user),
        Relation.CLASS_TEACHER: Q(class_groups__in=taught),
    }
    theirs = Q(pk__in=[])
    for relation, lessons in lessons_by_relation.items():
        if may(Action.SEE_ATTENDANCE, {relation}):
            theirs |= lessons
    return Lesson.objects.filter(theirs)


def _own_class_groups(user: User, lesson: Lesson) -> frozenset[int]:
    taught = class_groups_taught_by(user).filter(lessons=lesson)
    return frozenset(taught.order_by().values_list("pk", flat=True))


# --- Class groups and their students --------------------------------------------------------------


def class_group_relations(user: User, class_group: ClassGroup) -> set[Relation]:
    """Return a person's relations to one class group."""
    relations = general_relations(user)
    if class_groups_taught_by(user).filter(pk=class_group.pk).exists():
        relations.add(Relation.CLASS_TEACHER)
    return relations


def get_class_group_for(user: User, code: str) -> ClassGroup:
    """Return the class group of this code, archived ones too, when the person may see the attendance of all of it.

    Raises:
        Http404: there is none, or not for this person.
    """
    class_group = ClassGroup.objects.filter(code=storable_text(code)).first()
    if class_group is None:
        raise Http404
    if not may(Action.SEE_CLASS_ATTENDANCE, class_group_relations(user, class_group)):
        raise Http404
    return class_group


def class_groups_seen_by(user: User) -> list[ClassGroup]:
    """Return the class groups whose attendance somebody sees: all active ones, or those of a class teacher; by name."""
    if sees_all_attendance(user):
        return list(ClassGroup.objects.active().order_by("name_key", "pk"))
    return list(class_groups_taught_by(user))


@dataclass(frozen=True, slots=True)
class SeenStudent:
    """A student whose attendance somebody sees, and in which class groups; None: in all."""

    student: User
    in_class_groups: list[ClassGroup] | None = None


def get_student_for(user: User, code: str) -> SeenStudent:
    """Return the person of this code; class teachers see what lessons of their own class groups were for them.

    Raises:
        Http404: there is nobody, or not for this person.
    """
    student = User.objects.get_queryset().filter(code=storable_text(code)).first()
    if student is None:
        raise Http404
    if sees_all_attendance(user):
        return SeenStudent(student)
    memberships = Membership.objects.of_students().filter(user=student)
    own = class_groups_taught_by(user).filter(pk__in=memberships.values("class_group"))
    class_groups = list(own)
    if not class_groups or not may(Action.SEE_CLASS_ATTENDANCE, {Relation.CLASS_TEACHER}):
        raise Http404
    return SeenStudent(student, class_groups)


def sees_all_attendance(user: User) -> bool:
    """Tell whether the person sees the attendance of every class group."""
    return may(Action.SEE_CLASS_ATTENDANCE, general_relations(user))


# --- The school -----------------------------------------------------------------------------------


def may_export(user: User) -> bool:
    return may(Action.EXPORT_ATTENDANCE, general_relations(user))


def require(user: User, action: Action) -> None:
    """Let those pass who may do this in the whole school.

    Raises:
        Http404: the person may not.
    """
    if not may(action, general_relations(user)):
        raise Http404


def get_course_to_rule(user: User, code: str) -> Course:
    """Return the course of this code, for who sets the rules by which it is counted.

    Raises:
        Http404: there is none, or they may not.
    """
    require(user, Action.SET_ATTENDANCE_RULES)
    return get_course_for(user, code)
