"""From a person to their rows, by the registry of personal data alone.

A line's way to its rows is a key to a person among its columns, `found_by`, or `same_as`. A line without a way of its
own is about the rows that the other lines of its model find; where none has a way, any row may name anybody, and no
row is found.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db.models import JSONField, Model, Q, QuerySet, TextField

from edu_platform.lib.json_search import StandsInJson, text_of_json
from edu_platform.lib.personal_data import Held, columns_of, lines_of_tables

# Anything shorter stands in too many words to be looked for.
SHORTEST_LOOKED_FOR = 2


def rows_of(person: Model, line: Held) -> QuerySet[Any]:
    """Return the rows of the person that a line is about; the line is one of `lines_of_tables`."""
    lines = [line] if has_way(line) else lines_of_model(line.model)
    return rows_of_lines(person, line.model, lines)


def rows_of_model(person: Model, model: type[Model]) -> QuerySet[Any]:
    """Return the rows of a model that any of its lines finds."""
    return rows_of_lines(person, model, lines_of_model(model))


def rows_of_lines(person: Model, model: type[Model], lines: Iterable[Held]) -> QuerySet[Any]:
    """Return the rows of a model that one of these lines finds: each by its own index, no row twice."""
    ways = {str(way.query): way for line in lines for way in _ways(person, line)}
    rows: QuerySet[Any] = model._base_manager.all()  # noqa: SLF001 -- as documented by Django
    if not ways:
        return rows.none()
    first, *others = (way.order_by().values("pk") for way in ways.values())
    return rows.filter(pk__in=first.union(*others) if others else first)


def lines_of_model(model: type[Model]) -> list[Held]:
    return [line for line in lines_of_tables() if line.model is model]


def has_way(line: Held) -> bool:
    return bool(line.found_by or line.same_as or line.model is _person() or keys_of(line))


def keys_of(line: Held) -> list[str]:
    """Name the columns of the line that are keys to people."""
    fields = (line.model._meta.get_field(name) for name in columns_of(line))  # noqa: SLF001 -- as documented by Django
    return [
        field.name for field in fields if field.is_relation and field.related_model is _person()
    ]


def lines_with_rows(person: Model) -> list[Held]:
    """Return the lines that are about at least one row of the person."""
    return [line for line in lines_of_tables() if rows_of(person, line).exists()]


@dataclass(frozen=True, slots=True)
class KnownString:
    """A name, an address or an id by which somebody is known, and the first column in which it stands."""

    text: str
    column: str


def known_strings(person: Model) -> list[KnownString]:
    """Return by what the person is known here and in the cloud, the longest first: the columns that `known_by` names.

    Strings of one character are not among them.
    """
    columns: dict[str, str] = {}
    for line in lines_of_tables():
        for name in line.known_by.split():
            column = f"{line.model._meta.label}.{name}"  # noqa: SLF001 -- as documented by Django
            for value in _values(rows_of(person, line), name):
                columns.setdefault(str(value), column)
    strings = [
        KnownString(*item) for item in columns.items() if len(item[0]) >= SHORTEST_LOOKED_FOR
    ]
    return sorted(strings, key=lambda string: (-len(string.text), string.text))


def values_of_person(person: Model, lookups: str) -> list[Any]:
    """Return what these lookups lead to from the person, without what is empty."""
    rows = _person()._base_manager.filter(pk=person.pk)  # noqa: SLF001 -- as documented by Django
    values = chain.from_iterable(_values(rows, lookup) for lookup in lookups.split())
    return list(dict.fromkeys(values))


def _values(rows: QuerySet[Any], column: str) -> Iterator[Any]:
    """Return what stands in a column, and what in its lists, without what is empty."""
    for value in rows.order_by().values_list(column, flat=True).distinct():
        if value not in (None, ""):
            yield from value if isinstance(value, list) else [value]


def _ways(person: Model, line: Held) -> Iterator[QuerySet[Any]]:
    rows = line.model._base_manager.all()  # noqa: SLF001 -- as documented by Django
    if line.model is _person():
        yield rows.filter(pk=person.pk)
        return
    for lookup in (*keys_of(line), *line.found_by.split()):
        yield rows.filter(**{lookup: person.pk})
    if line.same_as and (values := values_of_person(person, line.same_as)):
        for name in columns_of(line):
            field = line.model._meta.get_field(name)  # noqa: SLF001 -- as documented by Django
            yield rows.filter(_holds(field, values, line.inside.split()))


def _holds(field: Any, values: Sequence[Any], paths: Sequence[str]) -> Q:
    """Ask for rows whose column is one of the values, or holds one of them in its JSON."""
    if isinstance(field, JSONField):
        return Q(StandsInJson(field.name, values, paths))
    if isinstance(field, TextField):
        return Q(
            *(Q((f"{field.name}__contains", text_of_json(value))) for value in values),
            _connector=Q.OR,
        )
    return Q((f"{field.name}__in", values))


def _person() -> type[Model]:
    return apps.get_model(settings.AUTH_USER_MODEL)
