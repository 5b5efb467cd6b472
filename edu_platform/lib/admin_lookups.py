"""The fields by which a list of the administration may be filtered: those that it shows, and no other.

Django itself takes every column of a list's own table. A secret that no page shows (the hash of a
password, the address from which the cloud fetches a file) is then read letter by letter, by asking
which rows it begins with what in.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.core.validators import validate_ipv46_address
from django.db.models import Field, GenericIPAddressField, Model

from edu_platform.lib.database import INT64

# What the administration's own links ask; none of them is slow, or overflows with a sound value.
LOOKUPS = frozenset({"exact", "isnull", "gte", "lt", "year", "month", "day"})
# For times: a year less on either side, so that no time zone leads out of the calendar.
YEARS = range(dt.MINYEAR + 1, dt.MAXYEAR)
PARTS_OF_A_DATE = {"year": YEARS, "month": range(1, 13), "day": range(1, 32)}
# Per parameter: each is a condition, and databases limit their number.
VALUES_AT_MOST = 50

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Lookup:
    """The question of one parameter of a list: which field, reached on which way, and how."""

    path: Path
    field: Field[Any, Any]
    kind: str


def lookup_of(model: type[Model], parameter: str) -> Lookup | None:
    """Take a parameter apart; None where it names no field.

    The key of what a relation leads to is the relation itself: `course__id` is the course.
    """
    parts = parameter.split("__")
    path: list[str] = []
    field: Field[Any, Any] | None = None
    while parts:
        found = _field_of(model, parts[0])
        if found is None:
            break
        if not (field is not None and found.primary_key):
            path.append(found.name)
        field = found
        parts.pop(0)
        if found.remote_field is None:
            break
        model = found.remote_field.model
    if field is None:
        return None
    return Lookup(tuple(path), field, "__".join(parts) or "exact")


def paths_shown(model: type[Model], names: Iterable[object]) -> frozenset[Path]:
    """The ways to those of these columns and filters that are fields."""
    lookups = (lookup_of(model, name) for name in names if isinstance(name, str))
    return frozenset(lookup.path for lookup in lookups if lookup and lookup.kind == "exact")


def names_of_filters(filters: Iterable[Any]) -> Iterable[object]:
    """The fields of filters, each given as itself or with its class; a class alone has none."""
    return (each[0] if isinstance(each, list | tuple) else each for each in filters)


def parameters_of_filters(filters: Iterable[Any]) -> frozenset[str]:
    """The parameters of filters that decide for themselves what their values mean."""
    return frozenset(
        str(each.parameter_name)
        for each in filters
        if isinstance(each, type) and issubclass(each, admin.SimpleListFilter)
    )


def require_sound(lookup: Lookup, value: str) -> None:
    """Refuse a value that the field cannot have: databases and calendars fail in ways of their own.

    Raises:
        IncorrectLookupParameters: it is none; the list is shown without filters then.
    """
    if lookup.kind == "isnull":
        return
    try:
        if not _is_sound(lookup, value):
            raise IncorrectLookupParameters(value)
    except (ValidationError, ValueError, OverflowError) as err:
        raise IncorrectLookupParameters(value) from err


def is_key(model: type[Model], text: str) -> bool:
    """Tell whether a row of the model may have this key."""
    try:
        key = model._meta.pk.to_python(text)  # noqa: SLF001 -- Django's name for what describes a model
    except ValidationError:
        return False
    return not isinstance(key, int) or key in INT64


def _is_sound(lookup: Lookup, value: str) -> bool:
    if (allowed := PARTS_OF_A_DATE.get(lookup.kind)) is not None:
        return int(value) in allowed
    if isinstance(lookup.field, GenericIPAddressField):
        validate_ipv46_address(value)
    typed = typed_for(lookup.field, value)
    if isinstance(typed, int):
        return typed in INT64
    return not isinstance(typed, dt.date) or typed.year in YEARS


def typed_for(field: Field[Any, Any], value: str) -> object:
    """Return what this text means to a field; of a relation, the key.

    Raises:
        ValidationError: nothing.
    """
    typed: object = getattr(field, "target_field", field).to_python(value)
    return typed


def begins_with(model: type[Model], name: str, value: str | list[str]) -> object:
    """Return what a form may be filled in with for its field of this name; None where that is nothing."""
    field = _field_of(model, name)
    if field is None or isinstance(value, list):
        keys = value if isinstance(value, list) else []
        return [key for key in keys if field and is_key(field.related_model or model, key)]
    lookup = Lookup((name,), field, "exact")
    try:
        require_sound(lookup, value)
    except IncorrectLookupParameters:
        return None
    return None if "\0" in value else typed_for(field, value)


def _field_of(model: type[Model], name: str) -> Field[Any, Any] | None:
    """The column of this name; what other models say of this one is no column of it."""
    try:
        found = model._meta.get_field(name)  # noqa: SLF001 -- as above
    except FieldDoesNotExist:
        return None
    return found if isinstance(found, Field) else None
