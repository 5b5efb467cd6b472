"""Error pages for entering a class: what happened, and what to do."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext as _

from classroom.client.errors import CloudError, CloudUnavailable
from edu_platform.lib.error_pages import DEFAULT_RETRY_AFTER_S, ErrorPage
from schedule.services.entry import ClassEnded, EntryRefused, EntryTooEarly, LessonCancelled


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryErrorPage(ErrorPage):
    opens_at: dt.datetime | None = None
    may_reopen: bool = False

    @property
    def can_try_again(self) -> bool:
        return bool(self.reference) or self.opens_at is not None


def not_on_roster() -> EntryErrorPage:
    return EntryErrorPage(
        status=403,
        title=_("You are not on this class's roster"),
        explanation=_("Only its teachers, its students and supervisors can enter a class."),
        advice=_("If you should be on it, ask the school's planners to add you."),
    )


def closed_door(refused: EntryRefused) -> EntryErrorPage:
    """Refusals by the timetable or the state of the class."""
    if isinstance(refused, EntryTooEarly):
        moment = timezone.localtime(refused.opens_at)
        return EntryErrorPage(
            status=409,
            title=_("It is too early to enter"),
            explanation=_("You can enter from %(time)s on.") % {"time": f"{moment:%Y-%m-%d %H:%M}"},
            advice=_("Come back then: this page and the timetable both have the button."),
            opens_at=refused.opens_at,
        )
    if isinstance(refused, LessonCancelled):
        return EntryErrorPage(
            status=409,
            title=_("This lesson was cancelled"),
            explanation=_("It does not take place, so there is no class to enter."),
            advice=_("Your timetable shows what comes instead."),
        )
    may_reopen = isinstance(refused, ClassEnded) and refused.may_reopen
    return EntryErrorPage(
        status=409,
        title=_("This class has ended"),
        explanation=_("A class that has ended cannot be entered again."),
        advice=_("If it was ended by mistake, its teacher or a planner can open another room.")
        if may_reopen
        else _("Your timetable shows the next lesson."),
        may_reopen=may_reopen,
    )


def over_without_room() -> EntryErrorPage:
    return EntryErrorPage(
        status=409,
        title=_("The time of this lesson has passed"),
        explanation=_("No class was opened for it, and its planned end has passed."),
        advice=_("Ask the school's planners if it should take place at another time."),
    )


def cloud_trouble(error: CloudError, reference: str) -> EntryErrorPage:
    """The cloud did not answer, or not as it should: nothing is lost, and trying again helps."""
    if isinstance(error, CloudUnavailable):
        advice = _("Try again in a moment.")
        retry_after_s = error.retry_after_s
    else:
        advice = _("Try again in a moment. If it still fails, tell the school the number below.")
        retry_after_s = DEFAULT_RETRY_AFTER_S
    return EntryErrorPage(
        status=503,
        title=_("The classroom cannot be reached right now"),
        explanation=_("The classroom cloud did not let us in. Your lesson is still there."),
        advice=advice,
        reference=reference,
        retry_after_s=retry_after_s,
    )
