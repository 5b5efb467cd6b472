"""Moving replays to the trash, after a confirmation, and restoring them."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.decorators import SignedInRequest
from accounts.permissions import Action
from edu_platform.lib.http import READ_AND_WRITE, require_post_or_explain, see_other
from replays import access
from replays.enums import ReplayState
from replays.forms.filters import CODES_AT_MOST, address_back, codes_of
from replays.models import Replay
from replays.models.sessions import title_of
from replays.selectors.shares import valid_links_count
from replays.services.trash import (
    IN_TRASH_FOR,
    NothingToDelete,
    restore_replays,
    trash_replays,
)
from replays.wording.trash import at_most_text, nothing_to_delete_text, trashed_text


@require_http_methods(READ_AND_WRITE)
def delete_many(request: SignedInRequest) -> HttpResponse:
    """Ask for confirmation, then move the replays to the trash."""
    back = address_back(request, reverse("replays:list"))
    codes = codes_of(request.POST if request.method == "POST" else request.GET)
    if len(codes) > CODES_AT_MOST:
        messages.error(request, at_most_text(CODES_AT_MOST))
        return see_other(back)
    replays = access.get_replays_for(request.user, codes, Action.DELETE_REPLAY)
    if not replays:
        messages.info(request, _("Choose first which replays to delete."))
        return see_other(back)
    if request.method == "POST":
        _move_to_trash(request, replays)
        return see_other(back)
    context = {
        "replays": [(title_of(each), each) for each in replays],
        "back": back,
        "days": IN_TRASH_FOR.days,
        "is_nothing_recorded": all(each.state == ReplayState.FAILED for each in replays),
        "open_links": valid_links_count(replays, at=timezone.now()),
    }
    return render(request, "replays/delete.html", context)


@require_post_or_explain("replays:detail")
def delete(request: SignedInRequest, code: str) -> HttpResponse:
    replay = access.get_replay_for(request.user, code, Action.DELETE_REPLAY)
    _move_to_trash(request, [replay])
    return see_other(address_back(request, reverse("replays:list")))


@require_post_or_explain("replays:detail")
def restore(request: SignedInRequest, code: str) -> HttpResponse:
    replay = access.get_replay_for(request.user, code, Action.DELETE_REPLAY)
    name = {"title": title_of(replay)}
    restored = restore_replays([replay], person=request.user, at=timezone.now())
    if restored.too_late:
        messages.error(
            request,
            _("“%(title)s” cannot be restored: its files are being deleted.") % name,
        )
    else:
        messages.success(request, _("“%(title)s” was restored.") % name)
    return see_other(address_back(request, reverse("replays:detail", args=[replay.code])))


def _move_to_trash(request: SignedInRequest, replays: list[Replay]) -> None:
    try:
        count = trash_replays(replays, person=request.user, at=timezone.now())
    except NothingToDelete as err:
        messages.error(request, nothing_to_delete_text(err.replay))
        return
    tell = messages.success if count else messages.info
    tell(request, trashed_text(count, days=IN_TRASH_FOR.days))
