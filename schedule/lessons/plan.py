"""Plans of lessons: what planners decide of one, and whom a lesson so planned takes."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from accounts.models import User
from schedule.enums import RecordMode, RoomType
from schedule.history.snapshots import class_groups_named, people_named
from schedule.models import (
    ClassGroup,
    Course,
    Lesson,
    LessonSnapshot,
    Named,
    default_title,
)


@dataclass(frozen=True, slots=True)
class LessonPlan:
    """All that planners decide of a lesson. The period is half-open, in aware datetimes."""

    course: Course
    teacher: User
    class_groups: tuple[ClassGroup, ...]
    starts_at: dt.datetime
    ends_at: dt.datetime
    assistants: tuple[User, ...] = ()
    title: str = ""
    room_type: int = RoomType.INTERACTIVE
    record_mode: int = RecordMode.AUTOMATIC
    students_may_download: bool | None = None
    overlap_reason: str = ""
    families_may_watch: bool | None = None

    def shown_title(self) -> str:
        return self.title or default_title(self.course.name, self.starts_at)


# The columns of a lesson that a plan decides.
PLANNED_COLUMNS = (
    *("title", "course_id", "teacher_id", "starts_at", "ends_at", "room_type", "record_mode"),
    *("students_may_download", "overlap_reason", "families_may_watch"),
)


def plan_of(lesson: Lesson) -> LessonPlan:
    """Return the plan that the lesson stands for now."""
    return LessonPlan(
        course=lesson.course,
        teacher=lesson.teacher,
        class_groups=tuple(lesson.class_groups.all()),
        starts_at=lesson.starts_at,
        ends_at=lesson.ends_at,
        assistants=tuple(lesson.assistants.all()),
        title=lesson.title,
        room_type=lesson.room_type,
        record_mode=lesson.record_mode,
        students_may_download=lesson.students_may_download,
        overlap_reason=lesson.overlap_reason,
        families_may_watch=lesson.families_may_watch,
    )


def apply_plan(lesson: Lesson, plan: LessonPlan) -> None:
    """Set the lesson's own columns."""
    lesson.title = plan.shown_title()
    lesson.course = plan.course
    lesson.teacher = plan.teacher
    # In UTC: an hour that clocks repeat is equal to no moment of another zone.
    lesson.starts_at = plan.starts_at.astimezone(dt.UTC)
    lesson.ends_at = plan.ends_at.astimezone(dt.UTC)
    lesson.room_type = int(plan.room_type)
    lesson.record_mode = int(plan.record_mode)
    lesson.students_may_download = plan.students_may_download
    lesson.overlap_reason = plan.overlap_reason
    lesson.families_may_watch = plan.families_may_watch


def snapshot_of_plan(plan: LessonPlan, state: str) -> LessonSnapshot:
    """Return a lesson as planned, in this state."""
    return LessonSnapshot(
        state=state,
        course=Named(plan.course.pk, plan.course.name),
        title=plan.shown_title(),
        teacher=Named(plan.teacher.pk, plan.teacher.display_name),
        assistants=people_named(plan.assistants),
        class_groups=class_groups_named(plan.class_groups),
        starts_at=plan.starts_at.astimezone(dt.UTC),
        ends_at=plan.ends_at.astimezone(dt.UTC),
        room_type=plan.room_type,
        record_mode=plan.record_mode,
        students_may_download=plan.students_may_download,
        overlap_reason=plan.overlap_reason,
        families_may_watch=plan.families_may_watch,
    )
