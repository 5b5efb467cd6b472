"""Choice of a timetable: those that somebody may look at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Subquery
from django.http import Http404

from accounts.enums import Role
from accounts.models import User
from accounts.permissions import Action, may
from edu_platform.lib.statements import Statement
from edu_platform.lib.text import storable_text
from schedule.access import general_relations, require
from schedule.models import ClassGroup

# What `school` of an address says when the whole school is meant.
WHOLE_SCHOOL = "1"


@dataclass(frozen=True, slots=True)
class TimetableChoice:
    """The timetable that is looked at; the person's own unless others' was asked for.

    A teacher or class group that is named narrows the whole school.
    """

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
        """Return the chosen names, in the words of their school; none for the person's own."""
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


def asks_for_whole_school(query: Mapping[str, str]) -> bool:
    """Tell whether an address means the whole school, which a teacher or class group would narrow."""
    is_narrowed = query.get("teacher") or query.get("class_group")
    return query.get("school") == WHOLE_SCHOOL and not is_narrowed


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


def get_class_groups_to_print(user: User, names: Sequence[str]) -> list[ClassGroup]:
    """The active class groups of these names, or all of them, by name.

    Raises:
        Http404: there is none of one of the names, or the person may not look at others' weeks.
    """
    require(user, Action.SEE_ANY_TIMETABLE)
    active = ClassGroup.objects.active().order_by("name_key", "pk")
    if not names:
        return list(active)
    class_groups = list(active.filter(name__in=map(storable_text, names)))
    if len(class_groups) != len(set(names)):
        raise Http404
    return class_groups


def get_absent_teacher(user: User, username: str) -> User:
    """Return the person whose absence a planner looks after: also somebody who teaches no more, and still has lessons.

    Raises:
        Http404: nobody has this username, or the person plans no lessons.
    """
    require(user, Action.PLAN_LESSONS)
    return get_person(username)


def get_person(username: str) -> User:
    """Anybody, also somebody who has left. Ask first whether the user may look at others.

    Raises:
        Http404: nobody has this username.
    """
    person = User.objects.get_queryset().filter(username=storable_text(username)).first()
    if person is None:
        raise Http404
    return person


def _find_both(username: str, name: str) -> tuple[User | None, ClassGroup | None]:
    """Both by one query: a page that follows this week asks for them again and again."""
    teacher = _TEACHER_AND_GROUP.first(username=username, name=name)
    class_group_id = None if teacher is None else teacher.named  # type: ignore[attr-defined] # annotated
    if class_group_id is None:
        raise Http404
    return teacher, ClassGroup(pk=class_group_id, name=name)


def _find_teacher(username: str) -> User:
    teacher = _TEACHER.first(username=username)
    if teacher is None:
        raise Http404
    return teacher


def _find_class_group(name: str) -> ClassGroup:
    class_group = _CLASS_GROUP.first(name=name)
    if class_group is None:
        raise Http404
    return class_group


_TEACHER = Statement(
    lambda username: User.objects.with_role(Role.TEACHER).filter(username=username)
)
_CLASS_GROUP = Statement(lambda name: ClassGroup.objects.active().filter(name=name))
_TEACHER_AND_GROUP = Statement(
    lambda username, name: (
        User.objects.with_role(Role.TEACHER)
        .filter(username=username)
        .annotate(named=Subquery(ClassGroup.objects.active().filter(name=name).values("pk")[:1]))
    )
)
