"""On the way back: messages of alarms leave with their alarms, as every message was of a planner's action before."""

from __future__ import annotations

from typing import Any

from django.db import migrations


def delete_messages(apps: Any, schema_editor: Any) -> None:
    """Delete the messages to groups that no planner's action caused: nobody could read them any more."""
    messages = apps.get_model("schedule", "ChannelMessage").objects
    messages.using(schema_editor.connection.alias).filter(action=None).delete()


class Migration(migrations.Migration):
    safe_because = "it changes nothing on the way forwards"

    dependencies = [
        ('attendance', '0002_running_classes_and_alarms'),
        ('schedule', '0041_recordings_by_hand'),
    ]

    operations = [migrations.RunPython(migrations.RunPython.noop, delete_messages)]
