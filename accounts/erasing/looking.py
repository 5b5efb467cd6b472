"""Look through all text of the school for the names of somebody who is erased, and strike them out.

Where another person bears the same name, or the school does not want it struck out, the cell is kept as a place about
which somebody decides.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import CharField, Field, FileField, JSONField, Model, Q, TextField
from django.db.models.functions import Cast
from django.utils.translation import gettext as _

from accounts.erasing.names import (
    KnownStrings,
    finder,
    in_ascii,
    print_of,
    struck,
    struck_text,
)
from accounts.erasing.rows import LAST, OWN, Row, label_of
from accounts.hooks import struck_listeners
from accounts.models import Erasure, ErasurePlace
from edu_platform.lib.batches import in_batches, update_rows
from edu_platform.lib.personal_data import (
    Erased,
    Export,
    Held,
    all_lines,
    columns_of,
    lines_of_tables,
)

# What belongs to other people, stays as a key, or is made anew from what is looked through.
NOT_LOOKED_THROUGH = (Erased.KEY, Erased.FOLLOWS)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of text; in one in which no name should stand, one is shown to somebody, and not struck out."""

    field: Field[Any, Any]
    is_struck: bool

    @property
    def name(self) -> str:
        return self.field.name

    @property
    def is_json(self) -> bool:
        return isinstance(self.field, JSONField)


def columns_looked_through() -> dict[type[Model], list[Column]]:
    """Return the columns of text of all tables in which the name of anybody may stand, by model."""
    columns: defaultdict[type[Model], list[Column]] = defaultdict(list)
    models = {line.model for line in _held()}
    for line in all_lines():
        if isinstance(line, Held) and not _is_looked_through(line):
            continue
        for model in (model for model in models if issubclass(model, line.model)):
            columns[model] += [
                Column(field, isinstance(line, Held))
                for field in _text_fields(model, columns_of(line))
            ]
    return {model: fields for model, fields in columns.items() if fields}


def _held() -> Iterator[Held]:
    for line in lines_of_tables():
        if line.model not in (*LAST, *OWN):
            yield line


def _is_looked_through(line: Held) -> bool:
    if line.erased in NOT_LOOKED_THROUGH or line.exported == Export.SECRET:
        return False
    # Columns by which other people are known: their names, nicknames and accounts.
    return not line.known_by


def _text_fields(model: type[Model], names: Sequence[str]) -> Iterator[Field[Any, Any]]:
    for name in names:
        field: Any = model._meta.get_field(name)  # noqa: SLF001 -- as documented by Django
        is_text = isinstance(field, CharField | TextField | JSONField)
        if is_text and not isinstance(field, FileField) and not field.choices:
            yield field


# --- Cells that hold a name -----------------------------------------------------------------------


def rows_with(model: type[Model], columns: Sequence[Column], strings: Collection[str]) -> list[Any]:
    """Return the keys of rows one of whose columns may hold one of these; a look at the text says for sure."""
    rows = model._base_manager.all()  # noqa: SLF001 -- as documented by Django
    condition = Q()
    for column in columns:
        name = column.name
        if column.is_json:
            name = f"{name}_as_text"
            rows = rows.annotate(**{name: Cast(column.name, TextField())})
        for text in strings:
            for written in _ways_to_write(text, is_json=column.is_json):
                condition |= Q(**{f"{name}__icontains": written})
    return list(rows.filter(condition).order_by("pk").values_list("pk", flat=True))


def _ways_to_write(text: str, *, is_json: bool) -> set[str]:
    """Return how a text stands in the database: JSON as the database writes it, or as text that holds JSON."""
    if not is_json:
        return {text, in_ascii(text)}
    if connection.vendor == "sqlite":
        return {in_ascii(text)}
    return {json.dumps(text, ensure_ascii=False)[1:-1]}


def holds(value: Any, pattern: re.Pattern[str]) -> bool:
    return bool(struck(value, pattern) != value)


# --- Striking out ---------------------------------------------------------------------------------


def look_through(erasure: Erasure, strings: KnownStrings) -> None:
    """Strike the names out of all text in which nobody else can be meant, and note the other places. Safe to repeat."""
    if not strings.free:
        return
    prints: set[str] = set()
    for model, columns in columns_looked_through().items():
        for keys in in_batches(rows_with(model, columns, strings.free)):
            with transaction.atomic():
                prints |= _strike_portion(erasure, strings, model, columns, keys)
    erasure.prints = [[len(text), print_of(text).digest] for text in sorted(prints)]
    erasure.save(update_fields=["prints"])


def _strike_portion(
    erasure: Erasure,
    strings: KnownStrings,
    model: type[Model],
    columns: Sequence[Column],
    keys: Collection[Any],
) -> set[str]:
    """Strike names out of rows that are locked for it; return those that stay somewhere."""
    unshared = strings.unshared if erasure.strikes_text else frozenset[str]()
    rows = model._base_manager.filter(pk__in=keys).order_by("pk")  # noqa: SLF001 -- as documented by Django
    locked = list(rows.select_for_update(of=("self",), no_key=True))
    changed: dict[Any, list[str]] = {}
    for row in locked:
        if names := [
            column.name
            for column in columns
            if column.is_struck and _strike_cell(row, column, unshared)
        ]:
            changed[row.pk] = names
    if changed:
        _write([row for row in locked if row.pk in changed], changed)
        for listener in struck_listeners:
            listener(model, list(changed))
    return {
        text
        for row in locked
        for column in columns
        for text in _note_place(erasure, row, column, strings.free)
    }


def _strike_cell(row: Row, column: Column, strings: Collection[str]) -> bool:
    before = getattr(row, column.name)
    if not before:
        return False
    if column.is_json:
        after = struck(before, finder(strings))
    else:
        after = struck_text(before, strings, getattr(column.field, "max_length", None))
    setattr(row, column.name, after)
    return bool(after != before)


def _write(rows: list[Row], changed: Mapping[Any, Sequence[str]]) -> None:
    """Write rows, each with its changed columns; all by one statement, which reads the other columns anew."""
    try:
        with transaction.atomic():
            update_rows(rows, dict.fromkeys(name for names in changed.values() for name in names))
    except IntegrityError:
        for row in rows:
            _write_alone(row, changed[row.pk])


def _write_alone(row: Row, names: Sequence[str]) -> None:
    """Write one row; where another has the same text then, which may be there once, it stays as it is."""
    try:
        with transaction.atomic():
            row.save(update_fields=names)
    except IntegrityError:
        row.refresh_from_db(fields=names)


def _note_place(erasure: Erasure, row: Row, column: Column, strings: frozenset[str]) -> set[str]:
    """Note a cell that holds a name still, and return which names it holds."""
    value = getattr(row, column.name)
    held = {text for text in strings if value and _is_in(text, value, column)}
    if held:
        ErasurePlace.objects.get_or_create(
            erasure=erasure,
            model=label_of(type(row)),
            row=str(row.pk),
            column=column.name,
        )
    return held


def _is_in(text: str, value: Any, column: Column) -> bool:
    if column.is_json:
        return holds(value, finder([text]))
    return bool(struck_text(value, [text], None) != value)


# --- Looking once more ----------------------------------------------------------------------------


def unexplained(erasure: Erasure, strings: KnownStrings) -> Iterator[str]:
    """Say in which tables a name stands still, apart from the places about which somebody decides; it is not named."""
    if not strings.free:
        return
    places = set(erasure.places.values_list("model", "row", "column"))
    for model, columns in columns_looked_through().items():
        for keys in in_batches(rows_with(model, columns, strings.free)):
            rows = model._base_manager.filter(pk__in=keys)  # noqa: SLF001 -- as documented by Django
            if any(_is_unexplained(row, columns, strings.free, places) for row in rows):
                table = model._meta.verbose_name_plural  # noqa: SLF001 -- as documented by Django
                yield _("A name stands in the table “%(table)s” still.") % {"table": table}
                break


def _is_unexplained(
    row: Row,
    columns: Sequence[Column],
    strings: frozenset[str],
    places: set[tuple[str, str, str]],
) -> bool:
    return any(
        _is_in(text, getattr(row, column.name), column)
        for column in columns
        for text in strings
        if getattr(row, column.name)
        and (label_of(type(row)), str(row.pk), column.name) not in places
    )
