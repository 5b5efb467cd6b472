"""Rules that forms of lessons have in common, and the words of what stands against a plan."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Literal

from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext, gettext_lazy, ngettext

from schedule.lessons.begun import Begun
from schedule.lessons.taking import LessonOverlaps
from schedule.models import LESSON_YEARS, LONGEST_LESSON
from schedule.occupancy.words import StudentsTaken

# In the words of files; forms begin it with a capital.
ENDS_BEFORE_START = gettext_lazy("the end does not lie after the start")


def not_a_teacher_in_words(name: str) -> str:
    """Say that somebody may neither teach nor assist; those who have left are no teachers either."""
    return gettext("%(name)s does not have the role teacher.") % {"name": name}


def period_faults(
    starts_at: dt.datetime, ends_at: dt.datetime
) -> Iterator[tuple[Literal["start", "end"], str]]:
    """Yield what is wrong with a period, and with which side of it."""
    if starts_at.year not in LESSON_YEARS:
        yield "start", gettext("This year is not in the calendar.")
    if ends_at <= starts_at:
        yield "end", capfirst(str(ENDS_BEFORE_START))
    if ends_at - starts_at > LONGEST_LESSON:
        hours = LONGEST_LESSON // dt.timedelta(hours=1)
        yield "end", gettext("A class lasts %(hours)s hours at most.") % {"hours": hours}


def past_in_words(ends_at: dt.datetime) -> str:
    return gettext(
        "This lies in the past: the lesson would have been over on %(moment)s. Correct its time, or confirm it here."
    ) % {"moment": f"{timezone.localtime(ends_at):%Y-%m-%d %H:%M}"}


def assists_oneself_in_words() -> str:
    return gettext("The teacher is not their own assistant.")


def frozen_in_words(begun: Begun) -> str:
    if begun is Begun.OPENED_AGAIN:
        return gettext(
            "A class was held before the lesson was opened again: nothing but its title, class groups, teacher"
            " and assistants can change."
        )
    return gettext("The class has begun: nothing but its title and class groups can change.")


def overlap_in_words(err: LessonOverlaps) -> str:
    """The text of an overlap: who is taken, and by which lesson."""
    taken = err.taken
    if taken is None:
        return gettext("Another lesson was planned at the same time: please try again.")
    return ngettext(
        "%(who)s is in the lesson %(lesson)s at that time.",
        "%(who)s are in the lesson %(lesson)s at that time.",
        len(taken.students) if isinstance(taken, StudentsTaken) else 1,
    ) % {"who": taken.who, "lesson": taken.lesson}
