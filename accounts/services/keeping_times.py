"""Keeping times: what the school has chosen, and what was deleted by them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from django.db import transaction
from django.utils import timezone

from accounts.enums import AuditKind
from accounts.models import KeepingTime, User
from accounts.services import audit
from edu_platform.lib.keeping_times import DAY, KeptKind, all_kinds, length_of
from edu_platform.lib.versions import require_as_shown, version_of


def chosen_days() -> dict[str, int]:
    """Return the days that the school has chosen, by the code of their kind."""
    rows = KeepingTime.objects.filter(days__isnull=False)
    return {code: days for code, days in rows.values_list("kind", "days") if days is not None}


@transaction.atomic
def note_forgotten(code: str, count: int, at: dt.datetime) -> None:
    """Note how much of a kind was deleted; what several runs of a day have deleted is one number."""
    KeepingTime.objects.get_or_create(kind=code)
    row = KeepingTime.objects.select_for_update().get(kind=code)
    if row.forgotten_at is None or timezone.localdate(row.forgotten_at) != timezone.localdate(at):
        row.forgotten = 0
    row.forgotten += count
    row.forgotten_at = at
    row.save(update_fields=["forgotten", "forgotten_at"])


def forgotten_last() -> dict[str, KeepingTime]:
    """Return the rows that say what was deleted last, and when, by the code of their kind."""
    return {row.kind: row for row in KeepingTime.objects.exclude(forgotten_at=None)}


def days_in_force(chosen: Mapping[str, int]) -> dict[str, int]:
    """Return the days that are in force of each kind that the school may set."""
    return {kind.code: length_of(kind, chosen) // DAY for kind in settable_kinds()}


def settable_kinds() -> list[KeptKind]:
    return [kind for kind in all_kinds() if kind.is_settable]


def version_of_times(days: Mapping[str, int]) -> str:
    return version_of(sorted(days.items()))


@transaction.atomic
def set_keeping_times(days: Mapping[str, int | None], *, known: str, by: User) -> bool:
    """Set for how many days kinds are kept, None: as the product proposes; return whether any is another one now.

    Raises:
        NotAsShown: they are not what the page showed; `now` is what is in force, in days.
    """
    rows = _locked(days)
    before = days_in_force(chosen_days())
    require_as_shown(before, known, version_of_times(before))
    for row in rows:
        row.days = days[row.kind]
    KeepingTime.objects.bulk_update(rows, ["days"])
    after = days_in_force(chosen_days())
    changes = {code: [before[code], after[code]] for code in days if before[code] != after[code]}
    if changes:
        audit.record(AuditKind.KEEPING_TIMES_CHANGED, by=by, details={"days": changes})
    return bool(changes)


def _locked(days: Mapping[str, int | None]) -> list[KeepingTime]:
    """Return the rows of these kinds, which nobody else changes meanwhile."""
    new = [KeepingTime(kind=code) for code in sorted(days)]
    KeepingTime.objects.bulk_create(new, ignore_conflicts=True)
    rows = KeepingTime.objects.filter(kind__in=days).order_by("pk")
    return list(rows.select_for_update())
