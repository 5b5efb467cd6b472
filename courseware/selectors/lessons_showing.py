"""The lessons and courses that show courseware."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import QuerySet

from accounts.models import User
from courseware import access
from courseware.models import Binding, CourseBinding, Courseware

# Long lists are truncated; show the total.
SHOWN_LESSONS = 20


@dataclass(frozen=True, slots=True)
class LessonUse:
    """A lesson that shows it, and what its students get."""

    code: str
    title: str
    starts_at: dt.datetime
    is_shown_at_once: bool
    release: str
    is_over: bool


@dataclass(frozen=True, slots=True)
class CourseUse:
    """A course whose lessons show it, also later ones; with a name, only that teacher's."""

    course: str
    teacher: str


@dataclass(frozen=True, slots=True)
class Uses:
    """The lessons and courses that use it and that the viewer may see, and how many there are in all."""

    lessons: tuple[LessonUse, ...]
    courses: tuple[CourseUse, ...]
    count: int
    courses_count: int
    # Lessons that are not over, also those that the viewer may not see.
    to_come: int

    @property
    def others(self) -> int:
        return self.count - len(self.lessons)

    @property
    def other_courses(self) -> int:
        return self.courses_count - len(self.courses)

    @property
    def is_used(self) -> bool:
        return self.count > 0 or self.courses_count > 0


def uses_of(courseware: Courseware, user: User, *, may_change: bool, at: dt.datetime) -> Uses:
    """The lessons and courses that use it; of others' only the number.

    Of courses only those read who may change the courseware, and would take it from them.
    """
    bindings = Binding.objects.kept().filter(courseware=courseware)
    seen = access.lessons_shown_to(user).values("pk")
    shown = bindings.filter(lesson__in=seen).select_related("lesson")
    of_courses = CourseBinding.objects.filter(courseware=courseware)
    courses = access.course_bindings_shown_to(user).filter(pk__in=of_courses)
    courses = courses.select_related("course", "teacher").order_by("course__name_key", "pk")
    count = bindings.count()
    # Most courseware is in no lesson: its page takes three queries less.
    soonest = _soonest_first(shown, at) if count else ()
    return Uses(
        lessons=tuple(_lesson_use(binding, at) for binding in soonest),
        courses=tuple(
            CourseUse(
                course=each.course.name,
                teacher=each.teacher.display_name if each.teacher else "",
            )
            for each in (courses if may_change else ())
        ),
        count=count,
        to_come=bindings.filter(lesson__ends_at__gt=at).count() if count else 0,
        courses_count=of_courses.count() if may_change else 0,
    )


def _soonest_first(bindings: QuerySet[Binding], at: dt.datetime) -> Iterable[Binding]:
    """Those of lessons that are not over, the next one first; then the past ones, the last one first."""
    to_come = bindings.filter(lesson__ends_at__gt=at).order_by("lesson__starts_at", "pk")
    past = bindings.filter(lesson__ends_at__lte=at).order_by("-lesson__starts_at", "-pk")
    return [*to_come[:SHOWN_LESSONS], *past[:SHOWN_LESSONS]][:SHOWN_LESSONS]


def _lesson_use(binding: Binding, at: dt.datetime) -> LessonUse:
    return LessonUse(
        code=binding.lesson.code,
        title=binding.lesson.title,
        starts_at=binding.lesson.starts_at,
        is_shown_at_once=binding.is_shown_at_once,
        release=binding.get_release_display(),
        is_over=binding.lesson.ends_at <= at,
    )
