"""Media responses for people of the school and for visitors by a link.

Access is checked on every request, and responses are for one person: no cache keeps them.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from urllib.parse import quote

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.decorators import SignedInRequest
from accounts.models import User
from accounts.permissions import Action, Relation, may
from classroom.client.errors import CloudError
from edu_platform.lib.error_pages import ErrorPage, new_reference, render_error
from edu_platform.lib.hosts import host_of, is_allowed
from edu_platform.lib.http import see_other
from replays import access, error_pages, wording
from replays.enums import Audience, UseKind
from replays.forms.filters import FileForm
from replays.models import Replay, ReplayFile, Share
from replays.models.sessions import title_of
from replays.playback import delivery, hotlinks
from replays.playback.file_kinds import content_type
from replays.selectors.details import present_files
from replays.services.playback import (
    TooManyTickets,
    playback_address,
    visitor_playback_address,
)
from replays.services.watching import count_use

logger = logging.getLogger(__name__)

# A range that does not begin with the file: a player that goes on, or looks into the file's end.
LATER_PART = re.compile(r"bytes=(?!0+-)")


@dataclass(frozen=True, slots=True)
class Viewer:
    """A person who plays or downloads: one of the school, or a visitor by a link, such as that of a family.

    `page` is the page with the player, below which lie `play/` and `download/`. A visitor is identified by a
    digest, empty for those who never saw the page; they get error pages of their own.
    """

    page: str
    user: User | None = None
    visitor: str = ""
    share: Share | None = None
    # Makes the address of the cloud's own player for somebody who is neither of these.
    ticket: Callable[[], str] | None = None
    is_staff: bool = False
    audience: Audience = Audience.ANYBODY
    refused_template: str = "replays/error.html"

    @property
    def is_unknown(self) -> bool:
        """Tell whether they use a link, and their browser never saw its page."""
        return self.user is None and not self.visitor


@require_safe
def play(request: SignedInRequest, code: str) -> HttpResponse:
    replay, relations = access.get_replay_with_relations(request.user, code)
    return media(request, replay, UseKind.PLAY, viewer=_viewer(request, replay, relations))


@require_safe
def play_part(request: SignedInRequest, code: str, number: int, name: str) -> HttpResponse:
    """Serve a segment of a playlist, or the playlist itself."""
    replay, relations = access.get_replay_with_relations(request.user, code)
    viewer = _viewer(request, replay, relations)
    return media_part(request, replay, number, name, viewer=viewer)


@require_safe
def download(request: SignedInRequest, code: str) -> HttpResponse:
    replay, relations = access.get_replay_with_relations(request.user, code)
    viewer = _viewer(request, replay, relations)
    if not may(Action.DOWNLOAD_REPLAY, relations):
        return refuse(request, error_pages.may_not_download(), replay, viewer)
    return media(request, replay, UseKind.DOWNLOAD, viewer=viewer)


def media(request: HttpRequest, replay: Replay, kind: UseKind, *, viewer: Viewer) -> HttpResponse:
    """Serve the file of this number to a client with access to the replay, and count it.

    A player that loads length and a picture of the film ahead says so, and is not counted; when somebody plays,
    it asks without that.
    """
    form = FileForm(request.GET)
    files, number = present_files(replay), form.chosen()
    file = files[number - 1] if 1 <= number <= len(files) else None
    error = _error(replay, file, kind, viewer)
    if file is None or error is not None:
        return refuse(request, error or error_pages.no_such_file(), replay, viewer)
    if file.is_signalling:
        return _cloud_player(request, replay, file, viewer)
    if kind is UseKind.DOWNLOAD or not (form.wants_metadata() and _is_by_player(request, file)):
        _count(request, file, kind, viewer)
    if file.is_playlist and delivery.hides_addresses():
        # Its segments are named relative to it, so it needs an address of ours above them.
        name = quote(delivery.playlist_name(file.url), safe="")
        return delivery.lead_to(f"{viewer.page}play/{number}/{name}")
    wanted = delivery.MediaRequest(
        url=file.url,
        file_name=delivery.file_name(title_of(replay), file, number=number, count=len(files)),
        content_type=content_type(file.url),
        is_download=kind is UseKind.DOWNLOAD,
        lasts_s=hotlinks.lasting_s(file.duration_s),
    )
    return delivery.deliver(wanted, at=timezone.now())


def _is_by_player(request: HttpRequest, file: ReplayFile) -> bool:
    """Tell whether a page's player may be asking, as far as browsers tell: in a tab of its own the film would play."""
    asks_for = request.headers.get("Sec-Fetch-Dest", "video")
    return asks_for in {"video", "audio"} or (file.is_playlist and asks_for == "empty")


def media_part(
    request: HttpRequest, replay: Replay, number: int, name: str, *, viewer: Viewer
) -> HttpResponse:
    """Serve a playlist or a segment, where the delivery hides the cloud's address."""
    files = present_files(replay)
    file = files[number - 1] if 1 <= number <= len(files) else None
    error = _error(replay, file, UseKind.PLAY, viewer)
    if file is None or error is not None:
        return refuse(request, error or error_pages.no_such_file(), replay, viewer)
    query = request.META.get("QUERY_STRING", "")
    url = delivery.piece_of(file.url, name, query) if file.is_playlist else None
    if url is None:
        return refuse(request, error_pages.no_such_file(), replay, viewer)
    wanted = delivery.MediaRequest(
        url=url,
        file_name=name.rpartition("/")[2],
        content_type=content_type(url),
        is_download=False,
        lasts_s=hotlinks.lasting_s(file.duration_s),
    )
    return delivery.deliver(wanted, at=timezone.now())


def refuse(request: HttpRequest, error: ErrorPage, replay: Replay, viewer: Viewer) -> HttpResponse:
    context = {"replay": replay, "page": viewer.page}
    return render_error(request, viewer.refused_template, error, context)


def allow_playlists(response: HttpResponse) -> HttpResponse:
    """Let a page fetch a playlist by script and play what the script put together."""
    response._csp_update = {  # type: ignore[attr-defined] # noqa: SLF001 -- where django-csp looks
        "media-src": ["blob:"],
        "connect-src": list(settings.REPLAY_HOSTS),
    }
    return response


def _viewer(request: SignedInRequest, replay: Replay, relations: Collection[Relation]) -> Viewer:
    return Viewer(
        page=reverse("replays:detail", args=[replay.code]),
        user=request.user,
        is_staff=may(Action.ADMINISTER, relations),
        audience=access.audience_of(relations),
    )


def _error(
    replay: Replay, file: ReplayFile | None, kind: UseKind, viewer: Viewer
) -> ErrorPage | None:
    if not replay.is_ready:
        explanation = wording.explain(replay, timezone.now(), audience=viewer.audience)
        return error_pages.not_ready(explanation.sentence, explanation.advice)
    if file is None:
        return error_pages.no_such_file()
    if kind is UseKind.DOWNLOAD and not file.is_downloadable:
        return error_pages.no_single_file(is_signalling=file.is_signalling)
    if not file.is_signalling and not is_allowed(file.url, settings.REPLAY_HOSTS):
        return error_pages.unknown_host(host_of(file.url), is_staff=viewer.is_staff)
    if file.is_playlist and delivery.hides_addresses() and not delivery.playlist_name(file.url):
        return error_pages.no_folder()
    return None


def _cloud_player(
    request: HttpRequest, replay: Replay, file: ReplayFile, viewer: Viewer
) -> HttpResponse:
    """Redirect to the cloud's own player, with a ticket made for this click."""
    if request.method != "GET" or viewer.is_unknown:
        # Tickets are only for clients that saw the page and pressed its button.
        return see_other(viewer.page)
    try:
        address = _ticket_address(replay, viewer)
    except TooManyTickets as err:
        return refuse(request, error_pages.too_many_by_link(err.retry_after_s), replay, viewer)
    except CloudError as error:
        reference = new_reference()
        logger.warning("playing replay %s failed (%s): %s", replay.pk, reference, error)
        return refuse(request, error_pages.cloud_trouble(error, reference), replay, viewer)
    _count(request, file, UseKind.PLAY, viewer)
    return delivery.lead_to(address)


def _ticket_address(replay: Replay, viewer: Viewer) -> str:
    if viewer.ticket is not None:
        return viewer.ticket()
    if viewer.share is not None:
        return visitor_playback_address(viewer.share, at=timezone.now())
    if viewer.user is None:
        raise ValueError("a viewer is either a person's or a link's")
    return playback_address(replay, viewer.user)


def _count(request: HttpRequest, file: ReplayFile, kind: UseKind, viewer: Viewer) -> None:
    """Count a use; a busy database must not keep anybody from watching."""
    # Without the link's page, each request would count as a new visitor.
    if request.method != "GET" or viewer.is_unknown:
        return
    try:
        count_use(
            file,
            kind,
            at=timezone.now(),
            user=viewer.user,
            visitor=viewer.visitor,
            share=viewer.share,
            is_later_part=LATER_PART.match(request.headers.get("Range", "")) is not None,
        )
    except DatabaseError as err:
        logger.warning("a use of file %s was not counted: %s", file.pk, err)
