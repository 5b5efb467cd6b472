"""The version of a lesson, as planners' pages show it."""

from __future__ import annotations

from edu_platform.lib.versions import version_of
from schedule.models import LessonSnapshot


def version_of_lesson(shown: LessonSnapshot) -> str:
    """Return the version of a lesson; what its people and class groups are called does not count."""
    return version_of(
        {
            **shown.kept(),
            "course": shown.course.pk,
            "teacher": shown.teacher.pk,
            "assistants": [person.pk for person in shown.assistants],
            "class_groups": [group.pk for group in shown.class_groups],
        }
    )
