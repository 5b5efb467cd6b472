"""Texts of a replay's history."""

from __future__ import annotations

import datetime as dt

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from classroom.enums import Source
from edu_platform.lib.formatting import followed_by, listed, moment_text, next_moment_text
from replays.enums import (
    NOT_OURS,
    ROOM_GONE,
    AnswerKind,
    ReplayEventKind,
    ReplayReason,
    ReplayState,
)
from replays.models import Replay, ReplayEvent

CALLS = {
    "RoomStart": gettext_lazy("Message received: the class had begun"),
    "RoomEnd": gettext_lazy("Message received: the class had ended"),
    "RoomExpire": gettext_lazy("Message received: the room had expired"),
    "RecordFinish": gettext_lazy("Message received: a recording was finished"),
}
# An unknown callback; its name is not shown, as anyone who can sign can choose it.
ANOTHER = gettext_lazy("Message received about something else")
# For one file, and for several.
OF_FILES: dict[str, tuple[Promise, Promise]] = {
    ReplayEventKind.FILE_FOUND: (
        gettext_lazy("File %(numbers)s was found"),
        gettext_lazy("Files %(numbers)s were found"),
    ),
    ReplayEventKind.FILE_MISSING: (
        gettext_lazy("File %(numbers)s could not be found any more"),
        gettext_lazy("Files %(numbers)s could not be found any more"),
    ),
    ReplayEventKind.FILE_BACK: (
        gettext_lazy("File %(numbers)s was found again"),
        gettext_lazy("Files %(numbers)s were found again"),
    ),
    ReplayEventKind.FILE_GONE: (
        gettext_lazy("File %(numbers)s was deleted, but not on this platform"),
        gettext_lazy("Files %(numbers)s were deleted, but not on this platform"),
    ),
}
BY_PERSON: dict[str, Promise] = {
    ReplayEventKind.TRASHED: gettext_lazy("%(person)s moved it to the trash"),
    ReplayEventKind.RESTORED: gettext_lazy("%(person)s restored it from the trash"),
}
PLAIN: dict[str, Promise] = {
    ReplayEventKind.NOTHING_YET: gettext_lazy("Checked: no recording yet"),
    ReplayEventKind.ANSWERS: gettext_lazy("Checks are possible again"),
    ReplayEventKind.TOLD_LATE: gettext_lazy("People were told that it is late"),
    ReplayEventKind.TOLD_READY: gettext_lazy("People were told that it is ready"),
    ReplayEventKind.TRASHED: gettext_lazy("Its time was over, so it was moved to the trash"),
    ReplayEventKind.RESTORED: gettext_lazy("It was restored from the trash"),
    ReplayEventKind.EXPIRY_TOLD: gettext_lazy("People were told that its time is soon over"),
    ReplayEventKind.PURGED: gettext_lazy("It was deleted for good, and this was confirmed"),
}
# By the event's detail: what we notified about, and whom.
TOLD: dict[tuple[str, str], Promise] = {
    (ReplayEventKind.PURGED, ROOM_GONE): gettext_lazy(
        "Its room no longer exists, and no recording of it can be found; whether files are left is unknown"
    ),
    (ReplayEventKind.TOLD_LATE, "late/teacher"): gettext_lazy(
        "Its teacher was told that it is late"
    ),
    (ReplayEventKind.TOLD_LATE, "late/staff"): gettext_lazy("Staff were told that it is late"),
    (ReplayEventKind.TOLD_LATE, "late/teacher+staff"): gettext_lazy(
        "Teacher and staff were told that it is late"
    ),
    (ReplayEventKind.TOLD_LATE, "failed/teacher"): gettext_lazy(
        "Its teacher was told that there is no replay"
    ),
    (ReplayEventKind.TOLD_LATE, "failed/staff"): gettext_lazy(
        "Staff were told that there is no replay"
    ),
    (ReplayEventKind.TOLD_LATE, "failed/teacher+staff"): gettext_lazy(
        "Teacher and staff were told that there is no replay"
    ),
    (ReplayEventKind.EXPIRY_TOLD, "teacher"): gettext_lazy(
        "Its teacher was told that its time is soon over"
    ),
    (ReplayEventKind.EXPIRY_TOLD, "staff"): gettext_lazy(
        "Staff were told that its time is soon over"
    ),
}
# States that other events or the class itself tell already.
UNTOLD_STATES = frozenset(
    {
        ReplayState.EXPECTED,
        ReplayState.RECORDING,
        ReplayState.PROCESSING,
        ReplayState.READY,
    }
)
UNTOLD_REASONS = frozenset({ReplayReason.TRASHED, ReplayReason.DELETED_HERE})


# Why the cloud was asked, added to what it said.
ASKED = {
    Source.CALLBACK: gettext_lazy("checked after a message"),
    Source.POLL: gettext_lazy("checked by the platform itself"),
    Source.ENTRY: gettext_lazy("checked when somebody entered"),
    Source.ADMIN: gettext_lazy("checked in the administration"),
    Source.BY_HAND: gettext_lazy("checked by hand"),
    Source.COMMAND: gettext_lazy("checked by a command"),
}


def event_text(event: ReplayEvent) -> str:
    """The text of one event; empty for what other events tell."""
    kind = event.kind
    if kind == ReplayEventKind.STATE:
        return _told_state_text(event.detail)
    if kind == ReplayEventKind.CALLBACK:
        return call_text(event.detail)
    if kind in OF_FILES:
        one, several = OF_FILES[kind]
        is_one = event.detail.isdigit()
        return str(one if is_one else several) % {"numbers": listed(event.detail.split(", "))}
    if kind == ReplayEventKind.ASKED_BY_HAND:
        return _asked_text(event)
    if kind in {ReplayEventKind.REFUSED, ReplayEventKind.PURGE_REFUSED}:
        return _refused_text(event)
    if event.person is not None and kind in BY_PERSON:
        return str(BY_PERSON[kind]) % {"person": event.person.display_name}
    return str(TOLD.get((kind, event.detail), PLAIN.get(kind, "")))


def call_text(event_type: str, *, is_waiting: bool = False) -> str:
    """A callback, and whether it is still waiting."""
    told = str(CALLS.get(event_type, ANOTHER))
    return _("%(call)s (not yet processed)") % {"call": told} if is_waiting else told


def _told_state_text(detail: str) -> str:
    state, _slash, reason = detail.partition("/")
    is_told = state not in UNTOLD_STATES and reason not in UNTOLD_REASONS
    return state_text(detail) if is_told else ""


def state_text(detail: str) -> str:
    """The new state of a replay and why; empty for what is no state."""
    state, _slash, reason = detail.partition("/")
    if state not in ReplayState.values:
        return ""
    label = _reason_label(reason)
    if (state, reason) == (ReplayState.NONE, ReplayReason.ROOM_GONE):
        # No class was seen in it.
        label = _("Its room does not exist")
    words = {"state": ReplayState(state).label, "reason": label}
    return _("%(state)s: %(reason)s") % words


def _reason_label(reason: str) -> str:
    return str(ReplayReason(reason).label) if reason in ReplayReason.values else reason


def _asked_text(event: ReplayEvent) -> str:
    answer = AnswerKind(event.detail).label if event.detail in AnswerKind.values else event.detail
    words = {"person": event.person.display_name if event.person else "", "answer": answer}
    return _("%(person)s checked by hand: %(answer)s") % words


def _refused_text(event: ReplayEvent) -> str:
    if event.kind == ReplayEventKind.REFUSED:
        return _("The check was refused (%(code)s)") % {"code": event.detail}
    if event.detail == NOT_OURS:
        return _("It was not deleted: its room belongs to another application")
    if event.detail:
        return _("Deleting it was refused (%(code)s)") % {"code": event.detail}
    return _("Its deletion was not confirmed; it is tried again")


def silence_text(until: dt.datetime | None, at: dt.datetime, *, is_fault: bool = False) -> str:
    """The outage of the cloud, with its end when it is over, or our fault."""
    if is_fault:
        return _fault_text(until, at)
    if until is None:
        return _("Since then checks have not been possible")
    return _("Until %(time)s checks were not possible") % {"time": moment_text(until, at)}


def _fault_text(until: dt.datetime | None, at: dt.datetime) -> str:
    if until is None:
        return _("Since then an error of the platform has prevented checks")
    time = moment_text(until, at)
    return _("Until %(time)s an error of the platform prevented checks") % {"time": time}


def uncalled_text(*, is_found: bool) -> str:
    """The remark that no callback told of the recording."""
    if is_found:
        return _("No message about the recording arrived: the platform found it by checking.")
    return _("No message about the recording has arrived so far.")


def asked_text(replay: Replay, at: dt.datetime) -> str:
    """Say how often the cloud was asked since the class ended, and what comes next."""
    if not replay.asks or replay.asked_at is None:
        return ""
    asked = ngettext(
        "Since the class ended the platform has checked %(count)s time, at %(time)s.",
        "Since the class ended the platform has checked %(count)s times, the last at %(time)s.",
        replay.asks,
    ) % {"count": replay.asks, "time": moment_text(replay.asked_at, at)}
    if replay.due_at is not None:
        upcoming = next_moment_text(replay.due_at, at)
        further = _("It checks again at %(time)s.") % {"time": upcoming}
        return followed_by(asked, further)
    if replay.state == ReplayState.FAILED:
        return followed_by(asked, _("Automatic checks have ended."))
    return asked
