"""Places in free text that hold a name which may be another's: shown to somebody, who decides about each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db import IntegrityError, transaction
from django.db.models import JSONField, Model
from django.utils.text import capfirst

from accounts.erasing.names import Print, finder, strings_in, struck, struck_text, texts_in
from accounts.hooks import Place, places_of, struck_listeners
from accounts.models import Erasure, ErasurePlace
from edu_platform.lib.text import one_line

# So much of a text is shown around a name.
AROUND_CHARS = 40


class NotStruck(Exception):
    """The text cannot be changed so: another row has the same one, which may be there only once."""


@dataclass(frozen=True, slots=True)
class PlaceRow:
    """A place as its page shows it."""

    place: ErasurePlace
    table: str
    column: str
    seen_at: Place | None
    excerpt: str


def rows_of_places(places: Sequence[ErasurePlace]) -> list[PlaceRow]:
    """Return what is shown of places; three queries at most for each table among them."""
    by_model: defaultdict[str, list[ErasurePlace]] = defaultdict(list)
    for place in places:
        by_model[place.model].append(place)
    shown: dict[int, PlaceRow] = {}
    for label, some in by_model.items():
        shown |= _rows_of_model(apps.get_model(label), some)
    return [shown[place.pk] for place in places if place.pk in shown]


def _rows_of_model(model: type[Model], places: Sequence[ErasurePlace]) -> dict[int, PlaceRow]:
    options = model._meta  # noqa: SLF001 -- as documented by Django
    keys = [options.pk.to_python(place.row) for place in places]
    rows: dict[Any, Any] = model._base_manager.in_bulk(keys)  # noqa: SLF001 -- as documented by Django
    seen_at = places_of(model, list(rows))
    prints = _prints_of(places[0].erasure)
    return {
        place.pk: PlaceRow(
            place=place,
            table=str(capfirst(options.verbose_name)),
            column=str(getattr(options.get_field(place.column), "verbose_name", place.column)),
            seen_at=seen_at.get(key),
            excerpt=_excerpt(getattr(rows[key], place.column), prints),
        )
        for place, key in zip(places, keys, strict=True)
        if key in rows
    }


def _excerpt(value: Any, prints: Sequence[Print]) -> str:
    """Return the text around a name that is looked for, or the beginning where it is gone."""
    for text in texts_in(value):
        for name in strings_in(text, prints):
            at = text.index(name)
            part = text[max(at - AROUND_CHARS, 0) : at + len(name) + AROUND_CHARS]
            before = "…" if at > AROUND_CHARS else ""
            after = "…" if at + len(name) + AROUND_CHARS < len(text) else ""
            return one_line(f"{before}{part}{after}")
    return ""


def _prints_of(erasure: Erasure) -> list[Print]:
    return [Print(length, digest) for length, digest in erasure.prints]


# --- Deciding -------------------------------------------------------------------------------------


@transaction.atomic
def leave(places: Iterable[ErasurePlace]) -> None:
    """Note that the name is another's in these places, or may stay there."""
    keys = [place.pk for place in places]
    ErasurePlace.objects.filter(pk__in=keys).update(is_left=True)


@transaction.atomic
def strike(place: ErasurePlace) -> None:
    """Strike the name out in one place; one that is gone by now is fine.

    Raises:
        NotStruck: another row has the text that would be left.
    """
    model = apps.get_model(place.model)
    rows = model._base_manager.select_for_update(of=("self",), no_key=True)  # noqa: SLF001 -- as documented by Django
    row = rows.filter(pk=place.row).first()
    if row is not None:
        _strike_row(row, place)
    place.delete()


def _strike_row(row: Any, place: ErasurePlace) -> None:
    value = getattr(row, place.column)
    prints = _prints_of(place.erasure)
    names = {name for text in texts_in(value) for name in strings_in(text, prints)}
    field = type(row)._meta.get_field(place.column)  # noqa: SLF001 -- as documented by Django
    if isinstance(field, JSONField):
        after = struck(value, finder(names))
    else:
        after = struck_text(value, names, field.max_length)
    setattr(row, place.column, after)
    try:
        with transaction.atomic():
            row.save(update_fields=[place.column])
    except IntegrityError as err:
        raise NotStruck from err
    for listener in struck_listeners:
        listener(type(row), [row.pk])


@transaction.atomic
def check_again(erasure: Erasure) -> int:
    """Look at the places once more, forget those that hold no name any more, and return how many are still open."""
    gone = [place.pk for place in erasure.places.filter(is_left=False) if not _holds(place)]
    erasure.places.filter(pk__in=gone).delete()
    return erasure.places.filter(is_left=False).count()


def _holds(place: ErasurePlace) -> bool:
    try:
        rows = apps.get_model(place.model)._base_manager  # noqa: SLF001 -- as documented by Django
        value = rows.filter(pk=place.row).values_list(place.column, flat=True).first()
    except (LookupError, FieldDoesNotExist):
        return False  # a release since then has no such table
    prints = _prints_of(place.erasure)
    return any(strings_in(text, prints) for text in texts_in(value))
