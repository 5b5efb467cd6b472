"""The only door from a request to a lesson: foreign and missing are the same 404.

Entering is the exception of the contract: there a foreign lesson is 403, because somebody who has the
link of a class deserves to hear that they are not on its roster.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet, Subquery, Value
from django.http import Http404
from django.utils import timezone

from accounts.enums import STAFF_ROLES, Role
from accounts.models import SchoolSettings, User
from accounts.permissions import Action, Relation, may
from edu_platform.lib.statements import Statement
from edu_platform.lib.text import storable_text
from schedule.enums import ActionOrigin, ImportTopic
from schedule.models import (
    Channel,
    CheckedFile,
    CheckedRows,
    ClassGroup,
    LastEntry,
    Lesson,
    Membership,
    Pattern,
    PlanningAction,
    Term,
)


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
    return relations


def lesson_relations(user: User, lesson: RosterLesson) -> set[Relation]:
    """A person's relations to one lesson. The lesson decides who teaches, not the role."""
    return lesson_relations_of([user], lesson)[user.pk]


def lesson_relations_of(users: Collection[User], lesson: RosterLesson) -> dict[int, set[Relation]]:
    """The relations of each of these people, by key, to one lesson.

    With prefetched roles, many cost no more queries than one: a single one.
    """
    found = {user.pk: general_relations(user) for user in users}
    if lesson.teacher_id in found:
        found[lesson.teacher_id].add(Relation.LESSON_TEACHER)
    for user_id, relation in _taking_part(users, lesson):
        found[user_id].add(Relation(relation))
    return found


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


def require(user: User, action: Action) -> None:
    """Let those pass who may do this in the whole school.

    Raises:
        Http404: the person may not.
    """
    if not may(action, general_relations(user)):
        raise Http404


def begins_with_day(user: User) -> bool:
    """Whether the school's day is the person's start page: they look after the school, and teach nothing."""
    return may_see_day(user) and _TEACHES.first(user_id=user.pk) is None


def get_lessons_to_plan(user: User, codes: Collection[str]) -> list[Lesson]:
    """The lessons of these codes with their people, in the order of pages, for who plans lessons.

    Raises:
        Http404: they may not, or there is none of one of the codes.
    """
    require(user, Action.PLAN_LESSONS)
    found = Lesson.objects.filter(code__in=map(storable_text, codes)).in_page_order()
    lessons = list(
        found.select_related("course", "teacher").prefetch_related("assistants", "class_groups")
    )
    if not lessons or len(lessons) != len(set(codes)):
        raise Http404
    return lessons


def get_term_for(user: User, code: str) -> Term:
    """The term of this code, for who plans lessons.

    Raises:
        Http404: there is none, or they may not.
    """
    require(user, Action.PLAN_LESSONS)
    term = Term.objects.filter(code=code).first()
    if term is None:
        raise Http404
    return term


def class_groups_taught_by(user: User) -> QuerySet[ClassGroup]:
    """The class groups of which a person is class teacher today, for what that allows."""
    if not _may_help_class_groups(user):
        return ClassGroup.objects.none()
    return _taught_by(user.pk, timezone.localdate()).order_by("name")


def _may_help_class_groups(user: User) -> bool:
    return user.has_role(Role.TEACHER) and may(
        Action.RESET_START_PASSWORD, {Relation.CLASS_TEACHER}
    )


def _taught_by(user_id: int, day: dt.date) -> QuerySet[ClassGroup]:
    own = Membership.objects.of_class_teachers().on(day=day).filter(user_id=user_id)
    return ClassGroup.objects.active().filter(pk__in=own.values("class_group"))


def is_class_teacher(user: User) -> bool:
    """Whether `class_groups_taught_by` finds any; one query, and none of who cannot be one."""
    if not _may_help_class_groups(user):
        return False
    return _TAUGHT.first(user_id=user.pk, day=timezone.localdate()) is not None


def get_class_group(user: User, code: str) -> ClassGroup:
    """The class group of this code, when the person is its class teacher.

    Raises:
        Http404: there is none, or not for this person.
    """
    class_group = class_groups_taught_by(user).filter(code=code).first()
    if class_group is None:
        raise Http404
    return class_group


def channels_for(user: User) -> QuerySet[Channel]:
    """The channels that a person looks after: all, or none."""
    is_theirs = may(Action.MANAGE_CHANNELS, general_relations(user))
    return Channel.objects.all() if is_theirs else Channel.objects.none()


def get_channel(user: User, code: str) -> Channel:
    """The channel of this code, for those who look after channels.

    Raises:
        Http404: there is none, or not for this person.
    """
    channel = channels_for(user).select_related("class_group").filter(code=code).first()
    if channel is None:
        raise Http404
    return channel


def get_pattern_for(user: User, term_code: str, code: str) -> Pattern:
    """The weekly lesson of these codes, with its term, for those who plan lessons.

    Raises:
        Http404: there is none, or not for this person.
    """
    require(user, Action.PLAN_LESSONS)
    of_term = Pattern.objects.filter(term__code=term_code, code=code)
    pattern = of_term.select_related("term", "course", "teacher").first()
    if pattern is None:
        raise Http404
    return pattern


def get_planning_action(code: str) -> PlanningAction:
    """What somebody did to the timetable; who sees what of it is said by `selectors.timetable_changes`.

    Raises:
        Http404: there is none.
    """
    found = PlanningAction.objects.select_related("by", "undoes", "undone_by__by")
    action = found.filter(code=code).first()
    if action is None:
        raise Http404
    return action


def get_import_of_lessons(user: User, code: str) -> PlanningAction:
    """What an import did to the timetable, for who plans lessons and may undo it.

    Raises:
        Http404: there is none of this code, or not for this person.
    """
    require(user, Action.PLAN_LESSONS)
    action = get_planning_action(code)
    if action.origin != ActionOrigin.IMPORT:
        raise Http404
    return action


def find_checked_file(
    user: User, topic: ImportTopic, code: str, *, at: dt.datetime
) -> CheckedFile | None:
    """The file that this person had checked, while it is kept; nobody else's."""
    return (
        CheckedFile.objects.kept(at=at)
        .filter(user=user, topic=topic, code=storable_text(code))
        .first()
    )


def find_checked_rows(
    user: User, topic: ImportTopic, code: str, *, at: dt.datetime
) -> CheckedRows | None:
    """What the check of this person's file found, while it is kept."""
    return (
        CheckedRows.objects.kept(at=at)
        .filter(user=user, topic=topic, code=storable_text(code))
        .first()
    )


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
    """When a person may enter: students later than all others."""
    is_student = relation is Relation.STUDENT
    return starts_at - (school.student_window if is_student else school.teacher_window)


@dataclass(frozen=True, slots=True)
class TimetableChoice:
    """Whose timetable is looked at; the person's own unless a teacher or class group is named."""

    may_choose: bool
    sees_drafts: bool
    may_plan: bool = False
    teacher: User | None = None
    class_group: ClassGroup | None = None

    @property
    def is_own(self) -> bool:
        return self.teacher is None and self.class_group is None

    @property
    def names(self) -> list[str]:
        """Who was chosen, in the words of their school; empty for the person's own."""
        teacher = self.teacher.display_name if self.teacher is not None else ""
        class_group = self.class_group.name if self.class_group is not None else ""
        return [name for name in (teacher, class_group) if name]

    def as_query(self) -> dict[str, str]:
        query = {}
        if self.teacher is not None:
            query["teacher"] = self.teacher.username
        if self.class_group is not None:
            query["class_group"] = self.class_group.name
        return query


def get_timetable_choice(user: User, query: Mapping[str, str]) -> TimetableChoice:
    """Read `teacher` and `class_group` of an address; empty values count as absent.

    Raises:
        Http404: no such teacher or class group, or the person may not look at others' weeks.
    """
    relations = general_relations(user)
    may_choose = may(Action.SEE_ANY_TIMETABLE, relations)
    username, name = query.get("teacher", ""), query.get("class_group", "")
    # A NUL is in nobody's name, and PostgreSQL takes none in a question.
    if ((username or name) and not may_choose) or "\0" in username + name:
        raise Http404
    if username and name:
        teacher, class_group = _find_both(username, name)
    else:
        teacher = _find_teacher(username) if username else None
        class_group = _find_class_group(name) if name else None
    return TimetableChoice(
        may_choose=may_choose,
        sees_drafts=may(Action.SEE_DRAFT, relations),
        may_plan=may(Action.PLAN_LESSONS, relations),
        teacher=teacher,
        class_group=class_group,
    )


def _find_both(username: str, name: str) -> tuple[User | None, ClassGroup | None]:
    """Both by one query: a page that follows this week asks for them again and again."""
    named = ClassGroup.objects.active().filter(name=name).values("pk")[:1]
    teachers = User.objects.with_role(Role.TEACHER).filter(username=username)
    teacher = teachers.annotate(named=Subquery(named)).first()
    class_group_id = None if teacher is None else teacher.named  # type: ignore[attr-defined] # annotated
    if class_group_id is None:
        raise Http404
    return teacher, ClassGroup(pk=class_group_id, name=name)


def _find_teacher(username: str) -> User:
    teacher = User.objects.with_role(Role.TEACHER).filter(username=username).first()
    if teacher is None:
        raise Http404
    return teacher


def _find_class_group(name: str) -> ClassGroup:
    class_group = ClassGroup.objects.active().filter(name=name).first()
    if class_group is None:
        raise Http404
    return class_group


def _find_lesson(code: str) -> Lesson:
    lesson = _BY_CODE.first(code=code)
    if lesson is None:
        raise Http404
    return lesson


def _taking_part(users: Collection[User], lesson: RosterLesson) -> Iterable[tuple[int, str]]:
    """Who of these people assists or attends the lesson."""
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
    lambda code: Lesson.objects.filter(code=code).select_related("course", "teacher")
)
_TAUGHT = Statement(lambda user_id, day: _taught_by(user_id, day).values_list("pk")[:1])
_TAKING_PART = Statement(_taking_part_query)
