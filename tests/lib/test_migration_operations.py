"""An index that is built while others write."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection, models
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


def indexes() -> set[str]:
    with connection.cursor() as cursor:
        constraints = connection.introspection.get_constraints(cursor, "accounts_pupil")
    return {name for name, each in constraints.items() if each["index"]}


def test_index_comes_and_goes_outside_of_any_transaction():
    table, index = (
        CreateModel("Pupil", FIELDS),
        AddIndexWhileWritten("pupil", models.Index(fields=["name"], name="pupil_name")),
    )
    nothing, made, indexed = ProjectState(), ProjectState(), ProjectState()
    for state in (made, indexed):
        table.state_forwards("accounts", state)
    index.state_forwards("accounts", indexed)

    with connection.schema_editor(atomic=False) as editor:
        table.database_forwards("accounts", editor, nothing, made)
        try:
            index.database_forwards("accounts", editor, made, indexed)
            assert "pupil_name" in indexes()
            index.database_backwards("accounts", editor, indexed, made)
            assert "pupil_name" not in indexes()
        finally:
            table.database_backwards("accounts", editor, made, nothing)
