"""The tables that hold something of a person, as the registry of personal data and the apps say."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db.models import (
    BooleanField,
    Case,
    Exists,
    ExpressionWrapper,
    F,
    Field,
    FileField,
    Model,
    OuterRef,
    Q,
    QuerySet,
    When,
)
from django.utils.translation import gettext_lazy as _

from accounts.data_export.words import receivers_in_words, times_in_words
from accounts.models import User
from edu_platform.lib.batches import ROWS_A_STATEMENT
from edu_platform.lib.keeping_times import lengths_in_force
from edu_platform.lib.own_data import (
    OwnTable,
    ValueInWords,
    Words,
    last_field,
    own_tables,
)
from edu_platform.lib.personal_data import Export, Held, Purpose, columns_of, lines_of_tables
from edu_platform.lib.personal_rows import has_way, keys_of, rows_of_lines

GIVEN = (Export.AS_IT_IS, Export.IN_WORDS, Export.AS_FILE)
# What JSON calls the sentence about a row, where there is one.
IN_WORDS = "in_words"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table as it is shown; one that is a key to people tells whether it leads to this one."""

    lookup: str
    name: Words
    field: Field[Any, Any] | None = None
    is_key: bool = False
    # A key that must lead to the person, else the value is somebody else's.
    only_of: str = ""
    # Puts a value into words that says too little by itself.
    shown: ValueInWords | None = None

    @property
    def is_file(self) -> bool:
        return isinstance(self.field, FileField)

    def value_for(self, person: User) -> Any:
        """Return what a query asks for."""
        if self.is_key and self.field is not None and self.field.many_to_many:
            return Exists(_between(self.field, person))
        if self.is_key:
            return ExpressionWrapper(Q((self.lookup, person.pk)), output_field=BooleanField())
        if self.only_of:
            return Case(When(Q((self.only_of, person.pk)), then=F(self.lookup)), default=None)
        return F(self.lookup)


class KeptTable:
    """A table, with the rows that it holds of one person."""

    def __init__(
        self, person: User, own: OwnTable, lines: Sequence[Held], kept_for: dt.timedelta | None
    ) -> None:
        self.person, self.own, self.lines = person, own, tuple(lines)
        self.model, self._kept_for = own.model, kept_for

    @property
    def label(self) -> str:
        return self.model._meta.label_lower  # noqa: SLF001 -- as documented by Django

    @property
    def title(self) -> str:
        name = str(self.own.name)
        return name[:1].upper() + name[1:]

    @property
    def purpose(self) -> str:
        return str(self.lines[0].purpose.label)

    @property
    def kept(self) -> str:
        return times_in_words(self.lines, self._kept_for)

    @property
    def receivers(self) -> str:
        return receivers_in_words(self.lines)

    @cached_property
    def keys(self) -> list[Any]:
        """Return the keys of the person's rows, the newest first."""
        rows = rows_of_lines(self.person, self.model, filter(has_way, self.lines))
        return list(rows.order_by("-pk").values_list("pk", flat=True))

    @cached_property
    def columns(self) -> list[Column]:
        columns = [self._column(lookup) for lookup in self.own.lookups]
        return [*columns, Column(IN_WORDS, _("in words"))] if self.own.in_words else columns

    def rows(self, keys: Sequence[Any]) -> Iterator[list[list[Any]]]:
        """Return the rows with these keys in portions, each row with a value for each column."""
        for start in range(0, len(keys), ROWS_A_STATEMENT):
            yield self._portion(keys[start : start + ROWS_A_STATEMENT])

    def _column(self, lookup: str) -> Column:
        line = next((line for line in self.lines if lookup in columns_of(line)), None)
        return Column(
            lookup,
            self.own.name_of(lookup),
            last_field(self.model, lookup),
            is_key=line is not None and lookup in keys_of(line),
            only_of=line.found_by if line and self._is_only_of(line) else "",
            shown=self.own.shown.get(lookup),
        )

    def _is_only_of(self, line: Held) -> bool:
        """Tell whether other lines find rows too in which these columns are not the person's."""
        return bool(line.found_by) and any(
            has_way(other) and other.found_by != line.found_by and keys_of(other) != [line.found_by]
            for other in self.lines
        )

    def _portion(self, keys: Sequence[Any]) -> list[list[Any]]:
        asked = [column for column in self.columns if column.lookup != IN_WORDS]
        rows = self._with(keys).values_list(
            "pk", *(column.value_for(self.person) for column in asked)
        )
        if self.own.in_words is None:
            return [list(row[1:]) for row in rows]
        instances = list(self._with(keys))
        texts = self.own.in_words(self.person, instances)
        text_by_key = dict(zip((instance.pk for instance in instances), texts, strict=True))
        return [[*row[1:], text_by_key.get(row[0], "")] for row in rows]

    def _with(self, keys: Sequence[Any]) -> QuerySet[Any]:
        rows: QuerySet[Any] = self.model._base_manager.all()  # noqa: SLF001 -- as documented by Django
        return rows.filter(pk__in=keys).order_by("-pk")


def kept_tables(person: User) -> list[KeptTable]:
    """Return the tables that may hold something of a person which they are given, by what they are for."""
    lines: dict[type[Model], list[Held]] = {}
    for line in lines_of_tables():
        if line.exported in GIVEN:
            lines.setdefault(line.model, []).append(line)
    shown, lengths = own_tables(), lengths_in_force()
    tables = [
        KeptTable(
            person, shown.get(model) or _by_registry(model, of_model), of_model, lengths.get(model)
        )
        for model, of_model in lines.items()
        if any(map(has_way, of_model))
    ]
    purposes = list(Purpose)
    return sorted(tables, key=lambda table: purposes.index(table.lines[0].purpose))


def _by_registry(model: type[Model], lines: Sequence[Held]) -> OwnTable:
    names = [name for line in lines for name in columns_of(line) if name not in keys_of(line)]
    return OwnTable(model, " ".join(names))


def _between(field: Any, person: User) -> QuerySet[Any]:
    """Return the rows between one of a model and the person."""
    through = field.remote_field.through
    ends = {field.m2m_field_name(): OuterRef("pk"), field.m2m_reverse_field_name(): person.pk}
    rows: QuerySet[Any] = through._base_manager.filter(**ends)  # noqa: SLF001 -- as documented by Django
    return rows
