"""Operations of migrations that run while the version before still writes."""

from __future__ import annotations

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations import AddIndex
from django.db.migrations.state import ProjectState

# False while it is being built, and of one whose building broke off.
IS_WHOLE = "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(%s)"


class AddIndexWhileWritten(AddIndexConcurrently):
    """An index that is built beside those who write; its migration needs `atomic = False`.

    Safe to repeat: outside a transaction PostgreSQL keeps what was built, and half an index too when it gave up
    waiting for a lock. A whole one is left as it is, half of one is built anew.

    SQLite, where one writes at a time, builds it as ever.
    """

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        if schema_editor.connection.vendor != "postgresql":
            AddIndex.database_forwards(self, app_label, schema_editor, from_state, to_state)
            return
        is_whole = self._is_whole(schema_editor)
        if is_whole is False:
            self.database_backwards(app_label, schema_editor, to_state, from_state)
        if not is_whole:
            super().database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        kind = AddIndexConcurrently if schema_editor.connection.vendor == "postgresql" else AddIndex
        kind.database_backwards(self, app_label, schema_editor, from_state, to_state)

    def _is_whole(self, schema_editor: BaseDatabaseSchemaEditor) -> bool | None:
        """None where there is no index of that name."""
        name = schema_editor.quote_name(self.index.name)
        with schema_editor.connection.cursor() as cursor:
            cursor.execute(IS_WHOLE, [name])
            row = cursor.fetchone()
        return bool(row[0]) if row else None
