"""An index that is built while others write."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from django.db import OperationalError, connection, connections, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations import CreateModel
from django.db.migrations.state import ProjectState

from edu_platform.lib.migration_operations import AddIndexWhileWritten

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.both_databases("only PostgreSQL builds an index beside writers"),
]

FIELDS: list[tuple[str, models.Field[Any, Any]]] = [
    ("id", models.BigAutoField(primary_key=True)),
    ("name", models.CharField(max_length=40)),
]
TABLE = CreateModel("Pupil", FIELDS)
INDEX = AddIndexWhileWritten("pupil", models.Index(fields=["name"], name="pupil_name"))


def state_with(*operations: CreateModel | AddIndexWhileWritten) -> ProjectState:
    state = ProjectState()
    for operation in operations:
        operation.state_forwards("accounts", state)
    return state


NOTHING, MADE, INDEXED = state_with(), state_with(TABLE), state_with(TABLE, INDEX)


@pytest.fixture
def editor() -> Iterator[BaseDatabaseSchemaEditor]:
    """Outside of any transaction, with the table."""
    with connection.schema_editor(atomic=False) as made:
        TABLE.database_forwards("accounts", made, NOTHING, MADE)
        yield made
        TABLE.database_backwards("accounts", made, MADE, NOTHING)


def build(editor: BaseDatabaseSchemaEditor) -> None:
    INDEX.database_forwards("accounts", editor, MADE, INDEXED)


def indexes() -> set[str]:
    with connection.cursor() as cursor:
        constraints = connection.introspection.get_constraints(cursor, "accounts_pupil")
    return {name for name, each in constraints.items() if each["index"]}


def node_of_index() -> tuple[int, bool]:
    """Return the number of the index's file, and whether the index is whole."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT indexrelid, indisvalid FROM pg_index WHERE indexrelid = 'pupil_name'::regclass"
        )
        node, is_whole = cursor.fetchone()
    return node, is_whole


def test_index_comes_and_goes_outside_of_any_transaction(editor: BaseDatabaseSchemaEditor):
    build(editor)
    assert "pupil_name" in indexes()

    INDEX.database_backwards("accounts", editor, INDEXED, MADE)

    assert "pupil_name" not in indexes()


@pytest.mark.skipif(
    "connection.vendor != 'postgresql'", reason="SQLite builds it whole or not at all"
)
def test_index_that_gave_up_waiting_is_built_by_the_next_try(editor: BaseDatabaseSchemaEditor):
    with closing(connections.create_connection(connection.alias)) as writer:
        writer.set_autocommit(False)
        writer.cursor().execute("INSERT INTO accounts_pupil (name) VALUES ('li.na')")
        connection.cursor().execute("SET lock_timeout = '100ms'")
        with pytest.raises(OperationalError, match="lock timeout"):
            build(editor)
        connection.cursor().execute("RESET lock_timeout")
        writer.rollback()
    left, is_whole = node_of_index()
    assert not is_whole

    build(editor)

    built, is_whole = node_of_index()
    assert is_whole
    assert built != left


@pytest.mark.skipif(
    "connection.vendor != 'postgresql'", reason="SQLite takes the whole migration back"
)
def test_whole_index_is_left_when_its_migration_runs_again(editor: BaseDatabaseSchemaEditor):
    build(editor)
    built = node_of_index()

    build(editor)

    assert node_of_index() == built
