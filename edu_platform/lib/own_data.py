"""Say how a person is shown what is kept of them: the columns of each table, and what these are called.

Each app says it in its `own_data.py`. Which tables and rows these are, and which columns nobody is given, says the
registry of personal data; a table without a line here is shown with the columns that are named there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from django.db.models import Field, Model
from django.db.models.constants import LOOKUP_SEP
from django.utils.functional import Promise

from edu_platform.lib.personal_data import modules_of_apps

MODULE = "own_data"
TABLES = "OWN_DATA"

Words = Promise | str
# Called with a value that is there.
ValueInWords = Callable[[Any], str]
# Called with the person and some of their rows; returns a text for each.
RowsInWords = Callable[[Any, Sequence[Any]], Sequence[str]]


@dataclass(frozen=True, slots=True)
class OwnTable:
    """A table as the person sees it. A column that is a key to people says whether it leads to this one."""

    model: type[Model]
    # Lookups, the most telling first.
    columns: str
    # What lookups are called whose last column has no name that is translated.
    called: Mapping[str, Words] = field(default_factory=dict)
    # How values are shown that say too little by themselves, by lookup; the file has them as they are kept.
    shown: Mapping[str, ValueInWords] = field(default_factory=dict)
    # Empty: the name of the model.
    title: Words = ""
    # For what the registry gives in words.
    in_words: RowsInWords | None = None

    @property
    def lookups(self) -> list[str]:
        return self.columns.split()

    @property
    def name(self) -> Words:
        return self.title or name_given(self.model)

    def name_of(self, lookup: str) -> Words:
        return self.called.get(lookup) or last_field(self.model, lookup).verbose_name


def name_given(model: type[Model]) -> Words:
    """Return what the rows of a model are called; empty where Django makes it up from the name in code."""
    given: dict[str, Words] = model._meta.original_attrs  # noqa: SLF001 -- by no other way
    return given.get("verbose_name_plural") or ""


def name_shown(model: type[Model]) -> Words:
    """Return what people are shown as the name of a table; empty where it has none."""
    shown = own_tables().get(model)
    return shown.name if shown else name_given(model)


def own_tables() -> dict[type[Model], OwnTable]:
    """Return what all apps say of their models."""
    tables = (table for module in modules_of_apps(MODULE) for table in getattr(module, TABLES))
    return {table.model: table for table in tables}


def last_field(model: type[Model], lookup: str) -> Field[Any, Any]:
    """Return the column at the end of a lookup."""
    *ways, last = lookup.split(LOOKUP_SEP)
    for way in ways:
        related: Any = model._meta.get_field(way).related_model  # noqa: SLF001 -- as documented by Django
        model = related
    column: Any = model._meta.get_field(last)  # noqa: SLF001 -- as documented by Django
    return cast("Field[Any, Any]", column)
