"""Failed replays stand in lists where their class's end puts them, no longer before all that is ready.

One statement over rows that an index of states finds: of a million replays some hundred have failed.
"""

from __future__ import annotations

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models.functions import Coalesce

FIRST, BY_TIME = 0, 1


def put_by_time(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    failed = apps.get_model("replays", "Replay").objects.filter(state="failed")
    failed.update(list_rank=BY_TIME, listed_at=Coalesce("made_at", "planned_end"))


def put_first(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    failed = apps.get_model("replays", "Replay").objects.filter(state="failed")
    failed.update(list_rank=FIRST, listed_at=Coalesce("made_at", "planned_start"))


class Migration(migrations.Migration):
    dependencies = [("replays", "0010_no_deletions_among_the_columns_of_replays")]

    operations = [migrations.RunPython(put_by_time, put_first)]
