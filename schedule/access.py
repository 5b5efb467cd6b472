"""The only door from a request to a lesson: foreign and missing are the same 404.

Entering is the exception of the contract: there a foreign lesson is 403, because somebody who has the
link of a class deserves to hear that they are not on its roster.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from typing import Any, Protocol

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet, Value
from django.http import Http404
from django.utils import timezone

from accounts.enums import STAFF_ROLES, Role
from accounts.models import SchoolSettings, User
from accounts.permissions import Action, Relation, may
from edu_platform.lib.batches import in_batches
from edu_platform.lib.statements import Statement
from edu_platform.lib.text import storable_text
from schedule.models import LastEntry, Lesson, Membership


class RosterLesson(Protocol):
    """A lesson, as much as its roster needs to know: a model, or a row of the timetable."""

    @property
    def pk(self) -> int: ...
    @property
    def teacher_id(self) -> int: ...
    @property
    def starts_at(self) -> dt.datetime: ...
    @property
    def is_draft(self) -> bool: ...


def general_relations(user: User) -> set[Relation]:
    """A person's relations to every object."""
    relations = {Relation.ANYBODY}
    if user.has_role(Role.SUPERVISOR):
        relations.add(Relation.SUPERVISOR)
    if user.is_superuser or user.has_role(*STAFF_ROLES):
        relations.add(Relation.STAFF)
    if user.is_administrator:
        relations.add(Relation.ADMINISTRATOR)
    return relations


def lesson_relations(user: User, lesson: RosterLesson) -> set[Relation]:
    """A person's relations to one lesson. The lesson decides who teaches, not the role."""
    return lesson_relations_of([user], lesson)[user.pk]


def lesson_relations_of(users: Collection[User], lesson: RosterLesson) -> dict[int, set[Relation]]:
    """The relations of each of these people, by key, to one lesson.

    With prefetched roles, many cost no more queries than one: a single one.
    """
    relations_by_user = {user.pk: general_relations(user) for user in users}
    if lesson.teacher_id in relations_by_user:
        relations_by_user[lesson.teacher_id].add(Relation.LESSON_TEACHER)
    for user_id, relation in _taking_part(users, lesson):
        relations_by_user[user_id].add(Relation(relation))
    return relations_by_user


def get_lesson_for(user: User, code: str, action: Action = Action.SEE_LESSON) -> Lesson:
    """The lesson of this code, when the person may do this with it.

    Raises:
        Http404: there is none, or not for this person.
    """
    return get_lesson_with_relations(user, code, action)[0]


def get_lesson_with_relations(
    user: User, code: str, action: Action = Action.SEE_LESSON
) -> tuple[Lesson, set[Relation]]:
    """The same with the person's relations to it, for pages that check more than one action.

    Raises:
        Http404: there is none, or not for this person.
    """
    lesson = _find_lesson(code)
    return lesson, relations_for(user, lesson, action)


def relations_for(
    user: User, lesson: RosterLesson, action: Action = Action.SEE_LESSON
) -> set[Relation]:
    """The person's relations to a lesson that they may do this with; one query.

    Raises:
        Http404: they may not.
    """
    relations = lesson_relations(user, lesson)
    if lesson.is_draft and not may(Action.SEE_DRAFT, relations):
        raise Http404
    if not may(action, relations):
        raise Http404
    return relations


def may_see_day(user: User) -> bool:
    return may(Action.SEE_SCHOOL_DAY, general_relations(user))


def may_plan(user: User) -> bool:
    return may(Action.PLAN_LESSONS, general_relations(user))


def may_see_hours(user: User) -> bool:
    """Tell whether they may look at any hours, even if only at their own."""
    return may(Action.SEE_HOURS, relations_to_hours(user))


def relations_to_hours(user: User) -> set[Relation]:
    """Return a person's relations to the hours of teachers."""
    is_teacher = user.has_role(Role.TEACHER)
    return general_relations(user) | ({Relation.TEACHER} if is_teacher else set())


def relations_to_matrix(user: User, school: SchoolSettings) -> set[Relation]:
    """Return a person's relations to the timetable of all class groups and teachers."""
    is_reader = school.teachers_see_all_timetables and user.has_role(Role.TEACHER)
    return general_relations(user) | ({Relation.TIMETABLE_READER} if is_reader else set())


def may_see_matrix(user: User, school: SchoolSettings) -> bool:
    return may(Action.SEE_MATRIX, relations_to_matrix(user, school))


def require_matrix(user: User, school: SchoolSettings) -> frozenset[Relation]:
    """Let those pass who may look at the timetable of all class groups and teachers; return their relations to it.

    Raises:
        Http404: the person may not.
    """
    relations = relations_to_matrix(user, school)
    if not may(Action.SEE_MATRIX, relations):
        raise Http404
    return frozenset(relations)


def require(user: User, action: Action) -> None:
    """Let those pass who may do this in the whole school.

    Raises:
        Http404: the person may not.
    """
    if not may(action, general_relations(user)):
        raise Http404


def begins_with_day(user: User) -> bool:
    """Tell whether the person's start page is the school's day: they look after the school, and teach nothing."""
    return may_see_day(user) and not _teaches(user)


def begins_with_matrix(user: User) -> bool:
    """Tell whether the menu leads the person to the timetable of the whole school: their own is empty."""
    return begins_with_day(user)


def _teaches(user: User) -> bool:
    """Tell whether a person has lessons to teach or to assist in, also past ones.

    Every page asks. Only teachers are planned, so of those without that role no lesson is looked for.
    """
    return user.has_role(Role.TEACHER) and _TEACHES.first(user_id=user.pk) is not None


def get_lessons_to_plan(user: User, codes: Collection[str]) -> list[Lesson]:
    """The lessons of these codes with their people, in the order of pages, for who plans lessons.

    Raises:
        Http404: they may not, or there is none of one of the codes.
    """
    require(user, Action.PLAN_LESSONS)
    lessons: list[Lesson] = []
    for batch in in_batches(map(storable_text, codes)):
        lessons += _TO_PLAN.rows(codes=batch)
    if not lessons or len(lessons) != len(set(codes)):
        raise Http404
    return sorted(lessons, key=lambda lesson: (lesson.starts_at, lesson.pk))


def require_lessons_to_plan(user: User, codes: Collection[str]) -> None:
    """Let those pass who may plan lessons, where there are lessons of all these codes; cheap for thousands.

    Raises:
        Http404: as above.
    """
    require(user, Action.PLAN_LESSONS)
    batches = in_batches(map(storable_text, codes))
    count = sum(Lesson.objects.filter(code__in=batch).count() for batch in batches)
    if not count or count != len(set(codes)):
        raise Http404


def get_last_entered(user: User) -> tuple[Lesson, set[Relation]] | None:
    """The lesson whose class the person entered last, with their relations to it.

    None: they entered none yet, or may not see it any more.
    """
    code = LastEntry.objects.filter(user=user).values_list("lesson__code", flat=True).first()
    if code is None:
        return None
    try:
        return get_lesson_with_relations(user, code)
    except Http404:
        return None


def get_lesson_to_enter(user: User, code: str) -> tuple[Lesson, Relation]:
    """The lesson of this code, and the relation by which the person enters its class.

    Raises:
        Http404: there is none, or it is a draft.
        PermissionDenied: the person is not on its roster.
    """
    # Without what its page shows: a rush at the door reads this two thousand times a minute.
    lesson = Lesson.objects.filter(code=code).first()
    if lesson is None or lesson.is_draft:
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


def opens_at(starts_at: dt.datetime, relation: Relation, school: SchoolSettings) -> dt.datetime:
    """Return when a person may enter: students later than all others."""
    is_student = relation is Relation.STUDENT
    return starts_at - (school.student_window if is_student else school.teacher_window)


def _find_lesson(code: str) -> Lesson:
    lesson = _BY_CODE.first(code=code)
    if lesson is None:
        raise Http404
    return lesson


def _taking_part(users: Collection[User], lesson: RosterLesson) -> Iterable[tuple[int, str]]:
    """Return those of these people who assist or attend the lesson."""
    day = timezone.localdate(lesson.starts_at)
    user_ids = [user.pk for user in users]
    return _TAKING_PART.rows(lesson_id=lesson.pk, day=day, user_ids=user_ids)


def _taking_part_query(
    lesson_id: int, day: dt.date, user_ids: list[int]
) -> QuerySet[Any, tuple[int, str]]:
    assisting = Lesson.assistants.through.objects.filter(lesson_id=lesson_id, user__pk__in=user_ids)
    memberships = Membership.objects.of_students().on(day=day)
    attending = memberships.filter(user__pk__in=user_ids, class_group__lessons=lesson_id)
    return assisting.values_list("user", Value(Relation.ASSISTANT.value)).union(
        attending.values_list("user", Value(Relation.STUDENT.value))
    )


_TEACHES = Statement(
    lambda user_id: (
        Lesson.objects.filter(teacher=user_id)
        .values_list("pk")
        .union(Lesson.assistants.through.objects.filter(user=user_id).values_list("lesson"))[:1]
    )
)
_BY_CODE = Statement(
    lambda code: Lesson.objects.filter(code=code).select_related(
        "course", "teacher", "substitution__absent_teacher"
    )
)
_TO_PLAN = Statement(
    lambda codes: (
        Lesson.objects.filter(code__in=codes)
        .select_related("course", "teacher")
        .prefetch_related("assistants", "class_groups")
    )
)
_TAKING_PART = Statement(_taking_part_query)
