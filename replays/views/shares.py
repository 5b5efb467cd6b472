"""Share links: created and revoked by those who may share a replay, opened by visitors."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable
from functools import partial

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from accounts.decorators import SignedInRequest
from accounts.permissions import Action
from accounts.visitors import for_visitors
from edu_platform.lib.http import READ_AND_WRITE, require_post_or_explain, see_other
from replays import access, error_pages
from replays.enums import UseKind
from replays.forms.filters import FileForm
from replays.forms.shares import LinkForm, PasswordForm, ShareForm
from replays.models import Replay, Share
from replays.models.sessions import title_of
from replays.selectors.details import has_single_file, player_of
from replays.services import shares
from replays.views import share_cookies
from replays.views.details import replay_response
from replays.views.playback import Viewer, allow_playlists, media, media_part, refuse
from replays.wording.shares import sharer_text

# By then the checks that are running are done.
BUSY_FOR_S = 3

LINK_INVALID = "replays/shared_link_invalid.html"


# --- For people of the school ---------------------------------------------------------------------


@require_post_or_explain("replays:detail")
def share(request: SignedInRequest, code: str) -> HttpResponse:
    """Create a link, which the replay's page shows once, or show the form again with its errors."""
    replay, relations = access.get_replay_with_relations(request.user, code, Action.SHARE_REPLAY)
    form = ShareForm(request.POST, offers_download=has_single_file(replay))
    if not form.is_valid():
        return replay_response(request, replay, relations, share_form=form, status=400)
    response = see_other(reverse("replays:detail", args=[replay.code]))
    made = _make_link(request, replay, form)
    if made is not None:
        share_cookies.keep_token(response, made.share, made.token)
    return response


def _make_link(request: SignedInRequest, replay: Replay, form: ShareForm) -> shares.NewLink | None:
    """Create the link, or show why not."""
    try:
        return shares.share(
            replay,
            person=request.user,
            days=form.cleaned_data["days"],
            password=form.cleaned_data["password"],
            may_download=form.cleaned_data.get("download", False),
            at=timezone.now(),
        )
    except shares.NotToBeShared:
        messages.error(request, _("There is nothing to share yet: the replay cannot be played."))
    except shares.TooManyLinks:
        messages.error(request, _("This replay has very many open links: revoke some first."))
    return None


@require_post_or_explain("replays:detail")
def revoke(request: SignedInRequest, code: str) -> HttpResponse:
    """Revoke a link; one's own even when one may no longer share the replay."""
    replay, relations = access.get_replay_with_relations(request.user, code)
    form = LinkForm(request.POST)
    wanted = form.cleaned_data["share"] if form.is_valid() else ""
    link = access.get_link_for(request.user, replay, relations, wanted)
    if shares.revoke(link, at=timezone.now()):
        messages.success(request, _("The link no longer works."))
    return see_other(reverse("replays:detail", args=[replay.code]))


# --- For visitors ---------------------------------------------------------------------------------


@for_visitors(LINK_INVALID)
@require_http_methods(READ_AND_WRITE)
def shared(request: HttpRequest, token: str) -> HttpResponse:
    """Show the replay and nothing else, after the password if there is one."""
    at = timezone.now()
    link = access.get_shared_link(token, at=at)
    if request.method == "POST":
        return _take_password(request, link, token, at)
    if not share_cookies.visitor_of(request).may_use(link):
        return _ask_password(request, link, token, at)
    return _page(request, link, token, at)


@for_visitors(LINK_INVALID)
@require_safe
def play(request: HttpRequest, token: str) -> HttpResponse:
    return _hand_out(request, token, UseKind.PLAY, partial(media, request, kind=UseKind.PLAY))


@for_visitors(LINK_INVALID)
@require_safe
def play_part(request: HttpRequest, token: str, number: int, name: str) -> HttpResponse:
    """Serve a segment of a playlist, or the playlist itself."""
    piece = partial(media_part, request, number=number, name=name)
    return _hand_out(request, token, UseKind.PLAY, piece)


@for_visitors(LINK_INVALID)
@require_safe
def download(request: HttpRequest, token: str) -> HttpResponse:
    file = partial(media, request, kind=UseKind.DOWNLOAD)
    return _hand_out(request, token, UseKind.DOWNLOAD, file)


def _hand_out(
    request: HttpRequest, token: str, kind: UseKind, answer: Callable[..., HttpResponse]
) -> HttpResponse:
    """Serve media of the replay to a visitor with access by this link."""
    at = timezone.now()
    link = access.get_shared_link(token, at=at)
    if not share_cookies.visitor_of(request).may_use(link):
        return _ask_password(request, link, token, at, status=403)
    viewer = _viewer(request, link, token)
    if kind is UseKind.DOWNLOAD and not link.may_download:
        return refuse(request, error_pages.link_is_for_watching(), link.replay, viewer)
    return answer(replay=link.replay, viewer=viewer)


def _viewer(request: HttpRequest, link: Share, token: str) -> Viewer:
    return Viewer(
        page=_page_of(token),
        visitor=share_cookies.visitor_of(request).digest_for(link),
        share=link,
        refused_template="replays/shared_error.html",
    )


def _page_of(token: str) -> str:
    return reverse("replays:shared", args=[token])


def _page(request: HttpRequest, link: Share, token: str, at: dt.datetime) -> HttpResponse:
    replay = link.replay
    player = player_of(
        replay,
        page=_page_of(token),
        chosen=FileForm(request.GET).chosen(),
        at=at,
        memory=f"share-{link.code}",
    )
    if player.chosen is None:
        # Its files were removed a moment ago.
        raise Http404
    context = {
        "title": title_of(replay),
        "shown_at": replay.made_at or replay.planned_start,
        "course": replay.lesson.course.name if replay.lesson else "",
        "sharer": sharer_text(link),
        "link": link,
        "player": player,
        "may_download": link.may_download,
        "time_zone": timezone.get_default_timezone_name(),
    }
    response = render(request, "replays/shared.html", context)
    if request.method == "GET":
        # Set now, so that all of the player's requests are one visitor's.
        share_cookies.keep_visitor(response, share_cookies.visitor_of(request))
    return allow_playlists(response) if player.has_playlists else response


def _take_password(request: HttpRequest, link: Share, token: str, at: dt.datetime) -> HttpResponse:
    form, response = PasswordForm(request.POST), see_other(_page_of(token))
    if request.headers.get("Sec-Fetch-Site") == "cross-site":
        # Another site's form.
        return _ask_password(request, link, token, at, status=403)
    if link.has_password and not form.is_valid():
        return _ask_password(request, link, token, at, status=403)
    if link.has_password:
        try:
            shares.open_with(link, form.cleaned_data["password"], at=at)
        except shares.WrongPassword:
            said = _("This is not the password of this link.")
            return _ask_password(request, link, token, at, status=403, said=said)
        except shares.TooManyAtOnce:
            said = _(
                "Too many passwords are being tried at the moment. Try again in a few seconds."
            )
            return _ask_password(request, link, token, at, status=429, said=said)
        except shares.TooManyGuesses as err:
            return _refuse_guesses(request, err.until, at)
        share_cookies.unlock(response, share_cookies.visitor_of(request), link)
    return response


def _ask_password(
    request: HttpRequest,
    link: Share,
    token: str,
    at: dt.datetime,
    *,
    status: int = 200,
    said: str = "",
) -> HttpResponse:
    """Ask for the password; while the link is locked, say until when."""
    until = shares.locked_until(link, at=at)
    if until is not None:
        return _refuse_guesses(request, until, at)
    context = {"form": PasswordForm(), "page": _page_of(token), "said": said}
    response = render(request, "replays/shared_password.html", context, status=status)
    if status == 429:
        response["Retry-After"] = str(BUSY_FOR_S)
    return response


def _refuse_guesses(request: HttpRequest, until: dt.datetime, at: dt.datetime) -> HttpResponse:
    wait_s = max(math.ceil((until - at).total_seconds()), 1)
    minutes = math.ceil(wait_s / 60)
    sentence = ngettext(
        "Too many wrong passwords were tried with this link. It takes one again in %(count)s minute.",
        "Too many wrong passwords were tried with this link. It takes one again in %(count)s minutes.",
        minutes,
    )
    context = {"form": None, "said": sentence % {"count": minutes}}
    response = render(request, "replays/shared_password.html", context, status=429)
    response["Retry-After"] = str(wait_s)
    return response
