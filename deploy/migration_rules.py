"""`python -m deploy.migration_rules`: whether the new migrations leave the last release running.

`migrate` runs while the processes of the release before still write. So a migration may add what these do
not know of, and take away only what they no longer use: `docs/upgrading.md` has the rules. Looked at are the
migrations that the newest folder of `tests/releases/` does not list, those of packages too.

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
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import models
from django.db.migrations import Migration, operations
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from django.db.models import NOT_PROVIDED, Value
from django.db.models.functions import Now

from deploy.kept_release import KEPT, MIGRATIONS_FILE
from edu_platform.lib.migration_operations import AddIndexWhileWritten

# Nothing that is there changes for those who do not know of it.
SAFE = (
    AddIndexWhileWritten,
    operations.CreateModel,
    operations.AlterModelOptions,
    operations.AlterModelManagers,
    operations.AlterModelTableComment,
    operations.RemoveIndex,
)
ADVICE = {
    operations.RemoveField: "first a release that does not use the column, then one that removes it",
    operations.DeleteModel: "first a release that does not use the table, then one that removes it",
    operations.RenameField: "add the new column, fill both for a release, then remove the old one",
    operations.RenameModel: "keep the table's name by db_table",
    operations.AlterModelTable: "a table keeps its name",
    operations.AddIndex: "building it keeps writers waiting: use AddIndexWhileWritten (edu_platform/lib)",
    AddIndexConcurrently: "what it leaves when it breaks off stops the next try: use AddIndexWhileWritten",
    operations.AddConstraint: "what the old version writes may break it, and checking rows keeps writers waiting",
    operations.RunPython: "what the old version writes afterwards is not filled; large tables go in batches",
    operations.RunSQL: "only a reader can tell what it does",
}
ADD_FIELD = "the old version does not name the column: it needs null=True or db_default"
ADD_COMPUTED = "the database may write every row anew for it: only plain values and Now() are known to be quick"
ADD_INDEXED = (
    "building its index keeps writers waiting: db_index=False, and AddIndexWhileWritten afterwards"
)
ADD_UNIQUE = "two rows of the old version would have the same value"
ALTER_FIELD = "a column may only become wider, nullable, or get a db_default"
REMOVE_UNIQUE = "the old version relies on it to write a row once: the next release removes it"
NOT_WHOLE = (
    "breaking off leaves half of it: only AddIndexWhileWritten may stand where atomic = False"
)
IN_TRANSACTION = "AddIndexWhileWritten needs atomic = False"
GONE = "databases have it, and would run it again by another name: released migrations stay as they are"
# Why migrations of packages are safe, which cannot say it themselves: {"axes.0010_name": "…"}.
SAFE_OF_PACKAGES: dict[str, str] = {}


def unsafe_operations(new: Iterable[tuple[str, str]], loader: MigrationLoader) -> Iterator[str]:
    """A line for each operation of the migrations `new` (app, name) that may break what still runs."""
    looked_at, state, fresh = set(new), ProjectState(), set[tuple[str, str]]()
    for node in _in_order(loader):
        migration = loader.graph.nodes[node]
        if node in looked_at and not _reason(migration):
            yield from _unsafe_in(migration, state, fresh)
        else:
            migration.mutate_state(state, preserve=False)
        if node in looked_at:
            fresh |= _models_made_by(migration.operations, migration.app_label)


def _reason(migration: Migration) -> str:
    name = f"{migration.app_label}.{migration.name}"
    return getattr(migration, "safe_because", "") or SAFE_OF_PACKAGES.get(name, "")


def _models_made_by(done: Iterable[Operation], app_label: str) -> set[tuple[str, str]]:
    return {
        (app_label, operation.name_lower)
        for operation in done
        if isinstance(operation, operations.CreateModel)
    }


def _in_order(loader: MigrationLoader) -> Iterator[tuple[str, str]]:
    seen = set()
    for leaf in sorted(loader.graph.leaf_nodes()):
        for node in loader.graph.forwards_plan(leaf):
            if node not in seen:
                seen.add(node)
                yield node


def _unsafe_in(
    migration: Migration, state: ProjectState, fresh: set[tuple[str, str]]
) -> Iterator[str]:
    """`fresh`: the models that the new migrations before it made, which nobody uses yet."""
    name = f"{migration.app_label}.{migration.name}"
    if why := why_not_repeatable(migration):
        yield f"{name}: {why}"
    for number, operation in enumerate(migration.operations):
        made = fresh | _models_made_by(migration.operations[:number], migration.app_label)
        on = (migration.app_label, _model_of(operation))
        if on not in made and (why := why_unsafe(operation, state, migration.app_label)):
            yield f"{name}: {operation.describe()}: {why}"
        operation.state_forwards(migration.app_label, state)


def _model_of(operation: Operation) -> str:
    name = getattr(operation, "model_name_lower", "") or getattr(operation, "name_lower", "")
    return str(name or getattr(operation, "model_name", "")).lower()


def why_not_repeatable(migration: Migration) -> str:
    """Say why the migration cannot be run again after it gave up half-way; nothing when it can."""
    builds_beside_writers = [
        isinstance(operation, AddIndexWhileWritten) for operation in migration.operations
    ]
    if migration.atomic:
        return IN_TRANSACTION if any(builds_beside_writers) else ""
    return "" if all(builds_beside_writers) else NOT_WHOLE


def why_unsafe(operation: Operation, state: ProjectState, app_label: str) -> str:
    """Say why this operation may break what still runs on the state before it; nothing when it does not."""
    if isinstance(operation, operations.AddField):
        return _why_unsafe_to_add(operation.field)
    if isinstance(operation, operations.AlterField):
        before = state.models[app_label, operation.model_name_lower].fields[operation.name]
        return "" if _is_wider(before, operation.field) else ALTER_FIELD
    if isinstance(operation, operations.RemoveConstraint):
        constraint = state.models[app_label, operation.model_name_lower].get_constraint_by_name(
            operation.name
        )
        return REMOVE_UNIQUE if not isinstance(constraint, models.CheckConstraint) else ""
    if isinstance(operation, SAFE):
        return ""
    return ADVICE.get(type(operation), "not known to be safe")


def _why_unsafe_to_add(field: models.Field[Any, Any]) -> str:
    if field.many_to_many:  # a table of its own
        return ""
    has_db_default = field.db_default is not NOT_PROVIDED
    if isinstance(field, models.GeneratedField) or (has_db_default and not _is_quick(field)):
        return ADD_COMPUTED
    if not field.null and not has_db_default:
        return ADD_FIELD
    if field.unique and has_db_default:
        return ADD_UNIQUE
    has_index: bool = field.unique or field.db_index  # type: ignore[attr-defined] # its stubs leave it out
    return ADD_INDEXED if has_index else ""


def _is_quick(field: models.Field[Any, Any]) -> bool:
    """Tell whether PostgreSQL notes the value once for all rows, instead of writing it into each."""
    value = field.db_default
    return isinstance(value, Value | Now) or not hasattr(value, "resolve_expression")


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
    not_kept = {*field.non_db_attrs, "default"}
    kept = {name: value for name, value in kwargs.items() if name not in not_kept}
    # Django counts the column's name among what the database does not know: it renames columns elsewhere.
    return {**kept, "class": path, "args": args, "db_column": field.db_column}


def _length(parts: dict[str, object]) -> float:
    """In characters; a column without a limit is the widest."""
    length = parts.get("max_length")
    return float("inf") if length is None else float(str(length))


def newest_release() -> str:
    return max((each.name for each in KEPT.iterdir() if each.is_dir()), key=_numbers)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def new_migrations(loader: MigrationLoader, release: str) -> list[tuple[str, str]]:
    """Those that a release does not have."""
    listed = _listed(release)
    return [(app, name) for app, name in loader.graph.nodes if f"{app}.{name}" not in listed]


def lost_migrations(loader: MigrationLoader, release: str) -> Iterator[str]:
    """A line for each migration of a release that is neither there any more nor replaced by another."""
    there = {f"{app}.{name}" for app, name in loader.disk_migrations}
    for migration in loader.disk_migrations.values():
        there |= {f"{app}.{name}" for app, name in migration.replaces}
    yield from (f"{name}: {GONE}" for name in sorted(_listed(release) - there))


def _listed(release: str) -> set[str]:
    return set((KEPT / release / MIGRATIONS_FILE).read_text(encoding="utf-8").split())


def main() -> int:
    os.environ.setdefault("SECRET_KEY", secrets.token_urlsafe(64))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "edu_platform.settings")
    django.setup()
    loader = MigrationLoader(None)
    release = newest_release()
    new = new_migrations(loader, release)
    lines = [*lost_migrations(loader, release), *unsafe_operations(new, loader)]
    for line in lines:
        print(line)
    if lines:
        print(f"{release} has to go on while these run: see docs/upgrading.md", file=sys.stderr)
    return 1 if lines else 0


if __name__ == "__main__":
    raise SystemExit(main())
