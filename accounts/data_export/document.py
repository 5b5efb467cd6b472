"""Write all that is kept of a person as JSON, in portions."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder

from accounts.data_export.tables import Column, KeptTable, kept_tables
from accounts.models import User

# Makes of a file's column and its name on the storage what the document calls it.
FileNamer = Callable[[Column, str], str]


def name_on_storage(column: Column, name: str) -> str:
    return name


def document(person: User) -> Iterator[str]:
    """Return one JSON document with all that is kept of a person."""
    yield f'{{"username": {_json(person.username)}, "tables": ['
    separator = ""
    for table in kept_tables(person):
        if table.keys:
            yield separator
            yield from table_document(table)
            separator = ",\n"
    yield "]}\n"


def table_document(table: KeptTable, *, file_name: FileNamer = name_on_storage) -> Iterator[str]:
    """Return what one table holds of its person, as a JSON object."""
    head = {
        "table": table.label,
        "title": table.title,
        "purpose": table.purpose,
        "kept": table.kept,
        "receivers": table.receivers,
        "columns": {column.lookup: str(column.name) for column in table.columns},
        "count": len(table.keys),
    }
    yield f'{_json(head)[:-1]}, "rows": ['
    separator = "\n"
    for portion in table.rows(table.keys):
        rows = (_row(table.columns, row, file_name) for row in portion)
        yield separator + ",\n".join(_json(row) for row in rows)
        separator = ",\n"
    yield "\n]}"


def _row(columns: list[Column], row: list[Any], file_name: FileNamer) -> dict[str, Any]:
    return {
        column.lookup: _value(column, value, file_name)
        for column, value in zip(columns, row, strict=True)
    }


def _value(column: Column, value: Any, file_name: FileNamer) -> Any:
    if column.is_key:
        return bool(value)
    return file_name(column, value) if column.is_file and value else value


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, cls=DjangoJSONEncoder)
