"""Texts about the state of courseware, and why it is not ready."""

from __future__ import annotations

import datetime as dt

from django.utils.translation import gettext as _

from courseware.enums import CoursewareState, Failure
from courseware.models import Courseware
from courseware.polling_times import IN_PROGRESS, is_stuck
from courseware.wording.cloud_error_messages import Reason, reason_of
from edu_platform.lib.formatting import StateWords, moment_text

SHAPES = {
    CoursewareState.UPLOADING: ("↑", "mark-waiting"),
    CoursewareState.QUEUED: ("○", "mark-quiet"),
    CoursewareState.TRANSCODING: ("◌", "mark-waiting"),
    CoursewareState.READY: ("✓", "mark-done"),
    CoursewareState.FAILED: ("✕", "mark-running"),
}
# Not given up: it is asked for again, and may still come.
STUCK_SHAPE = ("△", "mark-waiting")
MOVING = frozenset({CoursewareState.UPLOADING, *IN_PROGRESS})


def is_moving(courseware: Courseware) -> bool:
    """Tell whether its state will soon change without a person."""
    return courseware.state in MOVING


def state_words(courseware: Courseware) -> StateWords:
    state = CoursewareState(courseware.state)
    if is_stuck(courseware):
        shape, css_class = STUCK_SHAPE
        return StateWords(shape=shape, label=_("Stuck"), css_class=css_class)
    shape, css_class = SHAPES[state]
    label = str(state.label)
    if state is CoursewareState.TRANSCODING:
        label = f"{label} {courseware.percent}%"
    return StateWords(shape=shape, label=label, css_class=css_class)


def short_reason(courseware: Courseware, at: dt.datetime) -> str:
    """One line for lists: why it is not ready."""
    since = courseware.unreachable_since and moment_text(courseware.unreachable_since, at)
    if waits_to_be_submitted(courseware):
        if since:
            return _("could not be submitted for transcoding since %(since)s") % {"since": since}
        return _("not submitted for transcoding yet") if courseware.has_failed else ""
    if courseware.has_failed:
        reason = reason_told(courseware)
        known = str(reason.sentence) if reason else courseware.cloud_reason
        return known or courseware.get_failure_display()
    if since and is_moving(courseware):
        return _("the transcoding service could not be reached since %(since)s") % {"since": since}
    return ""


def follows_cloud(courseware: Courseware) -> bool:
    """Return whether its page will soon change without a person: by its own state, or a newer version's."""
    coming = courseware.coming
    return is_moving(courseware) or (coming is not None and (is_moving(coming) or coming.is_ready))


def newer_text(courseware: Courseware) -> str:
    """Return how a newer version on its way stands, in one line; empty without one."""
    coming = courseware.coming
    if coming is None:
        return ""
    if is_stuck(coming):
        return _("a newer version is stuck; this one stays")
    if coming.has_failed:
        return _("a newer version failed; this one stays")
    return _("a newer version is being prepared")


def superseded_words(version: Courseware) -> StateWords:
    """Return how a version stands that a newer one has replaced."""
    label = _("Replaced; some classes still have it") if version.document_id else _("Replaced")
    return StateWords(shape="↺", label=label, css_class="mark-quiet")


def waits_to_be_submitted(courseware: Courseware) -> bool:
    is_waiting = courseware.state == CoursewareState.QUEUED or is_stuck(courseware)
    return is_waiting and not courseware.document_id


def reason_told(courseware: Courseware) -> Reason | None:
    """Return the meaning of the code with which the cloud refused or failed; None when it is unknown."""
    told = courseware.has_failed and courseware.failure in (Failure.CLOUD, Failure.REFUSED)
    return reason_of(courseware.cloud_reason) if told else None
