from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.decorators import SignedInRequest
from accounts.permissions import Relation
from edu_platform.lib.live_pages import is_for_script, known_version, render_live, unchanged
from replays import access
from replays.forms.filters import FileForm
from replays.forms.shares import ShareForm
from replays.forms.watching import ProgressForm
from replays.models import Replay
from replays.selectors.details import (
    Player,
    live_page_of,
    player_of,
    present_files,
    replay_page,
    state_version,
)
from replays.selectors.history import history_of
from replays.selectors.shares import LinkRow, link_rows
from replays.services.retention import kept_until
from replays.services.trash import IN_TRASH_FOR
from replays.services.watching import keep_progress
from replays.views import share_cookies
from replays.views.playback import allow_playlists


@dataclass(frozen=True, slots=True)
class SharingSection:
    """The links to a replay, the form for a new one, and the address of one just made."""

    links: list[LinkRow]
    # People who may no longer share still see, and revoke, the links they made.
    may_share: bool
    form: ShareForm | None
    new_address: str
    new_code: str
    # Whether there may be something to share later on.
    is_waiting: bool

    @property
    def new_has_password(self) -> bool:
        return any(link.has_password for link in self.links if link.code == self.new_code)

    @property
    def is_shown(self) -> bool:
        """Tell whether to show the section: without a replay to come, only for its old links."""
        return self.form is not None or self.is_waiting or bool(self.links)

    @property
    def has_open_links(self) -> bool:
        return any(link.may_be_revoked for link in self.links)

    @property
    def has_valid_links(self) -> bool:
        return any(link.is_valid for link in self.links)


def sharing_section(
    request: SignedInRequest,
    replay: Replay,
    *,
    relations: Collection[Relation],
    at: dt.datetime,
    form: ShareForm | None,
) -> SharingSection:
    """The links to a replay for a person with these relations to it; with a form when they may share it."""
    # What the page's script asks for has no place for it: it waits for the page.
    shows_it = request.method == "GET" and not is_for_script(request)
    taken = share_cookies.new_token(request, replay) if shows_it else None
    address = ""
    if taken is not None:
        address = request.build_absolute_uri(reverse("replays:shared", args=[taken.token]))
    return SharingSection(
        links=link_rows(replay, request.user, relations, at=at),
        may_share=form is not None,
        form=form if replay.is_ready else None,
        new_address=address,
        new_code=taken.share if taken is not None else "",
        is_waiting=form is not None and replay.is_waiting,
    )


@require_safe
def detail(request: SignedInRequest, code: str) -> HttpResponse:
    """The page, which follows the state while the cloud makes the recording."""
    at, known = timezone.now(), known_version(request)
    if known and known == state_version(access.get_replay_to_follow(request.user, code), at=at):
        return unchanged()
    replay, relations = access.get_replay_with_relations(request.user, code)
    return replay_response(request, replay, relations)


def replay_response(
    request: SignedInRequest,
    replay: Replay,
    relations: Collection[Relation],
    *,
    share_form: ShareForm | None = None,
    status: int = 200,
) -> HttpResponse:
    """The page of a replay for a person with these relations to it.

    With the share form when an invalid one was sent.
    """
    at = timezone.now()
    abilities = access.abilities_of(relations, replay, at)
    player = _player(request, replay, at)
    if share_form is None and abilities.share:
        share_form = ShareForm(offers_download=player.has_single_file)
    sharing = sharing_section(request, replay, relations=relations, at=at, form=share_form)
    context = {
        "replay": replay_page(replay, at=at, audience=access.audience_of(relations)),
        "abilities": abilities,
        "may_download": abilities.download,
        "history": history_of(replay, at=at) if abilities.see_history else None,
        "player": player,
        "kept_until": kept_until(replay, at=at) if abilities.delete else None,
        "days_in_trash": IN_TRASH_FOR.days,
        "sharing": sharing,
        "replay_pk": replay.pk,
        "page_address": request.build_absolute_uri(player.page),
        "time_zone": timezone.get_default_timezone_name(),
    }
    followed = live_page_of(replay, player.page, at=at)
    response = render_live(
        request,
        "replays/detail.html",
        "replays/_detail_parts.html",
        context,
        followed,
        status=status,
    )
    if sharing.new_address:
        _show_once(response, replay)
    return allow_playlists(response) if player.has_playlists else response


def _show_once(response: HttpResponse, replay: Replay) -> None:
    """Headers of the page that shows a new link's secret part."""
    response["Cache-Control"] = "no-store"
    share_cookies.forget_token(response, replay)


def _player(request: SignedInRequest, replay: Replay, at: dt.datetime) -> Player:
    return player_of(
        replay,
        page=reverse("replays:detail", args=[replay.code]),
        chosen=FileForm(request.GET).wanted(),
        at=at,
        user=request.user,
        progress_address=reverse("replays:progress", args=[replay.code]),
    )


@require_POST
def progress(request: SignedInRequest, code: str) -> HttpResponse:
    """Save how far, and which parts, the person has watched; players send it every few seconds and on leaving."""
    replay = access.get_replay_for(request.user, code)
    form = ProgressForm(request.POST)
    if not form.is_valid():
        return HttpResponse(status=400)
    files, number = present_files(replay), form.cleaned_data["file"]
    if not replay.is_ready or number > len(files):
        return HttpResponse(status=409)
    keep_progress(
        request.user,
        files[number - 1],
        position_s=int(form.cleaned_data["position_s"]),
        is_seen=form.cleaned_data["seen"],
        at=timezone.now(),
        watched=form.cleaned_data["watched"],
    )
    return HttpResponse(status=204)
