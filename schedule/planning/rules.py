"""What forms of lessons have in common: their rules, and the words of what stands against a plan."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Literal

from django.utils.translation import gettext

from accounts.enums import Role
from accounts.models import User
from schedule.models import LESSON_YEARS, LONGEST_LESSON
from schedule.services.lessons import LessonOverlaps


def why_not_teaching(user: User) -> str:
    """Why somebody can neither teach nor assist; nothing when they can."""
    if user.is_active and user.has_role(Role.TEACHER):
        return ""
    return gettext("%(name)s does not have the role teacher.") % {"name": user.display_name}


def period_faults(
    starts_at: dt.datetime, ends_at: dt.datetime
) -> Iterator[tuple[Literal["start", "end"], str]]:
    """What is wrong with a period, and with which side of it."""
    if starts_at.year not in LESSON_YEARS:
        yield "start", gettext("This year is not in the calendar.")
    if ends_at <= starts_at:
        yield "end", gettext("The end lies before the start.")
    if ends_at - starts_at > LONGEST_LESSON:
        hours = LONGEST_LESSON // dt.timedelta(hours=1)
        yield "end", gettext("A class lasts %(hours)s hours at most.") % {"hours": hours}


def assists_oneself_in_words() -> str:
    return gettext("The teacher is not their own assistant.")


def frozen_in_words() -> str:
    return gettext("The class has begun: nothing but its title and class groups can change.")


def overlap_in_words(err: LessonOverlaps) -> str:
    """The text of an overlap: who is taken, and by which lesson."""
    taken = err.taken
    if taken is None:
        return gettext("Another lesson was planned at the same time: please try again.")
    return gettext("%(who)s is in the lesson %(lesson)s at that time.") % {
        "who": taken.who,
        "lesson": taken.lesson,
    }
