"""Texts of a refresh's outcome."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.contrib.messages import constants
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from edu_platform.lib.formatting import followed_by, next_moment_text
from replays.enums import AnswerKind
from replays.models import Replay
from replays.models.sessions import title_of

# Answers that may need attention: the cloud told nothing.
TROUBLES = frozenset({AnswerKind.SILENT, AnswerKind.REFUSED, AnswerKind.FAULT, AnswerKind.BUSY})
ANSWERS = {
    AnswerKind.ASKING: gettext_lazy("Somebody is checking right now. Check again in a minute."),
    AnswerKind.NOTHING_YET: gettext_lazy("There is no recording yet."),
    AnswerKind.NOT_HELD: gettext_lazy("The class is not over yet."),
    AnswerKind.NOT_STARTED: gettext_lazy("Nobody has started the class."),
    AnswerKind.NO_ROOM: gettext_lazy("There is nothing to check: the class has no room yet."),
    AnswerKind.MISSING: gettext_lazy(
        "This recording cannot be found any more. It may be a passing fault."
    ),
    AnswerKind.NO_SUCH_ROOM: gettext_lazy("The room of this class does not exist."),
    AnswerKind.GONE: gettext_lazy("This recording does not exist any more."),
    AnswerKind.NONE: gettext_lazy(
        "There is no recording, and none is expected: the replay's page says why."
    ),
    AnswerKind.SILENT: gettext_lazy("The classroom service could not be reached."),
    AnswerKind.REFUSED: gettext_lazy(
        "The platform was not allowed to check. Tell its administrator."
    ),
    AnswerKind.TOO_SOON: gettext_lazy(
        "It was checked a moment ago. Wait ten seconds before checking again."
    ),
    AnswerKind.FAULT: gettext_lazy(
        "The result could not be saved because of an error of the platform; tell its administrator. The recording is not lost."
    ),
    AnswerKind.BUSY: gettext_lazy(
        "Too many people are checking at this moment. Try again in a minute."
    ),
    AnswerKind.DELETED: gettext_lazy("This replay was deleted, so it is not checked."),
}
# How many titles to name for the same answer.
TITLES_NAMED = 3
# After these the platform keeps polling.
ANSWERED_LATER = frozenset(
    {
        AnswerKind.NOTHING_YET,
        AnswerKind.MISSING,
        AnswerKind.NO_SUCH_ROOM,
        AnswerKind.SILENT,
        AnswerKind.REFUSED,
        AnswerKind.FAULT,
    }
)


@dataclass(frozen=True, slots=True)
class Answer:
    """The cloud's answer; `wording.answer_text` puts it into words."""

    kind: AnswerKind
    # How many files the cloud has, and the next scheduled poll.
    files: int = 0
    # The numbers of those that it no longer lists, as 1 or 2-4.
    missing: str = ""
    next_ask_at: dt.datetime | None = None


def answer_text(answer: Answer, at: dt.datetime) -> str:
    """Say what the cloud answered, and when the next scheduled poll is."""
    if answer.kind is AnswerKind.FOUND:
        text = ngettext(
            "There is %(count)s file.",
            "There are %(count)s files.",
            answer.files,
        )
        said = text % {"count": answer.files}
    else:
        said = str(ANSWERS[answer.kind])
    if answer.missing:
        missing = _("Not listed any more: %(numbers)s.") % {"numbers": answer.missing}
        said = followed_by(said, missing)
    is_open = answer.kind in ANSWERED_LATER or answer.missing
    if not is_open or answer.next_ask_at is None:
        return said
    upcoming = next_moment_text(answer.next_ask_at, at)
    return followed_by(said, _("The platform checks again at %(time)s.") % {"time": upcoming})


def answer_level(kind: AnswerKind) -> int:
    """The message level of an answer."""
    if kind is AnswerKind.FOUND:
        return constants.SUCCESS
    return constants.WARNING if kind in TROUBLES else constants.INFO


def answer_counts(answers: Iterable[tuple[Replay, AnswerKind]]) -> dict[AnswerKind, str]:
    """The summary of several outcomes: each answer, how many, and which."""
    titles: defaultdict[AnswerKind, list[str]] = defaultdict(list)
    for replay, kind in answers:
        titles[kind].append(title_of(replay))
    return {kind: _count_text(kind, of_kind) for kind, of_kind in titles.items()}


def _count_text(kind: AnswerKind, titles: Sequence[str]) -> str:
    named = "、".join(titles[:TITLES_NAMED]) + ("…" if len(titles) > TITLES_NAMED else "")
    words = {"answer": kind.label, "count": len(titles), "titles": named}
    return _("%(answer)s: %(count)s (%(titles)s)") % words


def left_text(answers: Sequence[tuple[Replay, AnswerKind]], left: int) -> str:
    """Say why some of several were not refreshed, after these answers."""
    if answers and answers[-1][1] is AnswerKind.SILENT:
        text = ngettext(
            "%(count)s was not checked, since the classroom service cannot be reached.",
            "%(count)s were not checked, since the classroom service cannot be reached.",
            left,
        )
    else:
        text = ngettext(
            "%(count)s was not checked: that would take too long now.",
            "%(count)s were not checked: that would take too long now.",
            left,
        )
    return text % {"count": left}
