"""Error pages for entering a class: what happened, and what to do."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from classroom.client.errors import CloudError, CloudUnavailable
from edu_platform.lib.error_pages import DEFAULT_RETRY_AFTER_S, ErrorPage
from schedule.door.entry import ClassEnded, EntryRefused, EntryTooEarly, LessonCancelled
from schedule.door.queue import DoorBusy


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryErrorPage(ErrorPage):
    opens_at: dt.datetime | None = None
    may_reopen: bool = False
    # Where the page goes in by itself: when the person arrived, signed.
    arrived: str = ""
    goes_in_by_itself: bool = False

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


def waiting_for_turn(busy: DoorBusy, arrived: str, reference: str) -> EntryErrorPage:
    """Nothing is wrong: more people come than the cloud lets in at once."""
    wait = ngettext("about %(seconds)s second", "about %(seconds)s seconds", busy.wait_s)
    wait %= {"seconds": busy.wait_s}
    if busy.place is not None and busy.place.ahead:
        ahead = busy.place.ahead
        explanation = ngettext(
            "You are in the queue: about %(ahead)s person is ahead of you. It takes %(wait)s.",
            "You are in the queue: about %(ahead)s people are ahead of you. It takes %(wait)s.",
            ahead,
        ) % {"ahead": ahead, "wait": wait}
    else:
        explanation = _("It is your turn soon. It takes %(wait)s.") % {"wait": wait}
    return EntryErrorPage(
        status=503,
        title=_("Many people are going in right now"),
        explanation=explanation,
        advice=_("You keep your place in the queue."),
        reference=reference,
        retry_after_s=busy.wait_s,
        arrived=arrived,
        goes_in_by_itself=True,
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
        explanation=_("The classroom service does not respond. Your lesson is still there."),
        advice=advice,
        reference=reference,
        retry_after_s=retry_after_s,
    )
