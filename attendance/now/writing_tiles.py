"""Tiles as HTML. What is written of a tile is kept: many people look at the same board, and few tiles change at once."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from accounts.models import User
from accounts.permissions import Action, may
from attendance.now.tiles import Tile
from schedule.access import general_relations

# Those of a large school in two languages, for people of three roles.
TILES_KEPT = 512
# It stands for the page's own, which is put in its place. Nobody can type it as a name or a note.
CSRF_PLACE = secrets.token_urlsafe()


@dataclass(frozen=True, slots=True)
class TileRights:
    """The buttons that somebody has on tiles; `next` is where these lead back to."""

    next: str
    may_message: bool
    may_end: bool
    may_take: bool
    may_record: bool
    may_plan: bool
    opens_people: bool


def rights_of(user: User, board: str) -> TileRights:
    relations = general_relations(user)
    return TileRights(
        next=board,
        may_message=may(Action.MESSAGE_CLASS, relations),
        may_end=may(Action.END_CLASS, relations),
        may_take=may(Action.TAKE_ALARM, relations),
        may_record=may(Action.RECORD_BY_HAND, relations),
        may_plan=may(Action.PLAN_LESSONS, relations),
        opens_people=may(Action.MANAGE_PEOPLE, relations),
    )


def written_tiles(tiles: Iterable[Tile], rights: TileRights, csrf_token: str) -> SafeString:
    """Write the tiles of somebody with these rights, as items of a list."""
    language = get_language() or ""
    written = "".join(_written(tile, rights, language) for tile in tiles)
    return mark_safe(written.replace(CSRF_PLACE, csrf_token))  # noqa: S308 -- templates wrote it


@lru_cache(maxsize=TILES_KEPT)
def _written(tile: Tile, rights: TileRights, language: str) -> str:
    context = {
        "tile": tile,
        # As buttons of other pages read it.
        "card": {"code": tile.code, "name": tile.name, "can_enter": tile.can_enter},
        "rights": rights,
        "next": rights.next,
        "language": language,
        "csrf_token": CSRF_PLACE,
    }
    return render_to_string("attendance/_now_tile.html", context)


def forget_tiles() -> None:
    """Write them anew, as in a process that has just started."""
    _written.cache_clear()
