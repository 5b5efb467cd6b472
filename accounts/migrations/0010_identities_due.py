from __future__ import annotations

from typing import Any

from django.db import migrations, models
from django.utils import timezone


def plan_what_waits(apps: Any, _editor: Any) -> None:
    """So far, no moment meant that an identity with work to do is due at once."""
    identities = apps.get_model("accounts", "ClassroomIdentity").objects
    waiting = models.Q(state="stale") | models.Q(classroom_user_id="", state="unregistered")
    identities.filter(waiting, due_at=None).update(due_at=timezone.now())


class Migration(migrations.Migration):
    """The columns of an identity's turn become those of the engine of due work."""

    dependencies = [("accounts", "0009_notices_due_by_mail")]

    operations = [
        migrations.AlterField(
            model_name="classroomidentity",
            name="due_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="classroomidentity",
            name="unreachable_since",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="classroomidentity",
            name="last_error",
            field=models.CharField(blank=True, max_length=255),
        ),
        migrations.AddField(
            model_name="classroomidentity",
            name="lease_token",
            field=models.CharField(blank=True, editable=False, max_length=32),
        ),
        migrations.AddField(
            model_name="classroomidentity",
            name="leased_until",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.RunPython(plan_what_waits, migrations.RunPython.noop),
    ]
