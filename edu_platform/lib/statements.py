"""Queries whose SQL is written once a process.

Django writes the SQL of a query anew at each use, which takes several times as long as running it. What
every page asks, what pages ask that a whole school opens at once, and what is asked for each lesson that is
planned, by workers at each run and by imports for each name, is said as a statement instead:

    _OF_PERSON = Statement(lambda user_id: Notice.objects.unread().filter(user_id=user_id))
    notices = _OF_PERSON.rows(user_id=person.pk)

Only values differ between its uses. A condition that is not always there makes another statement.

This reaches into how Django compiles queries, so `TRIED_WITH` names the releases whose compiler it fits.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Generic, TypeVar

from django.core.exceptions import EmptyResultSet
from django.db import connection, models
from django.db.models.expressions import RawSQL
from django.db.models.sql import Query
from django.db.models.sql.compiler import SQLCompiler
from django.db.transaction import TransactionManagementError

Row = TypeVar("Row")
Written = TypeVar("Written")
One = int | str | dt.date  # a moment is a date as well
Many = list[int] | list[str]

# The releases of Django with which the tests have run; another one is warned of (edu_platform.W001).
TRIED_WITH = ((5, 2),)

NO_KEY = 0  # of no row: where a query leaves out a row that need not be there
# SQLite keeps days and moments as text, in the form that these give them.
FIELDS: dict[type, models.Field[Any, Any]] = {
    dt.datetime: models.DateTimeField(),
    dt.date: models.DateField(),
}


class Statement(Generic[Row]):
    """A query that is built by a function of its values."""

    def __init__(
        self,
        build: Callable[..., models.QuerySet[Any, Row]],
        *,
        never_empty: Collection[str] = (),
    ) -> None:
        """Keep the function; `never_empty` names lists with which callers always hand over something."""
        self._build = build
        self._never_empty = frozenset(never_empty)
        self._decisive: set[str] = set()
        self._written: dict[frozenset[tuple[str, int]], models.QuerySet[Any, Row]] = {}

    def rows(self, **values: One | Many) -> list[Row]:
        """Return what the query finds now.

        A list has as many places as the next power of two, so that few lengths are written.
        An empty one finds nothing.
        """
        empty = [name for name, value in values.items() if isinstance(value, list) and not value]
        if empty:
            self._require_that_nothing_is_found(empty, values)
            return []
        return list(self._filled(values))

    def first(self, **values: One | Many) -> Row | None:
        """The first of the rows. The query itself should ask for no more."""
        return next(iter(self.rows(**values)), None)

    def as_subquery(self, **values: One) -> RawSQL:
        """The query as a part of another: `filter(pk__in=...)`."""
        written = self._filled(values)
        sql, parameters = written.query.get_compiler(connection.alias).as_sql()
        return RawSQL(sql, parameters)  # noqa: S611 -- Django wrote it

    def _filled(self, values: Mapping[str, One | Many]) -> models.QuerySet[Any, Row]:
        lengths = {name: _length(value) for name, value in values.items()}
        shape = frozenset(lengths.items())
        written = self._written.get(shape)
        if written is None:
            written = self._written[shape] = self._write(lengths)
        queryset = written.all()
        queryset.query.__dict__["values"] = {
            name: _filled(value, lengths[name]) for name, value in values.items()
        }
        return queryset

    def _require_that_nothing_is_found(
        self, empty: Collection[str], values: Mapping[str, One | Many]
    ) -> None:
        """Refuse empty lists of which the query is declared, or turns out, to find rows all the same."""
        declared = self._never_empty.intersection(empty)
        if declared:
            raise ValueError(f"Never empty, by the statement's own words: {sorted(declared)}")
        self._require_decisive({name: _length(value) for name, value in values.items()}, empty)

    def _require_decisive(self, lengths: Mapping[str, int], lists: Collection[str]) -> None:
        """Refuse a list in an `exclude`, a `~Q` or an `or`: without its values the query finds rows.

        `rows` answers an empty list with nothing, so every row has to meet a condition with each list. Django
        itself tells: what it compiles with an empty list is an empty result, or it is not. (It does not follow
        an empty list through `Exists`, so that has to be declared, too.)
        """
        for name in set(lists) - self._decisive - self._never_empty:
            queryset = self._build(**{**_places(lengths), name: []})
            try:
                queryset.query.get_compiler(connection.alias).as_sql()
            except EmptyResultSet:
                self._decisive.add(name)
            else:
                raise ValueError(
                    f"The query finds rows without any of {name}: name it in never_empty, and have"
                    " callers hand over NO_KEY for none."
                )

    def _write(self, lengths: dict[str, int]) -> models.QuerySet[Any, Row]:
        self._require_decisive(lengths, [name for name, length in lengths.items() if length])
        queryset = self._build(**_places(lengths))
        compiler = queryset.query.get_compiler(connection.alias)
        sql, parameters = compiler.as_sql()
        columns = [column for column, *_ in compiler.select[: compiler.col_count]]
        converted = {at: each for at, (_, each) in compiler.get_converters(columns).items()}
        compiler.__class__ = _WrittenCompiler
        compiler.__dict__ |= {"sql": sql, "parameters": parameters, "converted": converted}
        queryset.query.__class__ = _WrittenQuery
        queryset.query.__dict__["written"] = compiler
        return queryset


def as_part(queryset: models.QuerySet[Any, Any]) -> RawSQL:
    """A query as a part of others, for which it is not written again each time."""
    return RawSQL(*queryset.query.sql_with_params())  # noqa: S611 -- Django wrote it


def _length(value: One | Many) -> int:
    """The places of a list; none for a single value."""
    return 1 << (len(value) - 1).bit_length() if isinstance(value, list) else 0


def _places(lengths: Mapping[str, int]) -> dict[str, _Place | list[_Place]]:
    """Return what stands for the values while the query is written."""
    return {
        name: [_Place((name, at)) for at in range(length)] if length else _Place((name, 0))
        for name, length in lengths.items()
    }


def _filled(value: One | Many, length: int) -> Sequence[Any]:
    if not isinstance(value, list):
        return (value,)
    return (*value, *value[-1:] * (length - len(value)))


def _copied(original: Written) -> Written:
    """A shallow copy; `copy.copy` would take several times as long to make one."""
    made = object.__new__(type(original))
    made.__dict__.update(original.__dict__)
    return made


class _Place(models.Value):
    """The place of a value: the name, and which of its values."""

    def as_sql(self, *_: Any, **__: Any) -> tuple[str, Any]:
        return "%s", [self]


class _WrittenQuery(Query):
    """A query that is not compiled again."""

    written: _WrittenCompiler
    values: dict[str, Sequence[Any]]

    def chain(self, klass: Any = None) -> _WrittenQuery:
        return _copied(self)

    def get_compiler(self, *_: Any, **__: Any) -> _WrittenCompiler:
        compiler = _copied(self.written)
        compiler.connection = connection  # each thread has its own
        compiler.values = self.values
        return compiler


class _WrittenCompiler(SQLCompiler):
    """A compiler that has compiled, and keeps what it learned of the columns."""

    sql: str
    parameters: tuple[Any, ...]
    # The columns whose values are not what the database gives, by their place.
    converted: dict[int, Any]
    values: dict[str, Sequence[Any]]

    def as_sql(self, *_: Any, **__: Any) -> tuple[str, tuple[Any, ...]]:
        self._require_transaction()
        return self.sql, tuple(map(self._parameter, self.parameters))

    def _require_transaction(self) -> None:
        """Refuse a lock that would end with its statement. Django looks at this where it writes the SQL."""
        locks = self.query.select_for_update and self.connection.features.has_select_for_update
        if locks and self.connection.get_autocommit():
            raise TransactionManagementError("There is no transaction that would keep the lock.")

    def get_converters(self, _expressions: Any) -> dict[int, Any]:
        ops, now = self.connection.ops, self.connection
        return {
            at: ([*ops.get_db_converters(each), *each.get_db_converters(now)], each)
            for at, each in self.converted.items()
        }

    def _parameter(self, part: Any) -> Any:
        if not isinstance(part, _Place):
            return part
        name, at = part.value
        value = self.values[name][at]
        field = FIELDS.get(type(value))
        return value if field is None else field.get_db_prep_value(value, self.connection)
