"""Say on pages why a lesson is not moved, swapped or cancelled, and with which status."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from edu_platform.lib.error_pages import ErrorPage
from edu_platform.lib.http import CONFLICT, UNPROCESSABLE
from edu_platform.lib.versions import NotAsShown
from schedule.lessons.begun import frozen_in_words
from schedule.lessons.cancel import LessonIsDraft, LessonOver
from schedule.lessons.change import LessonFrozen
from schedule.lessons.meanwhile import Meanwhile
from schedule.lessons.moving import LessonIsCancelled, NothingToSwap, Wanted
from schedule.lessons.pages import draft_is_not_cancelled
from schedule.lessons.taking import LessonOverlaps
from schedule.models import Lesson
from schedule.occupancy.words import NAMED_AT_MOST, Clash, clashes_of, overlap_in_words

WORDS: Mapping[type[Exception], Callable[[Any], str]] = {
    Lesson.DoesNotExist: lambda _err: _(
        "One of the lessons was deleted meanwhile: nothing was saved."
    ),
    NothingToSwap: lambda _err: _(
        "Only two lessons that take place, at different times, can be swapped."
    ),
    LessonFrozen: lambda err: frozen_in_words(err.begun),
    LessonIsDraft: lambda _err: _in_words(draft_is_not_cancelled()),
    LessonIsCancelled: lambda _err: _("The lesson was cancelled: undo the cancellation first."),
    LessonOver: lambda _err: _("This class is over."),
}
# The lesson itself does not allow these, whatever else is planned.
NEVER_POSSIBLE = (NothingToSwap, LessonFrozen)
REFUSED: tuple[type[Exception], ...] = (LessonOverlaps, NotAsShown, *WORDS)


def refused(err: Exception, wanted: Wanted) -> dict[str, Any]:
    """Return what the page says of the refusal, and its status; `wanted` is what was to become of lessons."""
    if isinstance(err, LessonOverlaps):
        return {
            "overlap": overlap_in_words(err.taken),
            "clashes": clashes_with(wanted),
            "status": CONFLICT,
        }
    if isinstance(err, NotAsShown):
        explanation = _("%(lesson)s has changed meanwhile: nothing was saved.") % {
            "lesson": err.now
        }
        return {"meanwhile": Meanwhile(said=explanation), "status": CONFLICT}
    kind = next(base for base in type(err).__mro__ if base in WORDS)
    status = UNPROCESSABLE if isinstance(err, NEVER_POSSIBLE) else CONFLICT
    return {"faults": [WORDS[kind](err)], "status": status}


def clashes_with(wanted: Wanted) -> list[Clash]:
    """Return who is taken by lessons other than those that are to be changed themselves."""
    own = {lesson.pk for lesson, _becomes in wanted}
    clashes = [
        clash
        for lesson, becomes in wanted
        for clash in clashes_of(
            becomes, without=lesson, groups_may_overlap=bool(lesson.overlap_reason)
        )
        if clash.lesson.pk not in own
    ]
    return clashes[:NAMED_AT_MOST]


def _in_words(error: ErrorPage) -> str:
    return f"{error.explanation} {error.advice}"
