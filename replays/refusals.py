"""Why a file is neither played nor downloaded, in the person's words."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _


@dataclass(frozen=True, slots=True)
class Refusal:
    status: int
    title: str
    explanation: str
    advice: str


def not_ready(explanation: str, advice: str) -> Refusal:
    return Refusal(
        status=409,
        title=_("This replay cannot be played now"),
        explanation=explanation,
        advice=advice,
    )


def no_such_file() -> Refusal:
    return Refusal(
        status=409,
        title=_("The replay has no such file"),
        explanation=_("It has fewer files than this address counts, or the file was deleted."),
        advice=_("The replay's page shows the files that there are."),
    )


def may_not_download() -> Refusal:
    return Refusal(
        status=403,
        title=_("This replay is not for downloading"),
        explanation=_("You can watch it on its page as often as you like."),
        advice=_("If you need the file, ask the teacher of the lesson."),
    )


def unknown_host(host: str, *, is_staff: bool) -> Refusal:
    """The file lies where the platform was not told that recordings may lie."""
    advice = (
        _("If recordings of this school lie at %(host)s, add it to the setting REPLAY_HOSTS.")
        % {"host": host}
        if is_staff
        else _("Tell the school: whoever looks after the platform can allow the place.")
    )
    return Refusal(
        status=409,
        title=_("The file lies in an unknown place"),
        explanation=_("The recording is there, but not where the platform may fetch it from."),
        advice=advice,
    )
