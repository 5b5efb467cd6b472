"""Writes on courses: made, changed, deleted where nothing is planned of them."""

from __future__ import annotations

from django.db import IntegrityError, transaction

from accounts.enums import AuditKind
from accounts.models import User
from accounts.random_codes import make_code
from accounts.services import audit
from edu_platform.lib.versions import require_as_shown, version_of
from schedule.models import Course


class CourseTaken(Exception):
    """Another course has this name, or this code: `field` says which."""

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


def version_of_course(course: Course) -> str:
    """Return the version of what the form of a course shows."""
    return version_of(course.pk, course.name, course.colour, course.code)


@transaction.atomic
def create_course(*, name: str, colour: int, code: str, by: User | None) -> Course:
    """Make a course; without a code it gets one.

    Raises:
        CourseTaken: another one has the name or the code.
    """
    course = Course(name=name, colour=colour, code=code or make_code())
    _save(course)
    audit.record_row(AuditKind.COURSE_ADDED, course, by=by)
    return course


@transaction.atomic
def change_course(
    course: Course, *, name: str, colour: int, code: str, known: str, by: User | None
) -> Course | None:
    """Change a course, and return it as it is then; None: it is so already.

    Raises:
        Course.DoesNotExist: it was deleted meanwhile.
        NotAsShown: it is not what its form showed.
        CourseTaken: another one has the name or the code.
    """
    now = Course.objects.select_for_update(no_key=True).get(pk=course.pk)
    require_as_shown(now, known, version_of_course(now))
    before = (now.name, now.colour, now.code)
    if before == (name, colour, code):
        return None
    now.name, now.colour, now.code = name, colour, code
    _save(now)
    told = f"{before[0]} → {name}" if before[0] != name else ""
    audit.record_row(AuditKind.COURSE_CHANGED, now, changes=told, by=by)
    return now


@transaction.atomic
def delete_course(course: Course, *, by: User | None) -> None:
    """Delete a course, with what higher apps keep of it.

    Raises:
        ProtectedError: a lesson or a weekly lesson has it.
    """
    rows = Course.objects.filter(pk=course.pk)
    list(rows.select_for_update().values_list("pk"))
    rows.delete()
    audit.record_row(AuditKind.COURSE_DELETED, course, by=by)


def _save(course: Course) -> None:
    others = Course.objects.exclude(pk=course.pk)
    if others.filter(name=course.name).exists():
        raise CourseTaken("name")
    if others.filter(code=course.code).exists():
        raise CourseTaken("code")
    try:
        with transaction.atomic():
            course.save()
    except IntegrityError as err:
        # Somebody was quicker by a moment.
        is_name = others.filter(name=course.name).exists()
        raise CourseTaken("name" if is_name else "code") from err
