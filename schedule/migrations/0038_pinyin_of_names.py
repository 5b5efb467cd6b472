from __future__ import annotations

from typing import Any

from django.db import migrations

from edu_platform.lib.natural_keys import set_missing_and_stale_keys


def fill_pinyin(apps: Any, editor: Any) -> None:
    for name in ("ClassGroup", "Course"):
        rows = apps.get_model("schedule", name).objects.using(editor.connection.alias)
        set_missing_and_stale_keys(rows)


class Migration(migrations.Migration):
    dependencies = [("schedule", "0037_names_in_pinyin")]
    safe_because = "what the release before writes meanwhile gets its pinyin at night"

    operations = [migrations.RunPython(fill_pinyin, migrations.RunPython.noop)]
