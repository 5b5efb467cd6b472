"""Say what a press on the buttons of a recording by hand did, or why it did nothing."""

from __future__ import annotations

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from edu_platform.lib.error_pages import ErrorPage
from edu_platform.lib.http import CONFLICT
from schedule.manual_recording.writing import Outcome, Refusal

OUTCOMES = {
    Outcome.STARTED: _("The class is being recorded."),
    Outcome.RUNS_ALREADY: _("The class is being recorded already."),
    Outcome.STOPPED: _("The recording has stopped. Its file is made now."),
    Outcome.NOTHING_RUNS: _("Nothing is being recorded."),
    Outcome.START_NOT_KNOWN: _(
        "It is not known yet whether the recording has begun. That is being looked up, and the page of the lesson shows it."
    ),
    Outcome.STOP_NOT_KNOWN: _(
        "It is not known yet whether the recording has stopped. That is being looked up, and the page of the lesson shows it."
    ),
}
REFUSALS = {
    Refusal.CANCELLED: _("The lesson was cancelled: there is nothing to record."),
    Refusal.NOT_BEGUN: _("The class has not begun yet. It can be recorded once it runs."),
    Refusal.CLASS_OVER: _("The class has ended, and any recording with it."),
    Refusal.STORAGE_FULL: _(
        "Nothing can be recorded: the school's storage for recordings is full, or its bill is not paid."
    ),
    Refusal.OTHER_ROOM: _(
        "The room of this class cannot be recorded by hand: it was made before the lesson was changed."
    ),
    Refusal.BY_CLOUD: _("The recording of this class was refused. Please try again."),
}
CLOUD_SILENT = _(
    "The classroom service does not answer: nothing was started or stopped. Please try again."
)


def not_by_hand() -> ErrorPage:
    return ErrorPage(
        status=CONFLICT,
        title=gettext("This lesson is not recorded by hand"),
        explanation=gettext("It is recorded by itself, or not at all, as its page says."),
        advice=gettext("Until the class begins, planners can change how it is recorded."),
    )
