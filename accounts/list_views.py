"""Lay a list out for a person as cards or as a table, which a column of theirs keeps for each list.

Both are the same table in the page: its class says which, and the style sheet lays it out (`as-cards`).
"""

from __future__ import annotations

from typing import NamedTuple

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_stubs_ext import StrPromise

from accounts.decorators import SignedInRequest
from edu_platform.lib.http import with_query
from edu_platform.lib.live_pages import is_for_script

ASKED_AS = "view"


class ListView(models.TextChoices):
    CARDS = "cards", _("Cards")
    TABLE = "table", pgettext_lazy("layout", "List")


class Way(NamedTuple):
    """One entry of a switch (`components/switch.html`)."""

    address: str
    label: str | StrPromise
    is_chosen: bool


def list_view(request: SignedInRequest, column: str, *, usual: ListView) -> ListView:
    """Return how a list is laid out: as its address asks, else as the person's column says, else as usual.

    What somebody asks for is kept. What the script of an open page asks again says nothing of what they want now.
    """
    chosen = getattr(request.user, column)
    asked = request.GET.get(ASKED_AS)
    if asked not in ListView.values:
        return ListView(chosen) if chosen in ListView.values else usual
    if asked != chosen and request.method == "GET" and not is_for_script(request):
        setattr(request.user, column, asked)
        request.user.save(update_fields=[column])
    return ListView(asked)


def ways_to_view(request: SignedInRequest, shown: ListView) -> list[Way]:
    """Return the entries of the switch: the same list, with all that its address asks for, in each of the views."""
    query = {name: str(value) for name, value in request.GET.items()}
    return [
        Way(with_query(request.path, {**query, ASKED_AS: view.value}), view.label, view == shown)
        for view in ListView
    ]
