"""Pages that say, in the person's words, why a file is neither played nor downloaded."""

from __future__ import annotations

from django.utils.translation import gettext as _

from classroom.client.errors import CloudError, CloudUnavailable
from edu_platform.lib.error_pages import DEFAULT_RETRY_AFTER_S, ErrorPage


def not_ready(explanation: str, advice: str) -> ErrorPage:
    return ErrorPage(
        status=409,
        title=_("This replay cannot be played now"),
        explanation=explanation,
        advice=advice,
    )


def no_such_file() -> ErrorPage:
    return ErrorPage(
        status=409,
        title=_("The replay has no such file"),
        explanation=_("It has no file of this number, or the file was deleted."),
        advice=_("The replay's page shows the files that there are."),
    )


def may_not_download() -> ErrorPage:
    return ErrorPage(
        status=403,
        title=_("This replay cannot be downloaded"),
        explanation=_("You can watch it on its page as often as you like."),
        advice=_("If you need the file, ask the teacher of the lesson."),
    )


def link_is_for_watching() -> ErrorPage:
    """The link allows watching only."""
    return ErrorPage(
        status=403,
        title=_("This replay cannot be downloaded"),
        explanation=_("You can watch it on its page for as long as the link is valid."),
        advice=_("If you need the file, ask the person who gave you the link."),
    )


def too_many_by_link(retry_after_s: int) -> ErrorPage:
    """The link's visitors have used up its tickets to the cloud's player."""
    return ErrorPage(
        status=429,
        title=_("Too many people are opening this replay"),
        explanation=_(
            "It plays in a player of its own, which limits how many can watch by the same link at once."
        ),
        advice=_("Try again in a minute."),
        retry_after_s=retry_after_s,
    )


def unknown_host(host: str, *, is_staff: bool) -> ErrorPage:
    """The file's host is not in REPLAY_HOSTS, or its address cannot be parsed."""
    if not host:
        advice = _("The recording's address is invalid: tell the school.")
    elif is_staff:
        words = _(
            "If recordings of this school lie at %(host)s, add it to the setting REPLAY_HOSTS."
        )
        advice = words % {"host": host}
    else:
        advice = _("Tell the school: the platform's administrator can allow the host.")
    return ErrorPage(
        status=409,
        title=_("The file is on an unknown host"),
        explanation=_("The recording is there, but not where the platform may fetch it from."),
        advice=advice,
    )


def no_folder() -> ErrorPage:
    """A playlist without a folder of its own, so that its segments cannot be recognised."""
    return ErrorPage(
        status=409,
        title=_("The file is on an unknown host"),
        explanation=_("The recording is there, but not where the platform may fetch it from."),
        advice=_(
            "Tell the school: where recordings are stored, this one needs a folder of its own."
        ),
    )


def no_single_file(*, is_signalling: bool) -> ErrorPage:
    """A playlist, or a replay for the cloud's own player: there is no single file."""
    return ErrorPage(
        status=409,
        title=_("There is no single file to download"),
        explanation=_(
            "This class was recorded as signalling, which plays only in a player of its own."
        )
        if is_signalling
        else _("This recording is kept in many small pieces, which a player joins."),
        advice=_("You can watch it on its page as often as you like."),
    )


def cloud_trouble(error: CloudError, reference: str) -> ErrorPage:
    """The cloud gave no ticket for its own player."""
    retry_after_s = DEFAULT_RETRY_AFTER_S
    if isinstance(error, CloudUnavailable):
        retry_after_s = max(error.retry_after_s, 1)
    return ErrorPage(
        status=503,
        title=_("This replay's player is not available now"),
        explanation=_(
            "This replay plays in a player of its own, which is not available at the moment."
        ),
        advice=_(
            "Try again in a moment. If it still fails, tell the school the reference number %(reference)s."
        )
        % {"reference": reference},
        reference=reference,
        retry_after_s=retry_after_s,
    )
