"""Texts of a replay's history."""

from __future__ import annotations

import datetime as dt

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from classroom.enums import Source
from edu_platform.lib.formatting import followed_by, moment_text, next_moment_text
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
    "RoomStart": gettext_lazy("Callback received: the class had begun"),
    "RoomEnd": gettext_lazy("Callback received: the class had ended"),
    "RoomExpire": gettext_lazy("Callback received: the room had expired"),
    "RecordFinish": gettext_lazy("Callback received: a recording was finished"),
}
# An unknown callback; its name is not shown, as anyone who can sign can choose it.
ANOTHER = gettext_lazy("Callback received about something else")
# For one file, and for several.
OF_FILES: dict[str, tuple[Promise, Promise]] = {
    ReplayEventKind.FILE_FOUND: (
        gettext_lazy("File %(numbers)s was found"),
        gettext_lazy("Files %(numbers)s were found"),
    ),
    ReplayEventKind.FILE_MISSING: (
        gettext_lazy("The cloud did not list file %(numbers)s any more"),
        gettext_lazy("The cloud did not list files %(numbers)s any more"),
    ),
    ReplayEventKind.FILE_BACK: (
        gettext_lazy("The cloud listed file %(numbers)s again"),
        gettext_lazy("The cloud listed files %(numbers)s again"),
    ),
    ReplayEventKind.FILE_GONE: (
        gettext_lazy("File %(numbers)s is gone from the cloud, and nobody deleted it here"),
        gettext_lazy("Files %(numbers)s are gone from the cloud, and nobody deleted them here"),
    ),
}
BY_PERSON: dict[str, Promise] = {
    ReplayEventKind.TRASHED: gettext_lazy("%(person)s moved it to the trash"),
    ReplayEventKind.RESTORED: gettext_lazy("%(person)s restored it from the trash"),
}
PLAIN: dict[str, Promise] = {
    ReplayEventKind.NOTHING_YET: gettext_lazy("The cloud was asked, and had no recording yet"),
    ReplayEventKind.ANSWERS: gettext_lazy("The cloud answered again"),
    ReplayEventKind.TOLD_LATE: gettext_lazy("People were told that it is late"),
    ReplayEventKind.TOLD_READY: gettext_lazy("People were told that it is ready"),
    ReplayEventKind.TRASHED: gettext_lazy("Its time was over, so it was moved to the trash"),
    ReplayEventKind.RESTORED: gettext_lazy("It was restored from the trash"),
    ReplayEventKind.EXPIRY_TOLD: gettext_lazy("People were told that its time is soon over"),
    ReplayEventKind.PURGED: gettext_lazy("It was deleted in the cloud, which confirmed it"),
}
# By the event's detail: what we notified about, and whom.
TOLD: dict[tuple[str, str], Promise] = {
    (ReplayEventKind.PURGED, ROOM_GONE): gettext_lazy(
        "The cloud no longer has its room, and lists no recording of it; whether files are left, it does not tell"
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
    Source.CALLBACK: gettext_lazy("asked after a callback"),
    Source.POLL: gettext_lazy("asked by the platform itself"),
    Source.ENTRY: gettext_lazy("asked when somebody entered"),
    Source.ADMIN: gettext_lazy("asked in the administration"),
    Source.BY_HAND: gettext_lazy("asked by hand"),
    Source.COMMAND: gettext_lazy("asked by a command"),
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
        return str(one if is_one else several) % {"numbers": event.detail}
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
        label = _("The cloud does not know its room")
    words = {"state": ReplayState(state).label, "reason": label}
    return _("%(state)s: %(reason)s") % words


def _reason_label(reason: str) -> str:
    return str(ReplayReason(reason).label) if reason in ReplayReason.values else reason


def _asked_text(event: ReplayEvent) -> str:
    answer = AnswerKind(event.detail).label if event.detail in AnswerKind.values else event.detail
    words = {"person": event.person.display_name if event.person else "", "answer": answer}
    return _("%(person)s checked the cloud: %(answer)s") % words


def _refused_text(event: ReplayEvent) -> str:
    if event.kind == ReplayEventKind.REFUSED:
        return _("The cloud refused to tell (%(code)s)") % {"code": event.detail}
    if event.detail == NOT_OURS:
        return _("It was not deleted: in the cloud its room belongs to another application")
    if event.detail:
        return _("The cloud refused to delete it (%(code)s)") % {"code": event.detail}
    return _("The cloud did not confirm that it was deleted; it is told again")


def silence_text(until: dt.datetime | None, at: dt.datetime, *, is_fault: bool = False) -> str:
    """The outage of the cloud, with its end when it is over, or our fault."""
    if is_fault:
        return _fault_text(until, at)
    if until is None:
        return _("Since then the cloud could not be asked")
    return _("The cloud could not be asked until %(time)s") % {"time": moment_text(until, at)}


def _fault_text(until: dt.datetime | None, at: dt.datetime) -> str:
    if until is None:
        return _("Since then an error of the platform has prevented checks")
    time = moment_text(until, at)
    return _("Until %(time)s an error of the platform prevented checks") % {"time": time}


def uncalled_text(*, is_found: bool) -> str:
    """The remark that no callback told of the recording."""
    if is_found:
        return _(
            "The cloud sent no callback about the recording: the platform found it by polling."
        )
    return _("The cloud has sent no callback about the recording so far.")


def asked_text(replay: Replay, at: dt.datetime) -> str:
    """How often the cloud was asked since the class ended, and what comes next."""
    if not replay.asks or replay.asked_at is None:
        return ""
    asked = ngettext(
        "Since the class ended the cloud has answered %(count)s question, at %(time)s.",
        "Since the class ended the cloud has answered %(count)s questions, the last at %(time)s.",
        replay.asks,
    ) % {"count": replay.asks, "time": moment_text(replay.asked_at, at)}
    if replay.due_at is not None:
        upcoming = next_moment_text(replay.due_at, at)
        further = _("It is asked again at %(time)s.") % {"time": upcoming}
        return followed_by(asked, further)
    if replay.state == ReplayState.FAILED:
        return followed_by(asked, _("Automatic checks have ended."))
    return asked
