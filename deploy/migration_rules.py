"""`python -m deploy.migration_rules`: whether the new migrations leave the last release running.

`migrate` runs while the processes of the release before still write. So a migration may add what these do
not know of, and take away only what they no longer use: `docs/upgrading.md` has the rules. Looked at are the
migrations that the newest folder of `tests/releases/` does not list.

Everything that is not known to be safe is refused, until its migration says why it is safe all the same:

    class Migration(migrations.Migration):
        safe_because = "1.2.0 neither reads nor writes this column"
"""

from __future__ import annotations

import os
import secrets
import sys
from collections.abc import Iterable, Iterator
from typing import Any

import django
from django.apps import apps
from django.conf import settings
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import models
from django.db.migrations import Migration, operations
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from django.db.models import NOT_PROVIDED

from deploy.kept_release import KEPT, MIGRATIONS_FILE

# Nothing that is there changes for those who do not know of it.
SAFE = (
    AddIndexConcurrently,
    operations.CreateModel,
    operations.AlterModelOptions,
    operations.AlterModelManagers,
    operations.AlterModelTableComment,
    operations.RemoveConstraint,
    operations.RemoveIndex,
)
ADVICE = {
    operations.RemoveField: "first a release that does not use the column, then one that removes it",
    operations.DeleteModel: "first a release that does not use the table, then one that removes it",
    operations.RenameField: "add the new column, fill both for a release, then remove the old one",
    operations.RenameModel: "keep the table's name by db_table",
    operations.AlterModelTable: "a table keeps its name",
    operations.AddIndex: "building it keeps writers waiting: use AddIndexWhileWritten (edu_platform/lib)",
    operations.AddConstraint: "what the old version writes may break it, and checking rows keeps writers waiting",
    operations.RunPython: "what the old version writes afterwards is not filled; large tables go in batches",
    operations.RunSQL: "only a reader can tell what it does",
}
ADD_FIELD = "the old version does not name the column: it needs null=True or db_default"
ALTER_FIELD = "a column may only become wider, nullable, or get a db_default"


def refusals(new: Iterable[tuple[str, str]], loader: MigrationLoader) -> Iterator[str]:
    """A line for each operation of the migrations `new` (app, name) that may break what still runs."""
    wanted, state, fresh = set(new), ProjectState(), set[tuple[str, str]]()
    for node in _in_order(loader):
        migration = loader.graph.nodes[node]
        if node in wanted and not getattr(migration, "safe_because", ""):
            yield from _refused_of(migration, state, fresh)
        else:
            migration.mutate_state(state, preserve=False)


def _in_order(loader: MigrationLoader) -> Iterator[tuple[str, str]]:
    seen = set()
    for leaf in sorted(loader.graph.leaf_nodes()):
        for node in loader.graph.forwards_plan(leaf):
            if node not in seen:
                seen.add(node)
                yield node


def _refused_of(
    migration: Migration, state: ProjectState, fresh: set[tuple[str, str]]
) -> Iterator[str]:
    """`fresh`: the models that the new migrations themselves make, which nobody uses yet."""
    for operation in migration.operations:
        if isinstance(operation, operations.CreateModel):
            fresh.add((migration.app_label, operation.name_lower))
        on = (migration.app_label, _model_of(operation))
        if on not in fresh and (why := why_refused(operation, state, migration.app_label)):
            yield f"{migration.app_label}.{migration.name}: {operation.describe()}: {why}"
        operation.state_forwards(migration.app_label, state)


def _model_of(operation: Operation) -> str:
    name = getattr(operation, "model_name_lower", "") or getattr(operation, "name_lower", "")
    return str(name or getattr(operation, "model_name", "")).lower()


def why_refused(operation: Operation, state: ProjectState, app_label: str) -> str:
    """Why this operation may break what still runs on the state before it; nothing when it does not."""
    if isinstance(operation, operations.AddField):
        return "" if _is_optional(operation.field) else ADD_FIELD
    if isinstance(operation, operations.AlterField):
        before = state.models[app_label, operation.model_name_lower].fields[operation.name]
        return "" if _is_wider(before, operation.field) else ALTER_FIELD
    if isinstance(operation, SAFE):
        return ""
    return ADVICE.get(type(operation), "not known to be safe")


def _is_optional(field: models.Field[Any, Any]) -> bool:
    return field.many_to_many is True or field.null or field.db_default is not NOT_PROVIDED


def _is_wider(before: models.Field[Any, Any], after: models.Field[Any, Any]) -> bool:
    old, new = _kept_by_the_database(before), _kept_by_the_database(after)
    may_differ = {
        "null": after.null,
        "db_default": after.db_default is not NOT_PROVIDED,
        "max_length": _length(new) >= _length(old),
    }
    return all(
        old.get(part) == new.get(part) or may_differ.get(part, False) for part in old.keys() | new
    )


def _kept_by_the_database(field: models.Field[Any, Any]) -> dict[str, object]:
    _name, path, args, kwargs = field.deconstruct()
    kept = {name: value for name, value in kwargs.items() if name not in field.non_db_attrs}
    return {**kept, "class": path, "args": args}


def _length(parts: dict[str, object]) -> float:
    """In characters; a column without a limit is the widest."""
    length = parts.get("max_length")
    return float("inf") if length is None else float(str(length))


def newest_release() -> str:
    return max((each.name for each in KEPT.iterdir() if each.is_dir()), key=_numbers)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def new_migrations(loader: MigrationLoader, release: str) -> list[tuple[str, str]]:
    """Those of our own apps that a release does not have."""
    listed = (KEPT / release / MIGRATIONS_FILE).read_text(encoding="utf-8").split()
    return [
        (app, name)
        for app, name in loader.graph.nodes
        if f"{app}.{name}" not in listed and _is_ours(app)
    ]


def _is_ours(app_label: str) -> bool:
    return apps.get_app_config(app_label).path.startswith(f"{settings.BASE_DIR}{os.sep}")


def main() -> int:
    os.environ.setdefault("SECRET_KEY", secrets.token_urlsafe(64))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "edu_platform.settings")
    django.setup()
    loader = MigrationLoader(None)
    release = newest_release()
    lines = list(refusals(new_migrations(loader, release), loader))
    for line in lines:
        print(line)
    if lines:
        print(f"{release} has to go on while these run: see docs/upgrading.md", file=sys.stderr)
    return 1 if lines else 0


if __name__ == "__main__":
    raise SystemExit(main())
