"""The reason for which a replay is in its state, and what can be done about it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from edu_platform.lib.formatting import age_text, moment_text, next_moment_text
from replays.enums import Audience, ReplayReason, ReplayState
from replays.models import Replay
from replays.overdue import class_end, is_late, known_age
from replays.polling_times import GIVE_UP_AFTER
from replays.wording.advice import ASKED_FOR, advice_of, can_be_switched_on
from replays.wording.states import unanswered
from schedule.enums import CloudStatus

EXPLANATIONS = {
    ReplayReason.TO_COME: gettext_lazy(
        "The class is still to come. It is recorded while it is held."
    ),
    ReplayReason.RUNNING: gettext_lazy(
        "The class is running and being recorded. The file is made when it has ended."
    ),
    ReplayReason.ENDED: gettext_lazy("The class has ended, and the file is being made."),
    ReplayReason.BY_HAND_RUNNING: gettext_lazy(
        "The class is running. It is recorded by hand: only from when somebody starts the recording until they stop it."
    ),
    ReplayReason.BY_HAND_ENDED: gettext_lazy(
        "The class has ended. It was to be recorded by hand: if somebody started a recording, the file appears here."
    ),
    ReplayReason.FOUND: gettext_lazy("The recording is there."),
    ReplayReason.NOT_RECORDED: gettext_lazy("Recording was switched off for this class."),
    ReplayReason.NOT_STARTED_BY_HAND: gettext_lazy(
        "This class is recorded by hand, and nobody started a recording."
    ),
    ReplayReason.CANCELLED: gettext_lazy(
        "The lesson was cancelled, so there is nothing to record."
    ),
    ReplayReason.NEVER_HELD: gettext_lazy("Nobody started the class, so nothing was recorded."),
    ReplayReason.ROOM_GONE: gettext_lazy(
        "The class's room was deleted, and its recording with it."
    ),
    ReplayReason.GIVEN_UP: gettext_lazy(
        "The class was held, but no recording of it appeared within %(days)s days."
    ),
    ReplayReason.REFUSED: gettext_lazy(
        "The class was held, but for %(days)s days the platform was not allowed to look for its recording."
    ),
    ReplayReason.STORAGE_FULL: gettext_lazy(
        "The class was held without being recorded: the school's storage for recordings was full, or its bill was not paid."
    ),
    ReplayReason.VANISHED: gettext_lazy(
        "The recording was there, and was deleted, but not on this platform."
    ),
    ReplayReason.TRASHED: gettext_lazy("This replay is in the trash."),
    ReplayReason.DELETED_HERE: gettext_lazy(
        "The school deleted this replay for good. It cannot be restored."
    ),
}
OVERDUE = gettext_lazy(
    "The planned time has passed, and nobody started the class. If nobody does, it counts as never held a day later."
)
LATE = gettext_lazy("The class was to begin, and nobody has started it yet.")
UNRECORDED = gettext_lazy(
    "The class is still to come, but currently it would not be recorded: the school's storage for recordings is full, or its bill is not paid."
)
UNRECORDED_BY_CHOICE = gettext_lazy(
    "Recording is switched off for this class. It can be switched on until the class begins."
)
UNRECORDED_NOW = gettext_lazy(
    "The class is running, and is not being recorded: the school's storage for recordings is full, or its bill is not paid."
)


@dataclass(frozen=True, slots=True)
class Explanation:
    """The reason for which a replay is in its state; what can be done; what the platform itself does about it."""

    sentence: str
    advice: str
    asking: str
    silence: str


def explain(
    replay: Replay, at: dt.datetime, *, audience: Audience = Audience.ANYBODY
) -> Explanation:
    silence = _silence(replay, at) if replay.is_waiting else ""
    sentence = _sentence(replay, at)
    return Explanation(
        sentence=_as_last_known(sentence, replay, at) if silence else sentence,
        advice=advice_of(replay, at, audience=audience),
        asking=_asking(replay, at) if replay.is_waiting else "",
        silence=silence,
    )


def _sentence(replay: Replay, at: dt.datetime) -> str:
    reason = ReplayReason(replay.reason)
    if reason is ReplayReason.TRASHED:
        return _in_trash(replay, at)
    if reason is ReplayReason.ROOM_GONE and replay.state == ReplayState.NONE:
        return _(
            "There is no room %(room)s, in which this class was to be held: the number was mistyped, or the room was deleted."
        ) % {"room": replay.room_number}
    if is_late(replay, at):
        return _late(replay, at)
    if reason is ReplayReason.NOT_RECORDED and can_be_switched_on(replay, at):
        return str(UNRECORDED_BY_CHOICE)
    if reason is ReplayReason.STORAGE_FULL and _is_running(replay):
        return str(UNRECORDED_NOW)
    if reason is not ReplayReason.TO_COME:
        return str(EXPLANATIONS[reason]) % ASKED_FOR
    if replay.planned_end <= at:
        return str(OVERDUE)
    if replay.planned_start <= at:
        return str(LATE)
    is_refused = replay.room is not None and replay.room.recording_refused
    return str(UNRECORDED if is_refused else EXPLANATIONS[reason])


def _is_running(replay: Replay) -> bool:
    return replay.room is not None and replay.room.cloud_status == CloudStatus.RUNNING


def _late(replay: Replay, at: dt.datetime) -> str:
    times = {
        "age": age_text(known_age(replay, at)),
        "until": moment_text(class_end(replay) + GIVE_UP_AFTER, at),
    }
    return (
        _(
            "%(age)s after the class there is still no recording of it. The platform keeps checking until %(until)s."
        )
        % times
    )


def _in_trash(replay: Replay, at: dt.datetime) -> str:
    purge = replay.planned_purge
    if purge is None or purge.has_begun or purge.due_at is None:
        return _("This replay was deleted, and its files are being deleted.")
    return _("This replay is in the trash until %(time)s; then it is deleted for good.") % {
        "time": moment_text(purge.due_at, at)
    }


def _as_last_known(sentence: str, replay: Replay, at: dt.datetime) -> str:
    """Add the time of the last answer to a sentence that may be outdated."""
    known_at = replay.room.asked_at if replay.room is not None else replay.asked_at
    if known_at is None:
        return sentence
    return _("As of %(time)s: %(sentence)s") % {
        "time": moment_text(known_at, at),
        "sentence": sentence,
    }


def _asking(replay: Replay, at: dt.datetime) -> str:
    if replay.unreachable_since is not None or replay.due_at is None:
        return ""
    upcoming = next_moment_text(replay.due_at, at)
    if replay.asked_at is None:
        return _("The platform checks at %(time)s.") % {"time": upcoming}
    times = {"asked": moment_text(replay.asked_at, at), "time": upcoming}
    return _("The platform last checked at %(asked)s and checks next at %(time)s.") % times


def _silence(replay: Replay, at: dt.datetime) -> str:
    since, upcoming = unanswered(replay)
    if since is None or upcoming is None:
        return ""
    times = {"since": moment_text(since, at), "time": next_moment_text(upcoming, at)}
    if replay.refused_since is not None:
        times["since"] = moment_text(replay.refused_since, at)
        return (
            _(
                "Since %(since)s the platform has not been allowed to look for the recording; the next check is at %(time)s. Whether there is one is unknown."
            )
            % times
        )
    if replay.is_held_up_by_fault:
        return (
            _(
                "No check could be completed since %(since)s, most recently because of an error of the platform; the next try is at %(time)s. Nothing is lost: what was recorded is kept."
            )
            % times
        )
    return (
        _(
            "The classroom service could not be reached since %(since)s; the next try is at %(time)s. Nothing is lost: what was recorded is kept."
        )
        % times
    )
