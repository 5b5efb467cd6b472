"""The only door from a request to courseware: foreign and missing are the same 404."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection
from typing import Any

from django.db.models import Q, QuerySet
from django.http import Http404
from django.utils import timezone

from accounts.enums import Role
from accounts.models import User
from accounts.permissions import Action, Relation, may
from courseware.enums import Release
from courseware.models import Binding, CourseBinding, Courseware, Upload
from edu_platform.lib.statements import Statement
from schedule.access import general_relations
from schedule.enums import LessonState
from schedule.models import Lesson
from schedule.timetable.timetables import attended_by, own_lessons

CODE = re.compile(r"[0-9a-z]{1,16}", re.ASCII)


def school_relations(user: User) -> set[Relation]:
    """A person's relations to courseware in general: enough to decide whether they may upload."""
    relations = general_relations(user)
    if user.has_role(Role.TEACHER):
        relations.add(Relation.TEACHER)
    return relations


def courseware_relations(user: User, courseware: Courseware) -> set[Relation]:
    """A person's relations to one piece of courseware, and to the lessons that show it."""
    relations = school_relations(user)
    if courseware.owner_id == user.pk:
        relations.add(Relation.COURSEWARE_OWNER)
    if courseware.is_public and Relation.TEACHER in relations:
        relations.add(Relation.COLLEAGUE)
    if _TAUGHT_WITH.rows(courseware_id=courseware.pk, user_id=user.pk):
        relations.add(Relation.LESSON_TEACHER)
    if _ASSISTED_WITH.rows(courseware_id=courseware.pk, user_id=user.pk):
        relations.add(Relation.ASSISTANT)
    if released_to(user, timezone.now()).filter(courseware=courseware).exists():
        relations.add(Relation.RELEASED)
    return relations


def get_courseware_for(user: User, code: str, action: Action = Action.SEE_COURSEWARE) -> Courseware:
    """The courseware of this code, when the person may do this with it.

    Raises:
        Http404: there is none, or not for this person.
    """
    return get_with_relations(user, code, action)[0]


def get_with_relations(
    user: User, code: str, action: Action = Action.SEE_COURSEWARE
) -> tuple[Courseware, set[Relation]]:
    """The same with the person's relations to it, for pages that check more than one action.

    Raises:
        Http404: there is none, or not for this person.
    """
    # Programs may say anything, also text that databases refuse.
    courseware = _BY_CODE.first(code=code) if CODE.fullmatch(code) else None
    if courseware is None:
        raise Http404
    relations = courseware_relations(user, courseware)
    if not may(action, relations):
        raise Http404
    return courseware, relations


def _lessons_with(courseware_id: int) -> QuerySet[Lesson]:
    """The lessons that show this courseware."""
    bound = Binding.objects.kept().filter(courseware=courseware_id)
    return Lesson.objects.visible().filter(courseware_bindings__in=bound)


# A class opens its courseware at once.
_BY_CODE = Statement(
    lambda code: (
        Courseware.objects.kept()
        .filter(code=code)
        .select_related("owner", "uploaded_by", "coming__owner", "coming__uploaded_by")
    )
)
_TAUGHT_WITH = Statement(
    lambda courseware_id, user_id: (
        _lessons_with(courseware_id).filter(teacher=user_id).values_list("pk")[:1]
    )
)
_ASSISTED_WITH = Statement(
    lambda courseware_id, user_id: (
        _lessons_with(courseware_id).filter(assistants=user_id).values_list("pk")[:1]
    )
)


def sees_all_courseware(user: User) -> bool:
    return may(Action.SEE_ALL_COURSEWARE, school_relations(user))


def is_recipient(user: User) -> bool:
    """Tell whether a person only gets courseware from teachers, as students do."""
    return not (sees_all_courseware(user) or user.has_role(Role.TEACHER))


def has_only_received(relations: Collection[Relation]) -> bool:
    """Tell whether a person only has it because a teacher released it to them."""
    return not may(Action.SEE_COURSEWARE, set(relations) - {Relation.RELEASED})


def may_upload(user: User) -> bool:
    return may(Action.UPLOAD_COURSEWARE, school_relations(user))


def bindable_for(user: User) -> QuerySet[Courseware]:
    """The courseware a person may choose for a lesson.

    Their own; public ones too for teachers; any for staff.
    """
    kept = Courseware.objects.kept()
    relations = school_relations(user)
    if may(Action.CHOOSE_COURSEWARE, relations):
        return kept
    mine = Q(owner=user)
    if may(Action.CHOOSE_COURSEWARE, _with_colleagues(relations)):
        mine |= Q(is_public=True)
    return kept.filter(mine)


def _with_colleagues(relations: set[Relation]) -> set[Relation]:
    """A person's relations to the public courseware of others."""
    return relations | ({Relation.COLLEAGUE} if Relation.TEACHER in relations else set())


def get_bindable_for(user: User, code: str) -> Courseware:
    """The courseware of this code, when the person may choose it for a lesson.

    Raises:
        Http404: there is none, or not for this person.
    """
    found = bindable_for(user).filter(code=code).first()
    if found is None:
        raise Http404
    return found


def get_binding_of(lesson: Lesson, code: str) -> Binding:
    """The courseware of this code as the lesson, from its own door, has it.

    Raises:
        Http404: the lesson has none.
    """
    bound = Binding.objects.kept().filter(lesson=lesson, courseware__code=code)
    binding = bound.select_related("courseware__owner", "lesson").first()
    if binding is None:
        raise Http404
    return binding


def course_bindings_for(user: User, lesson: Lesson) -> QuerySet[CourseBinding]:
    """Return what the lesson's course brings into it, as far as this person may take it out of the course.

    Bindings to all lessons of a course are the staff's; those to one teacher's lessons are the
    teacher's too.
    """
    whose = Q(teacher=lesson.teacher_id)
    if may(Action.BIND_FOR_ALL_TEACHERS, school_relations(user)):
        whose |= Q(teacher=None)
    return CourseBinding.objects.filter(whose, course=lesson.course_id).order_by("pk")


def may_bind_for_all_teachers(user: User) -> bool:
    return may(Action.BIND_FOR_ALL_TEACHERS, school_relations(user))


def lessons_shown_to(user: User) -> QuerySet[Lesson]:
    """The lessons whose use of courseware a person may see."""
    relations = school_relations(user)
    if may(Action.SEE_DRAFT, relations):
        return Lesson.objects.all()
    if may(Action.SEE_ALL_COURSEWARE, relations):
        return Lesson.objects.visible()
    return own_lessons(user)


def course_bindings_shown_to(user: User) -> QuerySet[CourseBinding]:
    """The courses whose use of courseware a person may see.

    Those of their own lessons; all for staff.
    """
    if sees_all_courseware(user):
        return CourseBinding.objects.all()
    given = Lesson.objects.visible().filter(teacher=user).values("course")
    return CourseBinding.objects.filter(Q(teacher=user) | Q(teacher=None, course__in=given))


def courseware_for(user: User) -> QuerySet[Courseware]:
    """The courseware a person may list."""
    kept = Courseware.objects.kept()
    if sees_all_courseware(user):
        return kept
    # Subqueries: joins over lessons would list courseware once for each of them.
    bound = _BOUND_TO_HELD.as_subquery(user_id=user.pk)
    released = released_to(user, timezone.now()).values("courseware")
    mine = Q(owner=user) | Q(pk__in=bound) | Q(pk__in=released)
    return kept.filter(mine | Q(is_public=True) if user.has_role(Role.TEACHER) else mine)


def _bound_to_held(user_id: int) -> QuerySet[Binding, Any]:
    """The keys of the courseware of lessons that a person teaches or assists."""
    theirs = Q(teacher=user_id) | Q(assistants=user_id)
    held = Lesson.objects.visible().filter(theirs).values("pk")
    return Binding.objects.kept().filter(lesson__in=held).values("courseware")


_BOUND_TO_HELD = Statement(_bound_to_held)


def get_upload_for(user: User, code: str) -> Upload:
    """The upload of this code, when this person began it.

    Raises:
        Http404: there is none, or somebody else began it.
    """
    # A form may contain anything, also text that databases refuse.
    if not CODE.fullmatch(code):
        raise Http404
    upload = Upload.objects.filter(code=code, owner=user).first()
    if upload is None:
        raise Http404
    upload.owner = user
    return upload


def released_to(user: User, at: dt.datetime) -> QuerySet[Binding]:
    """The bindings by which a student may have courseware now: of lessons they attend."""
    attended = attended_by(user)
    if attended is None:
        return Binding.objects.none()
    lessons = Lesson.objects.visible().filter(attended).values("pk")
    return Binding.objects.kept().filter(released_at(at), lesson__in=lessons)


def released_at(at: dt.datetime) -> Q:
    """Bindings whose teacher lets students have the courseware at this moment.

    A cancelled lesson never ends, so "after class" releases nothing.
    """
    is_over = Q(lesson__ends_at__lte=at, lesson__state=LessonState.PUBLISHED)
    return Q(release=Release.BEFORE) | Q(release=Release.AFTER) & is_over
