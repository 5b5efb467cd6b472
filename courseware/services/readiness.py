"""Courseware that is not ready: teachers are told shortly before class, once a lesson, and owners once a try."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from hashlib import sha256

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from accounts.services.notices import notify
from courseware.models import Binding, BindingQuerySet, Courseware, CoursewareQuerySet
from courseware.notices import (
    FAILED_NOTICE,
    SEVERAL_UNREADY_NOTICE,
    UNREADY_NOTICE,
    VERSION_FAILED_NOTICE,
)
from courseware.polling_times import IN_PROGRESS
from edu_platform.lib.backlog import Backlog, backlog
from edu_platform.lib.due import Rules, each
from schedule.enums import LessonState
from schedule.hooks import SeenLesson
from schedule.models import LONGEST_LESSON, Lesson, LessonQuerySet

SOON = dt.timedelta(hours=24)
# What was uploaded so lately and is on its way is news to nobody: most of it is ready before that.
GRACE = dt.timedelta(minutes=10)
# Nothing is asked of anybody else: the limit keeps a run from being stopped half way.
RULES = Rules(name="lessons with courseware that is not ready", limit_s=120.0)


def is_near(lesson: SeenLesson, at: dt.datetime) -> bool:
    """Tell whether the lesson takes place, is not over, and begins within a day."""
    return lesson.is_published and at < lesson.ends_at and lesson.starts_at < at + SOON


def tell_of_unready(at: dt.datetime) -> int:
    """Tell the teachers of near lessons with courseware that is not ready; return how many were told.

    Safe to repeat: nobody is told twice of one lesson.
    """
    near = list(_near_lessons(at))
    names = _unready_names(near)
    told = 0

    def tell(lesson: Lesson) -> None:
        nonlocal told
        told += _notify_teacher(lesson, names[lesson.pk], at)

    each(RULES, (lesson for lesson in near if names[lesson.pk]), tell, at)
    return told


def _notify_teacher(lesson: Lesson, names: Sequence[str], at: dt.datetime) -> bool:
    local = timezone.localtime(lesson.starts_at)
    arguments = {
        "lesson": lesson.title,
        "moment": f"{local:%Y-%m-%d %H:%M}",
        "name": names[0],
        "more": str(len(names) - 1),
    }
    return notify(
        user=lesson.teacher,
        kind=UNREADY_NOTICE if len(names) == 1 else SEVERAL_UNREADY_NOTICE,
        arguments=arguments,
        address=reverse("schedule:lesson", args=[lesson.code]),
        cause=f"{UNREADY_NOTICE}:{lesson.code}",
        at=at,
    )


def _unready_names(lessons: Sequence[Lesson]) -> Mapping[int, list[str]]:
    """Name what is not ready, by the lesson's id, in the lesson's order; one query."""
    unready = Binding.objects.unready().filter(lesson__in=lessons).in_order()
    names: defaultdict[int, list[str]] = defaultdict(list)
    for lesson_pk, name in unready.values_list("lesson", "courseware__name"):
        names[lesson_pk].append(name)
    return names


# What a notice of a failure reads beside the file itself.
NOTIFIED = ("owner", "uploaded_by", "version_of")


def notify_owner_of_failure(courseware: Courseware, at: dt.datetime) -> None:
    """Tell the owner that the cloud failed on a file or is late with it, once a try.

    Of a newer version its uploader is told, who may be somebody else.

    May run inside the transaction that saves the state: nothing is sent before it ends.
    """
    page = courseware.version_of or courseware
    is_version = page is not courseware
    user = (courseware.uploaded_by or courseware.owner) if is_version else courseware.owner
    if user is None:
        return
    # The address for the cloud is made again at each try; it opens the file, so it stands here hidden.
    tried = sha256(courseware.fetch_token.encode()).hexdigest()[:16]
    notify(
        user=user,
        kind=VERSION_FAILED_NOTICE if is_version else FAILED_NOTICE,
        arguments={"name": page.name},
        address=reverse("courseware:detail", args=[page.code]),
        cause=f"{FAILED_NOTICE}:{courseware.code}:{tried}",
        at=at,
    )


def needed_soon(at: dt.datetime) -> CoursewareQuerySet:
    """The files that are not ready, and that near lessons need."""
    return Courseware.objects.filter(pk__in=_unready(**_moments(at)).values("courseware"))


def needed_soon_backlog(at: dt.datetime) -> Backlog:
    """Count what is needed soon, and find since when the oldest is as it is; one query."""
    return _needed_backlog(**_moments(at))


def _moments(at: dt.datetime) -> dict[str, dt.datetime]:
    return {
        "at": at,
        # An index has the start of lessons, not their end.
        "begun_after": at - LONGEST_LESSON,
        "begin_before": at + SOON,
        "fresh_after": at - GRACE,
        "not_at_once": at + GRACE,
    }


def _unready(
    at: dt.datetime,
    begun_after: dt.datetime,
    begin_before: dt.datetime,
    fresh_after: dt.datetime,
    not_at_once: dt.datetime,
) -> BindingQuerySet:
    """Select what is not ready of the courseware of near lessons, and should be."""
    near = Binding.objects.unready().filter(
        lesson__state=LessonState.PUBLISHED,
        lesson__ends_at__gt=at,
        lesson__starts_at__gt=begun_after,
        lesson__starts_at__lt=begin_before,
    )
    is_fresh = Q(courseware__state__in=IN_PROGRESS, courseware__uploaded_at__gt=fresh_after)
    return near.exclude(is_fresh, lesson__starts_at__gt=not_at_once)


# Many lessons may need the same file.
_needed_backlog = backlog(_unready, since="courseware__state_since", of="courseware")


def _near_lessons(at: dt.datetime) -> LessonQuerySet:
    near = Lesson.objects.filter(pk__in=_unready(**_moments(at)).values("lesson"))
    return near.select_related("teacher").in_page_order()
