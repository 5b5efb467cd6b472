from __future__ import annotations

from typing import Any

from django.db import migrations
from django.db.models import Count

IMPORTS_AT_ONCE = 500


def note_imports_of_lessons(apps: Any, editor: Any) -> None:
    """Write down the imports of lessons of before, whose history has them: they are undone by it."""
    alias = editor.connection.alias
    files = apps.get_model("schedule", "ImportedFile").objects.using(alias)
    actions = apps.get_model("schedule", "PlanningAction").objects.using(alias)
    imports = actions.filter(origin="import", file=None).annotate(lesson_count=Count("changes"))
    rows = (
        files.model(
            code=action.code,
            topic="lessons",
            at=action.at,
            by_id=action.by_id,
            origin="command" if action.by_id is None else "page",
            counts={"lessons": action.lesson_count},
            action_id=action.pk,
        )
        for action in imports.order_by("pk")
    )
    files.bulk_create(rows, batch_size=IMPORTS_AT_ONCE)


class Migration(migrations.Migration):
    dependencies = [("schedule", "0039_imported_files")]
    safe_because = "what the release before imports meanwhile is undone by its page as until now"

    operations = [migrations.RunPython(note_imports_of_lessons, migrations.RunPython.noop)]
