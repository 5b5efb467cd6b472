"""Aggregates that both databases have, under different names."""

from __future__ import annotations

from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Aggregate, TextField
from django.db.models.sql.compiler import SQLCompiler

# Between names: no form takes it into one.
SEPARATOR = "\n"


class JoinedNames(Aggregate):
    """All names of a group in one text, in no order; `names_in` takes them apart."""

    function = "STRING_AGG"
    template = "%(function)s(%(expressions)s, CHR(10))"
    output_field = TextField()

    def as_sqlite(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **extra: Any
    ) -> tuple[str, tuple[str | int, ...]]:
        template = "%(function)s(%(expressions)s, CHAR(10))"
        return self.as_sql(
            compiler, connection, function="GROUP_CONCAT", template=template, **extra
        )


def names_in(joined: str | None) -> list[str]:
    """The names that were joined, sorted."""
    return sorted(joined.split(SEPARATOR)) if joined else []
