"""Emptying the database after a test whose transactions were real."""

from __future__ import annotations

from django.apps import apps
from django.db import IntegrityError, OperationalError, connection, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.test import TransactionTestCase

# Made by `migrate`, and never changed by a test.
MADE_ONCE = frozenset({"django_content_type", "auth_permission"})
TRIES = 5


def be_quick_and_patient() -> None:
    """Have Django empty only the tables that have rows, and begin again when somebody is in its way.

    A web process may still write what a page told when it was left, and `flush` takes the tables
    in another order than that does: each then waits for the other, until one is refused.
    """
    TransactionTestCase._fixture_teardown = _empty  # type: ignore[attr-defined]


def _empty(_test_case: TransactionTestCase) -> None:
    for attempt in range(1, TRIES + 1):
        try:
            with transaction.atomic():
                delete_rows(connection)
        except (IntegrityError, OperationalError):
            if attempt == TRIES:
                raise
        else:
            return


def delete_rows(database: BaseDatabaseWrapper) -> None:
    """References are looked at when the transaction ends, so the order of tables is any."""
    with database.cursor() as cursor:
        cursor.execute(
            " UNION ALL ".join(_question(table, database) for table in _tables(database))
        )
        for (table,) in cursor.fetchall():
            cursor.execute(f"DELETE FROM {database.ops.quote_name(table)}")


def _question(table: str, database: BaseDatabaseWrapper) -> str:
    return f"SELECT '{table}' WHERE EXISTS (SELECT 1 FROM {database.ops.quote_name(table)})"


def _tables(database: BaseDatabaseWrapper) -> list[str]:
    models = apps.get_models(include_auto_created=True)
    return sorted({model._meta.db_table for model in models if model._meta.managed} - MADE_ONCE)
