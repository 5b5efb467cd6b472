from __future__ import annotations

from typing import Any

from django.db import migrations, models
from django.db.models import Q
from django.utils import timezone

IS_FLAGGED = Q(("must_change_in_cloud", True), ("must_leave_cloud", True), _connector="OR")


def plan_what_waits(apps: Any, _editor: Any) -> None:
    """So far, no moment meant that a room with work to do is due at once."""
    rooms = apps.get_model("schedule", "Room").objects
    rooms.filter(IS_FLAGGED, due_at=None).update(due_at=timezone.now())


class Migration(migrations.Migration):
    """The columns of a room's turn and claim become those of the engine of due work."""

    dependencies = [("schedule", "0006_recordings_refused")]

    operations = [
        migrations.RemoveIndex(model_name="room", name="schedule_room_due_in_cloud"),
        migrations.RenameField("room", "next_try_at", "due_at"),
        migrations.RenameField("room", "failed_tries", "attempts"),
        migrations.RenameField("room", "claim", "lease_token"),
        migrations.RenameField("room", "claimed_until", "leased_until"),
        migrations.AlterField(
            model_name="room",
            name="attempts",
            field=models.PositiveSmallIntegerField(default=0, editable=False),
        ),
        migrations.AlterField(
            model_name="room",
            name="lease_token",
            field=models.CharField(blank=True, editable=False, max_length=32),
        ),
        migrations.AlterField(
            model_name="room",
            name="leased_until",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name="room",
            name="unreachable_since",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddIndex(
            model_name="room",
            index=models.Index(
                condition=IS_FLAGGED, fields=["due_at"], name="schedule_room_due_in_cloud"
            ),
        ),
        migrations.RunPython(plan_what_waits, migrations.RunPython.noop),
    ]
