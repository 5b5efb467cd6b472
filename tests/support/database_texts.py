"""Look for a text in the whole database, as a stranger would: in every table, column by column, knowing no model."""

from __future__ import annotations

import json
from typing import Any

from django.db import connection


def database_texts(text: str) -> list[str]:
    """Return the cells that hold this text, as `table.column: cell`, also where JSON writes it in ASCII."""
    written = {text, json.dumps(text)[1:-1]}
    return [
        f"{table}.{column}: {cell}"
        for table in connection.introspection.table_names()
        for column, cell in _cells_of(table)
        if any(one.casefold() in cell.casefold() for one in written)
    ]


def _cells_of(table: str) -> list[tuple[str, str]]:
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT * FROM "{table}"')
        columns = [column[0] for column in cursor.description]
        return [
            (column, _as_text(cell))
            for row in cursor.fetchall()
            for column, cell in zip(columns, row, strict=True)
        ]


def _as_text(cell: Any) -> str:
    if isinstance(cell, bytes | memoryview):
        return bytes(cell).decode(errors="replace")
    return cell if isinstance(cell, str) else json.dumps(cell, default=str, ensure_ascii=False)
