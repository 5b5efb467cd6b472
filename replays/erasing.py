"""The replays' part in erasing a person: those that may show their face, and titles in which a name was struck out."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from django.db.models import Model
from django.urls import reverse
from django.utils.http import urlencode

from accounts.hooks import Place
from accounts.models import User
from replays import access
from replays.enums import ReplayState
from replays.forms.filters import CODES_AT_MOST
from replays.models import Replay
from replays.models.sessions import title_of
from replays.search.search_box import folded, title_grams
from schedule.hooks import Panel

PANEL_ORDER = 20


def faces_panel(person: User, _viewer: User) -> Panel | None:
    """List the replays of the person's classes, the newest first, each with its page, where it can be deleted."""
    ready = access.replays_of_classes(person).filter(state=ReplayState.READY)
    replays = list(ready.order_by("-listed_at", "-pk").select_related("lesson")[:CODES_AT_MOST])
    if not replays:
        return None
    codes = [("code", replay.code) for replay in replays]
    content = {
        "count": ready.count(),
        "lines": [(replay, title_of(replay)) for replay in replays],
        "delete_address": f"{reverse('replays:delete_many')}?{urlencode(codes)}",
    }
    return Panel("replays/_faces_panel.html", content)


def titles_are_struck(model: type[Model], keys: Collection[Any]) -> None:
    """Bring what is searched up to date with titles in which a name was struck out."""
    if model is not Replay:
        return
    for replay in Replay.objects.filter(pk__in=keys):
        replay.title_folded, replay.title_grams = folded(replay.title), title_grams(replay.title)
        replay.save(update_fields=["title_folded", "title_grams"])


def replay_places(model: type[Model], keys: Collection[Any]) -> Mapping[Any, Place] | None:
    """Return the pages of replays; None: it is another app's."""
    if model is not Replay:
        return None
    replays = Replay.objects.filter(pk__in=keys)
    return {
        replay.pk: Place(replay.title, reverse("replays:detail", args=[replay.code]))
        for replay in replays
    }
