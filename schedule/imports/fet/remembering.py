"""Memory of the names that a planner confirmed: those that do not say themselves what they mean."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Set

from django.db import transaction

from accounts.models import User
from edu_platform.lib.batches import in_batches
from schedule.enums import FetNameKind
from schedule.imports.fet.day_names import known_weekdays
from schedule.imports.fet.hours import Hour, says_itself
from schedule.imports.fet.meanings import Meaning, Meanings, State
from schedule.models import ClassGroup, FetName


def remember(meanings: Meanings, own: Meanings, *, language: str) -> None:
    """Keep what names mean; `own` is what they mean when nothing is remembered.

    A name that says it itself is not kept: next year another class group may have it.
    """
    by_language = known_weekdays(list(meanings.days), language=language)
    unsaid: dict[FetNameKind, Set[str]] = {
        FetNameKind.DAY: meanings.days.keys() - by_language.keys(),
        FetNameKind.HOUR: {name for name in meanings.hours if not says_itself(name)},
    }
    for kind in FetNameKind:
        by_name = meanings.of_kind(kind)
        said = own.of_kind(kind)
        rows = [
            _row(kind, name, each)
            for name, each in by_name.items()
            if name in unsaid.get(kind, ()) or each != said[name]
        ]
        replace_fet_names(kind, by_name, rows)


def _row(kind: FetNameKind, name: str, meaning: Meaning[object]) -> FetName:
    row = FetName(kind=kind, name=name)
    value = None if meaning.state is State.LEFT_OUT else meaning.found[0]
    if isinstance(value, Hour):
        row.bell = value.bell
        row.starts, row.ends = (None, None) if value.bell else (value.starts, value.ends)
    elif isinstance(value, int):
        row.weekday = value
    elif isinstance(value, User):
        row.user = value
    elif isinstance(value, ClassGroup):
        row.class_group = value
    return row


@transaction.atomic
def replace_fet_names(kind: FetNameKind, names: Iterable[str], rows: Collection[FetName]) -> None:
    """Keep these rows in place of all that was known of the names."""
    for batch in in_batches(names):
        FetName.objects.filter(kind=kind, name__in=batch).delete()
    FetName.objects.bulk_create(rows)
