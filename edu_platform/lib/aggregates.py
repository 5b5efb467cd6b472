"""The texts of many rows as one text, which both databases make under different names."""

from __future__ import annotations

from typing import Any

from django.db.models import Aggregate, F, Func, QuerySet, Subquery, TextField, Value
from django.db.models.functions import Concat
from django.db.models.sql.compiler import SQLCompiler


class Lines(Aggregate):
    """The texts of many rows as the lines of one text, in no order."""

    function = "STRING_AGG"
    template = "%(function)s(%(expressions)s, CHR(10))"
    output_field = TextField()

    def as_sqlite(self, compiler: SQLCompiler, connection: Any, **context: Any) -> Any:
        template = "GROUP_CONCAT(%(expressions)s, CHAR(10))"
        return self.as_sql(compiler, connection, template=template, **context)


def lines_of(rows: QuerySet[Any], *columns: str, of: str) -> Subquery:
    """These columns of the rows of one `of`, a line a row: for a query that has one text for all of them."""
    cells: list[F | Value] = []
    for column in columns:
        cells += [F(column), Value("|")]
    lines = Lines(Concat(*cells, output_field=TextField()))
    return Subquery(rows.order_by().values(of).annotate(lines=lines).values("lines"))


class Hexadecimal(Func):
    """Bytes as text that is in the same order."""

    function = "ENCODE"
    template = "%(function)s(%(expressions)s, 'hex')"
    output_field = TextField()

    def as_sqlite(self, compiler: SQLCompiler, connection: Any, **context: Any) -> Any:
        return self.as_sql(compiler, connection, template="HEX(%(expressions)s)", **context)


def names_of(rows: QuerySet[Any], *, of: str) -> Subquery:
    """The names of the rows of one `of`, for `names_in`."""
    line = Concat(Hexadecimal("name_key"), Value(" "), F("name"), output_field=TextField())
    return Subquery(rows.order_by().values(of).annotate(names=Lines(line)).values("names"))


def names_in(lines: str | None) -> list[str]:
    """The names that `names_of` put together, in their order: no form takes a line break into a name.

    Their keys come along, since making them would take every process that reads names the tables of pinyin.
    """
    lines_in_order = sorted(lines.split("\n")) if lines else []
    return [line.partition(" ")[2] for line in lines_in_order]
