"""Columns that are made of names: their keys (`natural_order`) and their pinyin. Every way of writing a row keeps them up."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from functools import cache
from typing import Any, Self, TypeVar

from django.core.exceptions import FieldDoesNotExist
from django.db import models

from edu_platform.lib.batches import ROWS_A_STATEMENT
from edu_platform.lib.natural_order import natural_key
from edu_platform.lib.pinyin import name_pinyin, typed_name
from edu_platform.lib.text import storable_text

Row = TypeVar("Row", bound=models.Model)


class MadeOfName(models.Field[Any, Any]):
    """A column that is made of the name in column `of`, whenever a row is written.

    A model with such a column inherits `NaturallyOrdered`, and its query set `NaturalOrderQuerySet`.
    """

    def __init__(self, *, of: str, make: Callable[[str], Any], **options: Any) -> None:
        self.of, self.make = of, make
        super().__init__(editable=False, **options)

    def deconstruct(self) -> tuple[str, str, Any, Any]:
        name, path, args, kwargs = super().deconstruct()
        kwargs.pop("editable", None)
        return name, path, args, {**kwargs, "of": self.of, "make": self.make}

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:  # noqa: FBT001 -- Django's
        value = self.make(getattr(model_instance, self.of))
        setattr(model_instance, self.attname, value)
        return value


class NaturalKeyField(MadeOfName, models.BinaryField[bytes, bytes]):
    """The key by which rows stand in the order of the name; bytes are compared alike everywhere."""

    def __init__(
        self, *, of: str, make: Callable[[str], bytes] = natural_key, **options: Any
    ) -> None:
        # The default of the database is for processes that do not know the column yet.
        super().__init__(of=of, make=make, **{**options, "default": b"", "db_default": b""})


class PinyinField(MadeOfName, models.TextField[str, str]):
    """The ways in which people type the name on a keyboard of Latin letters, to be searched (`pinyin`)."""

    def __init__(
        self, *, of: str, make: Callable[[str], str] = name_pinyin, **options: Any
    ) -> None:
        super().__init__(of=of, make=make, **{**options, "default": "", "db_default": ""})


@cache
def _made_fields(model: type[models.Model]) -> tuple[MadeOfName, ...]:
    fields = model._meta.concrete_fields  # noqa: SLF001 -- as documented by Django
    return tuple(field for field in fields if isinstance(field, MadeOfName))


@cache
def _key_fields(model: type[models.Model]) -> tuple[NaturalKeyField, ...]:
    return tuple(field for field in _made_fields(model) if isinstance(field, NaturalKeyField))


def _fields_made_of(model: type[models.Model], columns: Collection[str]) -> list[MadeOfName]:
    return [field for field in _made_fields(model) if field.of in columns]


def _with_made_columns(model: type[models.Model], columns: Iterable[str]) -> list[str]:
    """Return these columns, with those that are made of them."""
    columns = list(columns)
    made = [field.name for field in _fields_made_of(model, columns)]
    return list(dict.fromkeys([*columns, *made]))


def order_column(model: type[models.Model], column: str) -> str:
    """Return what rows are ordered by when people sort them by this column: the key of a name, if it is one.

    A column that leads to rows with names is sorted by these.
    """
    try:
        field = model._meta.get_field(column)  # noqa: SLF001 -- as documented by Django
    except FieldDoesNotExist:
        return column
    if isinstance(field, models.ForeignKey):
        keys = _key_fields(field.related_model)
        return f"{column}__{keys[0].name}" if keys else column
    keys = tuple(field for field in _key_fields(model) if field.of == column)
    return keys[0].name if keys else column


class NaturallyOrdered(models.Model):
    """A row with columns made of its names, which `save` keeps up also where it is told what to write."""

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        columns = kwargs.get("update_fields")
        if columns is not None:
            kwargs["update_fields"] = _with_made_columns(type(self), columns)
        super().save(*args, **kwargs)


def names_like(
    model: type[models.Model],
    text: str | models.Value,
    typed: str | models.Value,
    *also: str,
) -> models.Q:
    """Match the rows whose name or column `also` holds the text, or whose pinyin holds it as `typed_name` writes it.

    Where nothing is left of it as pinyin, `typed` is empty. A statement gives places for both.
    """
    matches = models.Q()
    for field in _made_fields(model):
        if isinstance(field, PinyinField):
            matches |= models.Q((f"{field.of}__icontains", text))
            if typed:
                matches |= models.Q((f"{field.name}__contains", typed))
    for column in also:
        matches |= models.Q((f"{column}__icontains", text))
    return matches


Ordered = TypeVar("Ordered", bound=NaturallyOrdered)


class NaturalOrderQuerySet(models.QuerySet[Row]):
    """Keeps up what is made of names where many rows are written at once, and finds rows as people type them."""

    def named_like(self, text: str, *also: str) -> Self:
        """Return the rows whose name, its pinyin or another of the columns `also` holds this text."""
        text = storable_text(text).strip()
        return self.filter(names_like(self.model, text, typed_name(text), *also))

    def update(self, **values: Any) -> int:
        for field in _fields_made_of(self.model, values):
            name = values[field.of]
            if field.name in values:
                continue  # `bulk_update` writes both
            if not isinstance(name, str):
                raise TypeError(
                    f"{field.of} is written as text, so that {field.name} can follow it"
                )
            values[field.name] = field.make(name)
        return super().update(**values)

    def bulk_update(
        self, objs: Iterable[Row], fields: Iterable[str], batch_size: int | None = None
    ) -> int:
        rows = list(objs)
        columns = list(fields)
        for field in _fields_made_of(self.model, columns):
            for row in rows:
                field.pre_save(row, add=False)
        return super().bulk_update(rows, _with_made_columns(self.model, columns), batch_size)

    def bulk_create(self, objs: Iterable[Row], *args: Any, **kwargs: Any) -> list[Row]:
        if columns := kwargs.get("update_fields"):
            kwargs["update_fields"] = _with_made_columns(self.model, columns)
        return super().bulk_create(objs, *args, **kwargs)


def in_order(rows: Iterable[Ordered]) -> list[Ordered]:
    """Return rows of one kind in the order of their names, of one name the oldest first; no query.

    Keys that were read with the rows are taken as they are, since making one needs pinyin.
    """
    rows = list(rows)
    return rows if len(rows) < 2 else sorted(rows, key=_place)


def _place(row: NaturallyOrdered) -> tuple[bytes, int]:
    (field,) = _key_fields(type(row))
    key = bytes(getattr(row, field.attname)) or field.make(getattr(row, field.of))
    return key, row.pk or 0


def set_missing_and_stale_keys(rows: models.QuerySet[Any]) -> int:
    """Write the keys and pinyin that are not what the names of these rows give, and return how many.

    Those were written by a version that does not know the column, or by an older table of pinyin.
    """
    model: type[models.Model] = rows.model
    count = 0
    for field in _made_fields(model):
        names = rows.order_by("pk").values_list("pk", field.of, field.name)
        stale = [pk for pk, name, key in names.iterator() if _differs(key, field.make(name))]
        for first in range(0, len(stale), ROWS_A_STATEMENT):
            keys = stale[first : first + ROWS_A_STATEMENT]
            batch_rows = list(rows.filter(pk__in=keys).only(field.of))
            for row in batch_rows:
                field.pre_save(row, add=False)
            models.QuerySet(rows.model, using=rows.db).bulk_update(batch_rows, [field.name])
        count += len(stale)
    return count


def _differs(kept: Any, made: Any) -> bool:
    return bool((bytes(kept) if isinstance(made, bytes) else kept) != made)
