from __future__ import annotations

from typing import Any

from django.db import migrations
from django.db.models import F

# Own backgrounds, and the screen share with the same cameras: 4:3, and 1:1.
REPLACED = {2: 3, 5: 0}


def replace(apps: Any, editor: Any) -> None:
    """Give a school with a background of its own the screen share, and keep in mind what it had."""
    settings = apps.get_model("accounts", "SchoolSettings").objects.using(editor.connection.alias)
    for before, layout in REPLACED.items():
        settings.filter(record_layout=before).update(
            record_layout=layout, record_layout_before=before
        )


def take_back(apps: Any, editor: Any) -> None:
    settings = apps.get_model("accounts", "SchoolSettings").objects.using(editor.connection.alias)
    settings.exclude(record_layout_before=None).update(
        record_layout=F("record_layout_before"), record_layout_before=None
    )


class Migration(migrations.Migration):
    dependencies = [("accounts", "0017_lectures_without_a_stage")]
    safe_because = (
        "one row; a layout that 1.0.0 writes afterwards is told on the page of the settings"
    )

    operations = [migrations.RunPython(replace, take_back)]
