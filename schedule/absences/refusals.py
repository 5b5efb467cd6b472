"""Why a lesson of a teacher who is away could not be handled, in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from edu_platform.lib.error_pages import ErrorPage
from edu_platform.lib.http import CONFLICT, UNPROCESSABLE
from edu_platform.lib.versions import NotAsShown
from schedule.absences.forms import Wanted
from schedule.absences.writing import LessonIsCancelled, NotATeacher, NothingToSwap
from schedule.door import error_pages
from schedule.lessons.cancel import LessonIsDraft, LessonOver
from schedule.lessons.change import LessonFrozen
from schedule.lessons.meanwhile import Meanwhile
from schedule.lessons.plan_words import frozen_in_words, not_a_teacher_in_words, overlap_in_words
from schedule.lessons.taking import LessonOverlaps
from schedule.models import Lesson
from schedule.occupancy.clashes import NAMED_AT_MOST, Clash, clashes_of

WORDS: Mapping[type[Exception], Callable[[Any], str]] = {
    Lesson.DoesNotExist: lambda _err: _(
        "One of the lessons was deleted meanwhile: nothing was saved."
    ),
    NotATeacher: lambda err: not_a_teacher_in_words(err.user.display_name),
    NothingToSwap: lambda _err: _(
        "Only two lessons that take place, at different times, can be swapped."
    ),
    LessonFrozen: lambda err: frozen_in_words(err.begun),
    LessonIsDraft: lambda _err: _in_words(error_pages.draft_is_not_cancelled()),
    LessonIsCancelled: lambda _err: _("The lesson was cancelled: undo the cancellation first."),
    LessonOver: lambda _err: _("This class is over."),
}
# What the lesson itself does not allow, whatever else is planned.
NEVER_POSSIBLE = (NotATeacher, NothingToSwap, LessonFrozen)
REFUSED: tuple[type[Exception], ...] = (LessonOverlaps, NotAsShown, *WORDS)


def refused(err: Exception, wanted: Wanted) -> dict[str, Any]:
    """Return what the page says of the refusal, and its status; `wanted` is what was to become of lessons."""
    if isinstance(err, LessonOverlaps):
        return {
            "overlap": overlap_in_words(err),
            "clashes": clashes_with(wanted),
            "status": CONFLICT,
        }
    if isinstance(err, NotAsShown):
        said = _("%(lesson)s has changed meanwhile: nothing was saved.") % {"lesson": err.now}
        return {"meanwhile": Meanwhile(said=said), "status": CONFLICT}
    kind = next(each for each in type(err).__mro__ if each in WORDS)
    status = UNPROCESSABLE if isinstance(err, NEVER_POSSIBLE) else CONFLICT
    return {"faults": [WORDS[kind](err)], "status": status}


def clashes_with(wanted: Wanted) -> list[Clash]:
    """Return who is taken by lessons other than those that are to be changed themselves."""
    own = {lesson.pk for lesson, _becomes in wanted}
    found = [
        clash
        for lesson, becomes in wanted
        for clash in clashes_of(
            becomes, without=lesson, groups_may_overlap=bool(lesson.overlap_reason)
        )
        if clash.lesson.pk not in own
    ]
    return found[:NAMED_AT_MOST]


def _in_words(error: ErrorPage) -> str:
    return f"{error.explanation} {error.advice}"
