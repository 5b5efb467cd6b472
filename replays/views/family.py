"""Replays for families, who watch by the link of their child: the player, and what it asks for. Nothing is downloaded."""

from __future__ import annotations

from functools import partial

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.views.decorators.http import require_safe

from replays import access
from replays.enums import UseKind
from replays.forms.filters import FileForm
from replays.models import Replay
from replays.models.sessions import title_of
from replays.selectors.details import player_of
from replays.services.playback import family_playback_address
from replays.views.playback import Viewer, allow_playlists, media, media_part
from schedule.families.access import family_of
from schedule.families.visiting import REFUSED, about_child, for_families, page_address
from schedule.history.words import period_text
from schedule.models import FamilyLink

VISITOR_SALT = "replays.families"


@for_families
@require_safe
def replay(request: HttpRequest, token: str, code: str) -> HttpResponse:
    """Show the player; it holds no address of the cloud."""
    family = family_of(request, token)
    shown = access.get_replay_for_family(family.children, code)
    player = player_of(
        shown,
        page=_page_of(token, shown),
        chosen=FileForm(request.GET).chosen(),
        at=timezone.now(),
        memory=f"family-{shown.code}",
    )
    if player.chosen is None:
        raise Http404  # its files were removed a moment ago
    context = {
        "title": title_of(shown),
        "period": period_text(shown.planned_start, shown.planned_end),
        "page": about_child(page_address(token), family.child),
        "player": player,
        "may_download": False,
    }
    response = render(request, "replays/family.html", context)
    return allow_playlists(response) if player.has_playlists else response


@for_families
@require_safe
def play(request: HttpRequest, token: str, code: str) -> HttpResponse:
    family = family_of(request, token)
    played = access.get_replay_for_family(family.children, code)
    return media(request, played, UseKind.PLAY, viewer=_viewer(family.link, token, played))


@for_families
@require_safe
def play_part(request: HttpRequest, token: str, code: str, number: int, name: str) -> HttpResponse:
    """Serve a segment of a playlist, or the playlist itself."""
    family = family_of(request, token)
    played = access.get_replay_for_family(family.children, code)
    viewer = _viewer(family.link, token, played)
    return media_part(request, played, number, name, viewer=viewer)


def _viewer(link: FamilyLink, token: str, played: Replay) -> Viewer:
    """Return a visitor: a view is counted, and nothing is kept of which family it was."""
    mark = salted_hmac(VISITOR_SALT, f"{link.code} {played.code}", algorithm="sha256")
    return Viewer(
        page=_page_of(token, played),
        visitor=mark.hexdigest(),
        ticket=partial(family_playback_address, played, link),
        refused_template=REFUSED,
    )


def _page_of(token: str, shown: Replay) -> str:
    return reverse("family_replays:replay", args=[token, shown.code])
