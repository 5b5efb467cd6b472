"""The only door from a request to a lesson: foreign and missing are the same 404.

Entering is the exception of the contract: there a foreign lesson is 403, because whoever has the
link of a class deserves to hear that they are not on its roster.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404
from django.utils import timezone

from accounts.enums import STAFF_ROLES, Role
from accounts.models import User
from accounts.permissions import Action, Relation, may
from schedule.enums import MembershipKind
from schedule.models import ClassGroup, Lesson, Membership


def general_relations(user: User) -> set[Relation]:
    """What a person is to every object."""
    relations = {Relation.ANYBODY}
    if user.has_role(Role.SUPERVISOR):
        relations.add(Relation.SUPERVISOR)
    if user.is_superuser or user.has_role(*STAFF_ROLES):
        relations.add(Relation.STAFF)
    return relations


def lesson_relations(user: User, lesson: Lesson) -> set[Relation]:
    """What a person is to one lesson. The lesson decides who teaches, not the role."""
    relations = general_relations(user)
    if lesson.teacher_id == user.pk:
        relations.add(Relation.LESSON_TEACHER)
    if user.pk in {assistant.pk for assistant in lesson.assistants.all()}:
        relations.add(Relation.ASSISTANT)
    if _is_student_of(user, lesson):
        relations.add(Relation.STUDENT)
    return relations


def get_lesson_for(user: User, code: str, action: Action = Action.SEE_LESSON) -> Lesson:
    """The lesson of this code, when the person may do this with it.

    Raises:
        Http404: there is none, or not for this person.
    """
    lesson = _find_lesson(code)
    relations = lesson_relations(user, lesson)
    if lesson.is_draft and not may(Action.SEE_DRAFT, relations):
        raise Http404
    if not may(action, relations):
        raise Http404
    return lesson


def get_lesson_to_enter(user: User, code: str) -> tuple[Lesson, Relation]:
    """The lesson of this code, and as what the person enters its class.

    Raises:
        Http404: there is none, or it is a draft.
        PermissionDenied: the person is not on its roster.
    """
    lesson = _find_lesson(code)
    if lesson.is_draft:
        raise Http404
    relation = entry_relation(lesson_relations(user, lesson))
    if relation is None:
        raise PermissionDenied
    return lesson, relation


def entry_relation(relations: Iterable[Relation]) -> Relation | None:
    """The strongest of the relations with which a person may enter."""
    held = set(relations)
    for relation in (
        Relation.LESSON_TEACHER,
        Relation.ASSISTANT,
        Relation.STUDENT,
        Relation.SUPERVISOR,
    ):
        if relation in held and may(Action.ENTER_LESSON, {relation}):
            return relation
    return None


def get_timetable_teacher(user: User, username: str) -> User:
    """The teacher whose week is asked for. Raises Http404 like everything else here."""
    _require_any_timetable(user)
    teacher = User.objects.with_role(Role.TEACHER).filter(username=username).first()
    if teacher is None:
        raise Http404
    return teacher


def get_timetable_class_group(user: User, name: str) -> ClassGroup:
    """The class group whose week is asked for; an archived one only when no active has the name."""
    _require_any_timetable(user)
    class_group = (
        ClassGroup.objects.filter(name=name).order_by("-archived_at", "-pk").last()
    )
    active = ClassGroup.objects.active().filter(name=name).first()
    if active is None and class_group is None:
        raise Http404
    return active or class_group  # type: ignore[return-value] # one of the two is there


def _require_any_timetable(user: User) -> None:
    if not may(Action.SEE_ANY_TIMETABLE, general_relations(user)):
        raise Http404


def _find_lesson(code: str) -> Lesson:
    lesson = (
        Lesson.objects.filter(code=code)
        .select_related("course", "teacher")
        .prefetch_related("assistants", "class_groups")
        .first()
    )
    if lesson is None:
        raise Http404
    return lesson


def _is_student_of(user: User, lesson: Lesson) -> bool:
    day = timezone.localdate(lesson.starts_at)
    return (
        Membership.objects.filter(
            user=user,
            kind=MembershipKind.STUDENT,
            class_group__in=lesson.class_groups.all(),
        )
        .filter(Q(from_date=None) | Q(from_date__lte=day), Q(to_date=None) | Q(to_date__gte=day))
        .exists()
    )
