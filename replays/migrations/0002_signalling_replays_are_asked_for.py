"""Ask for what was kept as signalling: until now such classes counted as having no replay."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.utils import timezone

RUNNING, ENDED = 1, 2  # the cloud's status of a room


def ask_for_signalling(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    every: Any = apps.get_model("replays", "Replay").objects
    replays = every.filter(reason="signalling")
    replays.filter(room__cloud_status=RUNNING).update(state="recording", reason="running")
    at = timezone.now() - dt.timedelta(seconds=1)
    replays.update(state="processing", reason="ended", next_ask_at=at)


class Migration(migrations.Migration):
    dependencies = [("replays", "0001_replays_and_their_files")]

    operations = [migrations.RunPython(ask_for_signalling, migrations.RunPython.noop)]
