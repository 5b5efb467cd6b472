"""Addresses for a screen in the office: made and ended by administrators, and known by a digest alone."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.utils import timezone

from accounts.enums import AuditKind
from accounts.models import User
from accounts.services import audit
from attendance.models import WallAddress
from edu_platform.lib.secret_tokens import digest_of, make_secret_token
from edu_platform.lib.statements import Statement

# An office has few screens; who makes more has lost addresses, and ends these first.
WALLS_AT_MOST = 20


class TooManyWalls(Exception):
    """There are so many addresses that some have to be ended first."""


@transaction.atomic
def make_wall(name: str, *, by: User, at: dt.datetime) -> str:
    """Make an address, and return its token, which is not stored and cannot be shown again.

    Raises:
        TooManyWalls: some have to be ended first.
    """
    if WallAddress.objects.filter(ended_at=None).count() >= WALLS_AT_MOST:
        raise TooManyWalls
    token = make_secret_token()
    wall = WallAddress.objects.create(
        name=name, token_digest=digest_of(token), made_by=by, made_at=at
    )
    audit.record_row(AuditKind.WALL_MADE, wall, by=by)
    return token


@transaction.atomic
def end_wall(code: str, *, by: User, at: dt.datetime) -> bool:
    """End an address, and return whether it still worked.

    Raises:
        WallAddress.DoesNotExist: there is none of this code.
    """
    wall = WallAddress.objects.select_for_update().get(code=code)
    if wall.ended_at is not None:
        return False
    wall.ended_at = at
    wall.save(update_fields=["ended_at"])
    audit.record_row(AuditKind.WALL_ENDED, wall, by=by)
    return True


def find_wall(token: str, *, at: dt.datetime) -> WallAddress | None:
    """Return the address of this token, and note the day on which it was used; None: unknown, or ended."""
    wall = _OPEN.first(digest=digest_of(token))
    today = timezone.localdate(at)
    if wall is not None and wall.used_on != today:
        WallAddress.objects.filter(pk=wall.pk).update(used_on=today)
    return wall


def open_walls() -> list[WallAddress]:
    return list(WallAddress.objects.filter(ended_at=None).select_related("made_by"))


_OPEN = Statement(
    lambda digest: WallAddress.objects.filter(token_digest=digest, ended_at__isnull=True)
)
