"""Keeping what planners say that names in FET's timetables mean."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from django.db import transaction

from edu_platform.lib.batches import in_batches
from schedule.enums import FetNameKind
from schedule.models import FetName


@transaction.atomic
def replace_fet_names(kind: FetNameKind, names: Iterable[str], rows: Collection[FetName]) -> None:
    """Keep these rows in place of all that was known of the names."""
    for batch in in_batches(names):
        FetName.objects.filter(kind=kind, name__in=batch).delete()
    FetName.objects.bulk_create(rows)
