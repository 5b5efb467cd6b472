"""A replay's state, sizes and times in words: what happened, why, and what comes next."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.wording import NOTHING, StateWords, moment_text, next_moment_text, size_text
from replays.enums import ReplayReason, ReplayState
from replays.models import Replay

# Words are told apart by a shape too, not by their colour alone.
SHAPES = {
    ReplayState.EXPECTED: ("○", "mark-quiet"),
    ReplayState.RECORDING: ("●", "mark-running"),
    ReplayState.PROCESSING: ("◌", "mark-waiting"),
    ReplayState.READY: ("✓", "mark-done"),
    ReplayState.NONE: ("—", "mark-quiet"),
    ReplayState.FAILED: ("✕", "mark-running"),
    ReplayState.DELETED: ("◇", "mark-quiet"),
}

EXPLANATIONS = {
    ReplayReason.TO_COME: gettext_lazy(
        "The class is still to come. It is recorded while it is held."
    ),
    ReplayReason.RUNNING: gettext_lazy(
        "The class is running and being recorded. The cloud makes the file when it has ended."
    ),
    ReplayReason.ENDED: gettext_lazy("The class has ended, and the cloud is making the file."),
    ReplayReason.BY_HAND_RUNNING: gettext_lazy(
        "The class is running. It is recorded by hand: only while somebody in it has started a recording."
    ),
    ReplayReason.BY_HAND_ENDED: gettext_lazy(
        "The class has ended. It was to be recorded by hand: if somebody started a recording in it, the file appears here."
    ),
    ReplayReason.FOUND: gettext_lazy("The recording is there."),
    ReplayReason.NOT_RECORDED: gettext_lazy("Recording was switched off for this class."),
    ReplayReason.SIGNALLING: gettext_lazy(
        "This class is kept as a signalling recording, which makes no video file."
    ),
    ReplayReason.NOT_STARTED_BY_HAND: gettext_lazy(
        "This class is recorded by hand, and nobody started a recording in it."
    ),
    ReplayReason.CANCELLED: gettext_lazy(
        "The lesson was cancelled, so there is nothing to record."
    ),
    ReplayReason.NEVER_HELD: gettext_lazy("Nobody started the class, so nothing was recorded."),
    ReplayReason.ROOM_GONE: gettext_lazy(
        "The class's room was deleted in the cloud, and its recording with it."
    ),
    ReplayReason.GIVEN_UP: gettext_lazy(
        "The class was held, but the cloud showed no recording for 30 days."
    ),
    ReplayReason.VANISHED: gettext_lazy("The recording was there, and was deleted in the cloud."),
}
OVERDUE = gettext_lazy(
    "The planned time has passed, and nobody started the class. If nobody does, it counts as never held a day later."
)
LATE = gettext_lazy("The class was to begin, and nobody has started it yet.")
ADVICE = {
    ReplayReason.TO_COME: gettext_lazy("Come back after the class."),
    ReplayReason.RUNNING: gettext_lazy(
        "You may close this page: the replay will be here after the class."
    ),
    ReplayReason.ENDED: gettext_lazy(
        "You may close this page: the platform goes on asking until the file is there."
    ),
    ReplayReason.BY_HAND_RUNNING: gettext_lazy(
        "You may close this page: the replay will be here after the class."
    ),
    ReplayReason.BY_HAND_ENDED: gettext_lazy("If there is none by tomorrow, this page says so."),
    ReplayReason.NOT_RECORDED: gettext_lazy(
        "For lessons to come, a planner can switch recording on before they begin."
    ),
    ReplayReason.SIGNALLING: gettext_lazy(
        "For a video file of lessons to come, a planner can choose automatic recording."
    ),
    ReplayReason.NOT_STARTED_BY_HAND: gettext_lazy(
        "Next time start the recording in the class, or have a planner choose automatic recording."
    ),
    ReplayReason.CANCELLED: gettext_lazy("Your timetable shows what comes instead."),
    ReplayReason.NEVER_HELD: gettext_lazy(
        "If the class was held in another place, ask its teacher."
    ),
    ReplayReason.ROOM_GONE: gettext_lazy(
        "It cannot be brought back from here. Ask the school whether somebody kept a copy."
    ),
    ReplayReason.GIVEN_UP: gettext_lazy(
        "Tell the school: its account in the cloud may have been short of storage or in arrears. When that is settled, an administrator can have the cloud asked again."
    ),
    ReplayReason.VANISHED: gettext_lazy(
        "It cannot be brought back from here. Ask the school whether somebody kept a copy."
    ),
}


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a replay is in its state; what can be done; what the platform itself does about it."""

    sentence: str
    advice: str
    asking: str
    silence: str


def state_words(replay: Replay) -> StateWords:
    state = ReplayState(replay.state)
    shape, css_class = SHAPES[state]
    return StateWords(shape=shape, label=str(state.label), css_class=css_class)


def explain(replay: Replay, at: dt.datetime) -> Explanation:
    reason = ReplayReason(replay.reason)
    is_overdue = reason is ReplayReason.TO_COME and replay.planned_end <= at
    is_late = reason is ReplayReason.TO_COME and replay.planned_start <= at < replay.planned_end
    sentence = str(OVERDUE if is_overdue else LATE if is_late else EXPLANATIONS[reason])
    silence = _silence(replay, at) if replay.is_waiting else ""
    return Explanation(
        sentence=_as_last_known(sentence, replay, at) if silence else sentence,
        advice="" if is_overdue else str(ADVICE.get(reason, "")),
        asking=_asking(replay, at) if replay.is_waiting else "",
        silence=silence,
    )


def _as_last_known(sentence: str, replay: Replay, at: dt.datetime) -> str:
    """What may not be so any more, with the time at which it was."""
    known_at = replay.room.asked_at if replay.room is not None else replay.asked_at
    if known_at is None:
        return sentence
    return _("As of %(time)s: %(sentence)s") % {
        "time": moment_text(known_at, at),
        "sentence": sentence,
    }


def short_reason(replay: Replay, at: dt.datetime) -> str:
    """One line for lists: why it is not ready, and when the cloud is asked next."""
    if replay.is_ready:
        return ""
    words = [_reason_label(replay, at)]
    since, upcoming = _unanswered(replay) if replay.is_waiting else (None, None)
    if since is not None and upcoming is not None:
        times = {"since": moment_text(since, at), "time": next_moment_text(upcoming, at)}
        words.append(_("no answer of the cloud since %(since)s, asks next at %(time)s") % times)
    elif replay.is_waiting and replay.next_ask_at is not None:
        words.append(
            _("asks next at %(time)s") % {"time": next_moment_text(replay.next_ask_at, at)}
        )
    return " · ".join(words)


def _reason_label(replay: Replay, at: dt.datetime) -> str:
    reason = ReplayReason(replay.reason)
    if reason is ReplayReason.TO_COME and replay.planned_start <= at:
        return _("Nobody has started the class yet")
    return str(reason.label)


def missing_text(missing_since: dt.datetime | None, replay: Replay, at: dt.datetime) -> str:
    """That the cloud does not list a file any more; empty when it lists all."""
    if missing_since is None or replay.next_ask_at is None:
        return ""
    times = {
        "since": moment_text(missing_since, at),
        "time": next_moment_text(replay.next_ask_at, at),
    }
    return (
        _(
            "Since %(since)s the cloud does not list a file of this replay, which may not play. It is looked for again at %(time)s."
        )
        % times
    )


def _asking(replay: Replay, at: dt.datetime) -> str:
    if replay.unanswered_since is not None or replay.next_ask_at is None:
        return ""
    upcoming = next_moment_text(replay.next_ask_at, at)
    if replay.asked_at is None:
        return _("The cloud is asked at %(time)s.") % {"time": upcoming}
    times = {"asked": moment_text(replay.asked_at, at), "time": upcoming}
    return _("The cloud was last asked at %(asked)s and is asked next at %(time)s.") % times


def _silence(replay: Replay, at: dt.datetime) -> str:
    since, upcoming = _unanswered(replay)
    if since is None or upcoming is None:
        return ""
    times = {"since": moment_text(since, at), "time": next_moment_text(upcoming, at)}
    return (
        _(
            "Since %(since)s the cloud could not be asked; the next try is at %(time)s. Nothing is lost: the recording stays in the cloud."
        )
        % times
    )


def _unanswered(replay: Replay) -> tuple[dt.datetime | None, dt.datetime | None]:
    """Since when the cloud has not told of the recording, nor of the class itself, and the next try."""
    if replay.unanswered_since is not None:
        return replay.unanswered_since, replay.next_ask_at
    if replay.is_waiting and replay.room is not None:
        return replay.room.unanswered_since, replay.room.next_look_at
    return None, None


def sizes_text(sizes_bytes: Sequence[int | None]) -> str:
    """How many files, and their sizes together; unknown as soon as one of them is."""
    if not sizes_bytes:
        return NOTHING
    known = [size for size in sizes_bytes if size is not None]
    total = sum(known) if len(known) == len(sizes_bytes) else None
    count = len(sizes_bytes)
    if count == 1 and total is None:
        return size_text(None)
    text = ngettext("%(count)s file (%(size)s)", "%(count)s files (%(size)s)", count)
    return text % {"count": count, "size": size_text(total)}


def duration_text(duration_s: int | None) -> str:
    """Hours, minutes and seconds, as players show them."""
    if duration_s is None:
        return NOTHING
    minutes, seconds = divmod(duration_s, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}"


def views_text(count: int) -> str:
    return ngettext("%(count)s view", "%(count)s views", count) % {"count": count}


def downloads_text(count: int) -> str:
    return ngettext("%(count)s download", "%(count)s downloads", count) % {"count": count}
