"""Migrating a test's database to and fro."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.management.sql import emit_pre_migrate_signal
from django.db import DEFAULT_DB_ALIAS, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.state import ProjectState


def migrate(*targets: tuple[str, str]) -> ProjectState:
    """Bring the database to these migrations, from wherever it is, and return the state of the project there."""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(list(targets))
    # Has types of content renamed along with their models, as by the command.
    emit_pre_migrate_signal(verbosity=0, interactive=False, db=DEFAULT_DB_ALIAS, plan=plan)
    executor.migrate(list(targets), plan)
    # The state of a way back through several apps still has columns that are gone. This one is of all that is
    # applied, and its models are made only for those who ask for them.
    return MigrationExecutor(connection).migrate([], plan=[])


@contextmanager
def end_with_all() -> Iterator[None]:
    """Whatever happens within, the database has all migrations in the end."""
    try:
        yield
    finally:
        migrate(*MigrationExecutor(connection).loader.graph.leaf_nodes())
