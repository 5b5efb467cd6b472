"""The state of a replay as a label, and its reason in one line; empty lists of a state."""

from __future__ import annotations

import datetime as dt

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from edu_platform.lib.formatting import StateWords, age_text, moment_text, next_moment_text
from replays.enums import ReplayReason, ReplayState
from replays.models import Replay
from replays.overdue import is_late, known_age
from replays.search.filters import IN_TRASH, RESISTING

# Labels differ by shape too, not by colour alone.
SHAPES = {
    ReplayState.EXPECTED: ("○", "mark-quiet"),
    ReplayState.RECORDING: ("●", "mark-running"),
    ReplayState.PROCESSING: ("◌", "mark-waiting"),
    ReplayState.READY: ("✓", "mark-done"),
    ReplayState.NONE: ("—", "mark-quiet"),
    ReplayState.FAILED: ("✕", "mark-running"),
    ReplayState.DELETED: ("◇", "mark-quiet"),
}

EMPTY_LISTS = {
    ReplayState.RECORDING.value: gettext_lazy("No class is being recorded at this moment."),
    ReplayState.PROCESSING.value: gettext_lazy(
        "No recordings are being made: all expected ones are there or have failed."
    ),
    ReplayState.FAILED.value: gettext_lazy("No recording is late."),
    IN_TRASH: gettext_lazy("The trash is empty: nothing deleted in these days can be restored."),
    ReplayState.DELETED.value: gettext_lazy(
        "No replay is deleted: none is in the trash, and none was deleted elsewhere."
    ),
    RESISTING: gettext_lazy(
        "All that was to be deleted for good is deleted, or was due less than a day ago."
    ),
}


def state_words(replay: Replay) -> StateWords:
    if replay.reason == ReplayReason.BY_HAND_RUNNING:
        # Perhaps nobody has started to record; the lesson's page says that.
        return StateWords("○", _("Recorded by hand"), "mark-quiet")
    return words_of_state(ReplayState(replay.state))


def words_of_state(state: ReplayState) -> StateWords:
    shape, css_class = SHAPES[state]
    return StateWords(shape=shape, label=str(state.label), css_class=css_class)


def short_reason(replay: Replay, at: dt.datetime) -> str:
    """One line for lists: why it is not ready, and when the cloud is asked next."""
    if replay.is_ready:
        return ""
    words = [_reason_label(replay, at)]
    since, upcoming = unanswered(replay) if replay.is_waiting else (None, None)
    if since is not None and upcoming is not None:
        words.append(_unanswered_text(replay, since, upcoming, at))
    elif replay.is_waiting and replay.due_at is not None:
        words.append(_("next check at %(time)s") % {"time": next_moment_text(replay.due_at, at)})
    return " · ".join(words)


def _unanswered_text(
    replay: Replay, since: dt.datetime, upcoming: dt.datetime, at: dt.datetime
) -> str:
    known_since = replay.refused_since or since
    times = {"since": moment_text(known_since, at), "time": next_moment_text(upcoming, at)}
    if replay.refused_since is not None:
        return (
            _("checks have not been allowed since %(since)s; the next check is at %(time)s") % times
        )
    if replay.is_held_up_by_fault:
        return (
            _(
                "no answer saved since %(since)s, most recently because of an error of the platform; the next check is at %(time)s"
            )
            % times
        )
    return (
        _(
            "the classroom service could not be reached since %(since)s; the next check is at %(time)s"
        )
        % times
    )


def _reason_label(replay: Replay, at: dt.datetime) -> str:
    reason = ReplayReason(replay.reason)
    if reason is ReplayReason.TO_COME and replay.planned_start <= at:
        return _("Nobody has started the class yet")
    if reason is ReplayReason.ROOM_GONE and replay.state == ReplayState.NONE:
        return _("Its room does not exist")
    if is_late(replay, at):
        age = age_text(known_age(replay, at))
        return _("Late: no recording %(age)s after the class") % {"age": age}
    return str(reason.label)


def missing_text(missing_since: dt.datetime | None, replay: Replay, at: dt.datetime) -> str:
    """The warning that the cloud no longer lists a file; empty when it lists all."""
    if missing_since is None or replay.due_at is None:
        return ""
    times = {
        "since": moment_text(missing_since, at),
        "time": next_moment_text(replay.due_at, at),
    }
    return (
        _(
            "A file of this replay has been missing since %(since)s; it may not play. The next check is at %(time)s."
        )
        % times
    )


def unanswered(replay: Replay) -> tuple[dt.datetime | None, dt.datetime | None]:
    """Return since when the cloud has not answered about recording and class, and the next try."""
    if replay.unreachable_since is not None:
        # An outage may have begun as a refusal, or as a fault of ours.
        return replay.silent_since or replay.unreachable_since, replay.due_at
    if replay.is_waiting and replay.room is not None:
        return replay.room.unanswered_since, replay.room.next_poll_at
    return None, None


def empty_list_text(state: str) -> str:
    """The text of an empty list in this state."""
    return str(EMPTY_LISTS.get(state, _("No replay is in this state.")))
