from __future__ import annotations

from typing import Any

from django.db import connections
from django.db.models import Aggregate, F, QuerySet, Subquery, TextField, Value
from django.db.models.functions import Concat
from django.db.models.sql.compiler import SQLCompiler

# What a BigInteger column takes.
INT64 = range(-(2**63), 2**63)


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


def release_database() -> None:
    """Give the database connection back before a wait: a slow cloud must not hold it.

    Raises:
        RuntimeError: inside a transaction, where no wait belongs.
    """
    for connection in connections.all(initialized_only=True):
        # Django's test case wraps a whole test in blocks of its own.
        own_blocks = [
            block
            for block in connection.atomic_blocks
            if not getattr(block, "_from_testcase", False)
        ]
        if own_blocks:
            raise RuntimeError("a wait for the classroom cloud inside a database transaction")
        if not connection.in_atomic_block:
            connection.close()
