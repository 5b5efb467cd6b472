"""Migrating a test's database to and fro."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management.sql import emit_pre_migrate_signal
from django.db import DEFAULT_DB_ALIAS, connection
from django.db.migrations.executor import MigrationExecutor


def migrate(*targets: tuple[str, str]) -> Any:
    """Bring the database to these migrations, from wherever it is, and return the apps as they are there."""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(list(targets))
    # Has types of content renamed along with their models, as by the command.
    emit_pre_migrate_signal(verbosity=0, interactive=False, db=DEFAULT_DB_ALIAS, plan=plan)
    executor.migrate(list(targets), plan)
    return MigrationExecutor(connection).loader.project_state(list(targets)).apps


def migrate_all() -> None:
    migrate(*MigrationExecutor(connection).loader.graph.leaf_nodes())


@contextmanager
def end_with_all() -> Iterator[None]:
    """Whatever happens within, the database has all migrations in the end."""
    try:
        yield
    finally:
        migrate_all()
