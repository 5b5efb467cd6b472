"""A row in every table, with all that its columns can hold, for tests of what goes through all tables."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.apps import apps
from django.db import connection, models

from tests.factories.replays import ReplayFileFactory
from tests.factories.schedule import ChannelFactory, LessonFactory, TermFactory, WeeklyLessonFactory

# What makes trouble where rows are written as lines of text.
ODD_TEXT = "\t\\N\\.\r\n'\"%s;张三 🎈"
AT = dt.datetime(2026, 3, 2, 0, 30, 0, 123456, tzinfo=dt.UTC)  # a Monday in China as well
VALUES: dict[type[models.Field[Any, Any]], Any] = {
    models.BooleanField: True,
    models.IntegerField: 1,
    models.JSONField: {"名": [1, None, "\\N\t"]},
    models.BinaryField: b"\0\\N\n\xff",
    models.EmailField: "zhang@example.com",
    models.GenericIPAddressField: "2001:db8::1",
}
# Where rows have to fit together in ways of their own.
OWN: dict[str, dict[str, Any]] = {
    "accounts.incident": {"happened_on": None},
    "accounts.schoolsettings": {"pk": 1},
    "classroom.callbackevent": {"state": "waiting", "outcome": "", "closed_at": None},
    "schedule.fetname": {"weekday": None},
    "schedule.termday": {"plan_weekday": None},
}


def fill() -> None:
    """Give each table that has no row one."""
    for make in (
        LessonFactory,
        ReplayFileFactory,
        ChannelFactory,
        TermFactory,
        WeeklyLessonFactory,
    ):
        make.create()
    for model in apps.get_models(include_auto_created=True):
        if model._meta.managed:
            _row_of(model)
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO cache_entry VALUES ('key', 'value', '2026-03-02')")


def _row_of(model: type[models.Model]) -> models.Model:
    row = model._base_manager.first()
    if row is None:
        own = OWN.get(model._meta.label_lower, {})
        values = {
            field.attname: _value_of(field, number)
            for number, field in enumerate(model._meta.local_concrete_fields)
            if not field.primary_key or isinstance(field, models.OneToOneField)
        }
        row = model(**values | own)
        model._base_manager.bulk_create([row])
    return row


def _value_of(field: Any, number: int) -> Any:
    if field.is_relation:
        return None if field.null else _row_of(field.related_model).pk
    if field.choices:
        return next(value for value, _name in field.flatchoices if value not in ("", None))
    if field.has_default() and isinstance(field, models.IntegerField):
        return field.get_default()  # inside its bounds
    for kind, value in VALUES.items():
        if isinstance(field, kind):
            return value
    # Later columns hold later times: ends come after beginnings.
    if isinstance(field, models.DateTimeField):
        return AT + dt.timedelta(hours=number)
    if isinstance(field, models.DateField):
        return AT.date() + dt.timedelta(weeks=number)
    if isinstance(field, models.TimeField):
        return dt.time(8, number)
    if isinstance(field, models.FileField):
        return ""
    return ODD_TEXT[: field.max_length]


def rows_of_all(database: Any = None) -> dict[str, list[tuple[Any, ...]]]:
    """All rows of all tables, by plain SQL, in an order of their own."""
    database = database or connection
    with database.cursor() as cursor:
        names = database.introspection.table_names(cursor)
        return {name: _rows(cursor, database.ops.quote_name(name)) for name in sorted(names)}


def _rows(cursor: Any, quoted: str) -> list[tuple[Any, ...]]:
    cursor.execute(f"SELECT * FROM {quoted}")
    rows = [tuple(map(_comparable, row)) for row in cursor.fetchall()]
    return sorted(rows, key=repr)


def _comparable(value: Any) -> Any:
    return bytes(value) if isinstance(value, memoryview) else value
