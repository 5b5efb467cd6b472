"""Bringing an empty database to the migrations that a backup was made with, and on to ours."""

from __future__ import annotations

from collections.abc import Iterable

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.utils.translation import gettext as _

from edu_platform.backup import contents
from edu_platform.backup.exceptions import BackupError
from edu_platform.lib.formatting import listed

NAMED_AT_MOST = 5


def refuse_newer(recorded: list[str]) -> None:
    """Refuse a backup with migrations that this release does not have.

    Raises:
        BackupError: it has some.
    """
    known = {f"{app}.{name}" for app, name in MigrationLoader(None).disk_migrations or {}}
    unknown = sorted(set(recorded) - known)
    if unknown:
        raise BackupError(
            _(
                "The backup was made by a newer release than this one, which does not know its migrations %(names)s: install that release or a newer one, then restore."
            )
            % {"names": listed(unknown[:NAMED_AT_MOST])}
        )


def ours_among(tables: Iterable[str], migrations: list[str]) -> set[str]:
    """Those of these tables that the platform has made; others may share a database with it.

    Those of models that there are no more are known by the names of their apps.
    """
    prefixes = tuple({f"{each.partition('.')[0]}_" for each in migrations})
    known = _known_tables()
    return {table for table in tables if table in known or table.startswith(prefixes)}


def _known_tables() -> set[str]:
    of_models = connection.introspection.django_table_names(include_views=False)
    caches = {str(cache["LOCATION"]) for cache in settings.CACHES.values() if "LOCATION" in cache}
    return {*of_models, *caches, contents.MIGRATIONS}


def is_at(recorded: list[str]) -> bool:
    applied = MigrationRecorder(connection).applied_migrations()
    return {f"{app}.{name}" for app, name in applied} == set(recorded)


def migrate_to(recorded: list[str]) -> None:
    """Make the tables as these migrations leave them, in a database that has none."""
    executor = MigrationExecutor(connection)
    wanted = {(app, name) for app, _dot, name in (each.partition(".") for each in recorded)}
    # The last ones of each app: an earlier one beside them would be a wish to go back to it.
    nodes = executor.loader.graph.node_map
    targets = [
        key
        for key in sorted(wanted)
        if not any(child.key in wanted and child.key[0] == key[0] for child in nodes[key].children)
    ]
    executor.migrate(targets)


def migrate_to_ours() -> None:
    """Run the migrations that came after the backup."""
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        call_command("migrate", verbosity=0, interactive=False)
