"""Courses: the only door from a request to one."""

from __future__ import annotations

import re

from django.http import Http404

from accounts.models import User
from accounts.permissions import Action
from edu_platform.lib.text import storable_text
from schedule.access import require
from schedule.models import Course

# Words that stand in an address where a code would.
RESERVED = frozenset({"new"})
ODD = re.compile(r"[^\w-]")
ESCAPED = re.compile(r"~([0-9a-f]{1,6})\.")


def get_course_for(user: User, code: str) -> Course:
    """The course of this code, for who plans lessons.

    Raises:
        Http404: there is none, or they may not.
    """
    require(user, Action.PLAN_LESSONS)
    course = Course.objects.filter(code=storable_text(code)).first()
    if course is None:
        raise Http404
    return course


class CourseCodeConverter:
    """The code of a course in an address: schools write it themselves, and may have written marks or a reserved word."""

    regex = "[^/]+"

    def to_python(self, value: str) -> str:
        return ESCAPED.sub(_character, value)

    def to_url(self, value: str) -> str:
        if value in RESERVED:
            return _escaped(value[0]) + value[1:]
        return ODD.sub(lambda match: _escaped(match[0]), value)


def _escaped(character: str) -> str:
    return f"~{ord(character):x}."


def _character(match: re.Match[str]) -> str:
    number = int(match[1], 16)
    return chr(number) if number <= 0x10FFFF else match[0]
