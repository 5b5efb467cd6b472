"""The next lessons of a person into which they could put a piece of courseware."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from accounts.models import User
from courseware import access
from courseware.models import Binding, Courseware
from schedule.enums import LessonState
from schedule.models import Lesson, class_group_names

SHOWN_NEXT_LESSONS = 5


@dataclass(frozen=True, slots=True)
class NextLesson:
    """A lesson to come, in which the courseware can be shown."""

    code: str
    title: str
    course: str
    class_groups: str
    starts_at: dt.datetime


def next_lessons(courseware: Courseware, user: User, at: dt.datetime) -> tuple[NextLesson, ...]:
    """The lessons that this person gives next and that do not have it yet; none when they may not choose it."""
    if not courseware.is_ready or not access.bindable_for(user).filter(pk=courseware.pk).exists():
        return ()
    there = Binding.objects.kept().filter(courseware=courseware).values("lesson")
    given = Lesson.objects.filter(teacher=user, state=LessonState.PUBLISHED, ends_at__gt=at)
    coming = given.exclude(pk__in=there).select_related("course").prefetch_related("class_groups")
    return tuple(
        NextLesson(
            code=lesson.code,
            title=lesson.title,
            course=lesson.course.name,
            class_groups=class_group_names(lesson.class_groups.all()),
            starts_at=lesson.starts_at,
        )
        for lesson in coming.in_page_order()[:SHOWN_NEXT_LESSONS]
    )
