"""Rules for a migration while the release before still runs."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.postgres.functions import RandomUUID
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.migrations import operations
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ModelState, ProjectState
from django.db.models.functions import Lower, Now

from deploy import migration_rules
from deploy.migration_rules import (
    lost_migrations,
    new_migrations,
    newest_release,
    unsafe_operations,
    why_not_repeatable,
    why_unsafe,
)
from edu_platform.lib.migration_operations import AddIndexWhileWritten

NAME = models.CharField(max_length=40)
FIELDS: list[tuple[str, models.Field[Any, Any]]] = [
    ("id", models.BigAutoField(primary_key=True)),
    ("name", NAME),
]
INDEX = models.Index(fields=["name"], name="pupil_name")
ONCE = models.UniqueConstraint(fields=["name"], name="pupil_once")
NAMED = models.CheckConstraint(condition=~models.Q(name=""), name="pupil_named")


def state() -> ProjectState:
    made = ProjectState()
    made.add_model(ModelState("school", "Pupil", FIELDS, {"constraints": [ONCE, NAMED]}))
    return made


def link(**options: Any) -> models.ForeignKey[Any, Any]:
    return models.ForeignKey("school.Desk", models.CASCADE, null=True, **options)


@pytest.mark.parametrize(
    "operation",
    [
        operations.CreateModel("Desk", [("id", models.BigAutoField(primary_key=True))]),
        operations.AddField("pupil", "age", models.IntegerField(null=True)),
        operations.AddField("pupil", "age", models.IntegerField(db_default=7)),
        operations.AddField("pupil", "since", models.DateTimeField(db_default=Now())),
        operations.AddField("pupil", "desk", link(db_index=False)),
        operations.AddField("pupil", "desks", models.ManyToManyField("school.Desk")),
        operations.AlterField("pupil", "name", models.CharField("called", max_length=40)),
        operations.AlterField("pupil", "name", models.CharField(max_length=41)),
        operations.AlterField("pupil", "name", models.CharField(max_length=40, null=True)),
        operations.AlterField("pupil", "name", models.CharField(max_length=40, db_default="")),
        operations.AlterField("pupil", "name", models.CharField(max_length=40, default="")),
        operations.AlterModelOptions("pupil", {"verbose_name": "pupil"}),
        operations.RemoveConstraint("pupil", "pupil_named"),
        AddIndexWhileWritten("pupil", INDEX),
    ],
    ids=lambda operation: operation.describe(),
)
def test_what_the_old_version_does_not_notice_is_let_through(operation: Operation):
    assert why_unsafe(operation, state(), "school") == ""


@pytest.mark.parametrize(
    ("operation", "word"),
    [
        (operations.AddField("pupil", "age", models.IntegerField(default=7)), "db_default"),
        (
            operations.AddField("pupil", "age", models.IntegerField(unique=True, db_default=7)),
            "same",
        ),
        (operations.AddField("pupil", "age", models.IntegerField(unique=True, null=True)), "index"),
        (
            operations.AddField("pupil", "age", models.IntegerField(db_index=True, null=True)),
            "index",
        ),
        (operations.AddField("pupil", "desk", link()), "index"),
        (operations.AddField("pupil", "key", models.UUIDField(db_default=RandomUUID())), "anew"),
        (
            operations.AddField(
                "pupil",
                "copy",
                models.GeneratedField(expression=Lower("name"), output_field=NAME, db_persist=True),
            ),
            "anew",
        ),
        (operations.AlterField("pupil", "name", models.CharField(max_length=39)), "wider"),
        (
            operations.AlterField(
                "pupil", "name", models.CharField(max_length=40, db_column="title")
            ),
            "wider",
        ),
        (
            operations.AlterField("pupil", "name", models.CharField(max_length=40, unique=True)),
            "wider",
        ),
        (operations.AlterField("pupil", "name", models.IntegerField()), "wider"),
        (operations.RemoveField("pupil", "name"), "does not use"),
        (operations.DeleteModel("Pupil"), "does not use"),
        (operations.RenameField("pupil", "name", "title"), "fill both"),
        (operations.RenameModel("Pupil", "Learner"), "db_table"),
        (operations.AlterModelTable("pupil", "learner"), "keeps its name"),
        (operations.AddIndex("pupil", INDEX), "AddIndexWhileWritten"),
        (AddIndexConcurrently("pupil", INDEX), "AddIndexWhileWritten"),
        (operations.AddConstraint("pupil", ONCE), "writers waiting"),
        (operations.RemoveConstraint("pupil", "pupil_once"), "next release"),
        (operations.RunPython(lambda _apps, _editor: None), "batches"),
        (operations.RunSQL("SELECT 1"), "reader"),
        (operations.SeparateDatabaseAndState(), "not known"),
    ],
    ids=lambda value: value.describe() if isinstance(value, Operation) else value,
)
def test_what_may_break_the_old_version_is_refused_with_what_to_do(operation: Operation, word: str):
    assert word in why_unsafe(operation, state(), "school")


def test_column_that_becomes_needed_is_refused():
    loosened = state()
    loosened.alter_field(
        "school", "pupil", "name", models.CharField(max_length=40, null=True), preserve_default=True
    )

    tightened = operations.AlterField("pupil", "name", NAME)

    assert "nullable" in why_unsafe(tightened, loosened, "school")


class Pupils(migrations.Migration):
    operations = [operations.CreateModel("Pupil", FIELDS)]


class More(migrations.Migration):
    operations = [
        operations.RemoveField("pupil", "name"),
        operations.CreateModel("Desk", FIELDS),
        operations.AddField("desk", "number", models.IntegerField(default=1)),
        operations.AddConstraint(
            "desk", models.UniqueConstraint(fields=["name"], name="desk_once")
        ),
    ]


class MoreWithReason(More):
    safe_because = "1.0.0 does not use it"


class Squashed(migrations.Migration):
    replaces = [("school", "0001_pupils")]


class Replaced(migrations.Migration):
    """A table that makes room for another of its name."""

    operations = [operations.DeleteModel("Pupil"), operations.CreateModel("Pupil", FIELDS)]


class Loader:
    """Two migrations, of which the first is what runs."""

    def __init__(self, second: type[migrations.Migration]) -> None:
        self.nodes = {
            ("school", "0001_pupils"): Pupils("0001_pupils", "school"),
            ("school", "0002_more"): second("0002_more", "school"),
        }
        self.graph = self

    def leaf_nodes(self) -> list[tuple[str, str]]:
        return list(self.nodes)[-1:]

    def forwards_plan(self, _leaf: tuple[str, str]) -> list[tuple[str, str]]:
        return list(self.nodes)


def test_only_new_migrations_count_and_what_they_make_themselves_is_free():
    loader = Loader(More)

    lines = list(unsafe_operations([("school", "0002_more")], loader))  # type: ignore[arg-type] # its graph is enough

    assert [line.split(":")[0] for line in lines] == ["school.0002_more"]
    assert "Remove field name" in lines[0]


def test_migration_may_say_why_it_is_safe_all_the_same():
    loader = Loader(MoreWithReason)

    assert list(unsafe_operations([("school", "0002_more")], loader)) == []  # type: ignore[arg-type] # as above


def test_reason_for_a_migration_of_a_package_stands_beside_the_rules(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setitem(migration_rules.SAFE_OF_PACKAGES, "school.0002_more", "nobody writes there")

    assert list(unsafe_operations([("school", "0002_more")], Loader(More))) == []  # type: ignore[arg-type] # as above


def test_table_that_goes_is_not_free_because_another_takes_its_name():
    lines = list(unsafe_operations([("school", "0002_more")], Loader(Replaced)))  # type: ignore[arg-type] # as above

    assert ["Delete model Pupil" in line for line in lines] == [True]


@pytest.mark.parametrize(
    ("is_atomic", "done", "word"),
    [
        (True, [operations.RemoveIndex("pupil", "pupil_name")], ""),
        (False, [AddIndexWhileWritten("pupil", INDEX)] * 2, ""),
        (True, [AddIndexWhileWritten("pupil", INDEX)], "atomic = False"),
        (
            False,
            [AddIndexWhileWritten("pupil", INDEX), operations.CreateModel("Desk", FIELDS)],
            "half",
        ),
    ],
)
def test_migration_that_gives_up_can_be_run_again(
    is_atomic: bool, done: list[Operation], word: str
):
    kind = type("Tried", (migrations.Migration,), {"atomic": is_atomic, "operations": done})

    why = why_not_repeatable(kind("0002_more", "school"))

    assert (word in why) if word else why == ""


def test_migrations_of_packages_are_looked_at_too(monkeypatch: pytest.MonkeyPatch):
    loader = MigrationLoader(None)
    monkeypatch.setattr(migration_rules, "_listed", lambda _release: {"axes.0001_initial"})

    new = new_migrations(loader, "any")

    assert ("axes", "0002_auto_20151217_2044") in new
    assert ("axes", "0001_initial") not in new


def test_migration_that_a_release_has_stays_or_is_replaced(monkeypatch: pytest.MonkeyPatch):
    loader = MigrationLoader(None)
    loader.disk_migrations["school", "0001_squashed"] = Squashed("0001_squashed", "school")
    monkeypatch.setattr(
        migration_rules, "_listed", lambda _release: {"school.0001_pupils", "school.0002_more"}
    )

    lines = list(lost_migrations(loader, "any"))

    assert [line.split(":")[0] for line in lines] == ["school.0002_more"]


def test_newest_release_goes_on_while_our_migrations_run():
    loader = MigrationLoader(None)

    assert list(unsafe_operations(new_migrations(loader, newest_release()), loader)) == []
    assert list(lost_migrations(loader, newest_release())) == []


def test_migrations_since_the_first_kept_release_would_be_seen():
    loader = MigrationLoader(None)

    lines = list(unsafe_operations(new_migrations(loader, "0.9"), loader))

    assert any("accounts.0009" in line for line in lines)
