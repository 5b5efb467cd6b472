"""The texts of many rows as one text, which both databases make under different names."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

from django.db.models import Aggregate, Func, QuerySet, Subquery, TextField
from django.db.models.expressions import Combinable
from django.db.models.sql.compiler import SQLCompiler

# A process keeps the rows of so many texts.
TEXTS_KEPT = 1024


class Lines(Aggregate):
    """The texts of many rows as the lines of one text, in no order."""

    function = "STRING_AGG"
    template = "%(function)s(%(expressions)s, CHR(10))"
    output_field = TextField()

    def as_sqlite(self, compiler: SQLCompiler, connection: Any, **context: Any) -> Any:
        template = "GROUP_CONCAT(%(expressions)s, CHAR(10))"
        return self.as_sql(compiler, connection, template=template, **context)


class Cells(Func):
    """Columns of a row as one line of text: a list in JSON, in which no line breaks."""

    function = "JSON_BUILD_ARRAY"
    template = "CAST(%(function)s(%(expressions)s) AS text)"
    output_field = TextField()

    def as_sqlite(self, compiler: SQLCompiler, connection: Any, **context: Any) -> Any:
        return self.as_sql(compiler, connection, function="JSON_ARRAY", **context)


class Hexadecimal(Func):
    """Bytes as text that is in the same order."""

    function = "ENCODE"
    template = "%(function)s(%(expressions)s, 'hex')"
    output_field = TextField()

    def as_sqlite(self, compiler: SQLCompiler, connection: Any, **context: Any) -> Any:
        return self.as_sql(compiler, connection, template="HEX(%(expressions)s)", **context)


def lines_of(rows: QuerySet[Any], *columns: str | Combinable, of: str) -> Subquery:
    """These columns of the rows of one `of`, a line a row: for a query that has one text for all of them."""
    lines = Lines(Cells(*columns))
    return Subquery(rows.order_by().values(of).annotate(lines=lines).values("lines"))


# Rows of a page repeat the same few texts: the class group and the teachers of all lessons of a week.
@lru_cache(maxsize=TEXTS_KEPT)
def cells_in(lines: str | None) -> tuple[tuple[Any, ...], ...]:
    """Return the rows of such a text; sorted, so the first column should be one that tells them apart."""
    if not lines:
        return ()
    in_one_list = lines.replace("\n", ",")
    rows: list[list[Any]] = json.loads(f"[{in_one_list}]")
    return tuple(tuple(row) for row in sorted(rows))


def names_of(rows: QuerySet[Any], *, of: str) -> Subquery:
    """The names of the rows of one `of`, for `names_in`."""
    return lines_of(rows, Hexadecimal("name_key"), "name", of=of)


def names_in(lines: str | None) -> list[str]:
    """The names that `names_of` put together, in their order.

    Their keys come along, since making them would take every process that reads names the tables of pinyin.
    """
    return [name for _key, name in cells_in(lines)]
