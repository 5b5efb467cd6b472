"""Lessons as their history keeps them, and the version that pages show of one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from accounts.models import User
from edu_platform.lib.versions import require_as_shown
from schedule.models import (
    ClassGroup,
    Lesson,
    LessonSnapshot,
    Named,
)


def snapshot_of(lesson: Lesson) -> LessonSnapshot:
    """The lesson as it is now; two queries when course and teacher were read with it, none with all its people."""
    return LessonSnapshot(
        state=lesson.state,
        course=Named(lesson.course_id, lesson.course.name),
        title=lesson.title,
        teacher=Named(lesson.teacher_id, lesson.teacher.display_name),
        assistants=people_named(_read(lesson, "assistants")),
        class_groups=class_groups_named(_read(lesson, "class_groups")),
        starts_at=lesson.starts_at.astimezone(dt.UTC),
        ends_at=lesson.ends_at.astimezone(dt.UTC),
        room_type=lesson.room_type,
        record_mode=lesson.record_mode,
        students_may_download=lesson.students_may_download,
        overlap_reason=lesson.overlap_reason,
        families_may_watch=lesson.families_may_watch,
    )


def _read(lesson: Lesson, name: str) -> Iterable[Any]:
    """Return what was read with the lesson, else read it; the manager costs more than all the rest of thousands."""
    read_with_it: Iterable[Any] | None = lesson.__dict__.get("_prefetched_objects_cache", {}).get(
        name
    )
    if read_with_it is not None:
        return read_with_it
    related: Iterable[Any] = getattr(lesson, name).all()
    return related


def version_now(lesson: Lesson) -> str:
    """Return the version of the lesson as it is now."""
    return snapshot_of(lesson).version()


def require_lesson_as_shown(lesson: Lesson, known: str) -> None:
    """Go on only with a lesson, locked by now, that a page showed so.

    Raises:
        NotAsShown: somebody has changed it since.
    """
    if known:
        require_as_shown(lesson, known, version_now(lesson))


def people_named(people: Iterable[User]) -> tuple[Named, ...]:
    """In one order, so that two snapshots of the same are the same."""
    return tuple(sorted(Named(user.pk, user.display_name) for user in people))


def class_groups_named(class_groups: Iterable[ClassGroup]) -> tuple[Named, ...]:
    return tuple(sorted(Named(group.pk, group.name) for group in class_groups))
