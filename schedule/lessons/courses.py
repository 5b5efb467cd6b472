"""Courses by the names that people and files write."""

from __future__ import annotations

from collections.abc import Iterable

from edu_platform.lib.batches import in_batches
from edu_platform.lib.statements import Statement
from schedule.models import Course


def courses_by_name(names: Iterable[str], *, made: list[Course] | None = None) -> dict[str, Course]:
    """The courses of these names; those that are missing are made, and noted in `made`."""
    wanted = tuple(dict.fromkeys(names))
    found: dict[str, Course] = {}
    for batch in in_batches(wanted):
        courses = _COURSES_NAMED.rows(names=batch)
        found.update({course.name: course for course in courses})
    # In one order: of two files that make the same, one waits for the other, never both.
    for name in sorted(name for name in wanted if name not in found):
        found[name], is_new = Course.objects.get_or_create(name=name)
        if is_new and made is not None:
            made.append(found[name])
    return found


_COURSES_NAMED = Statement(lambda names: Course.objects.filter(name__in=names))
