from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("schedule", "0007_rooms_due")]

    operations = [
        migrations.CreateModel(
            name="RoomPolling",
            fields=[
                ("lease_token", models.CharField(blank=True, editable=False, max_length=32)),
                ("leased_until", models.DateTimeField(blank=True, editable=False, null=True)),
                ("due_at", models.DateTimeField(blank=True, null=True)),
                ("attempts", models.PositiveSmallIntegerField(default=0, editable=False)),
                ("unreachable_since", models.DateTimeField(blank=True, null=True)),
                ("last_error", models.CharField(blank=True, max_length=255)),
                (
                    "room",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="polling",
                        serialize=False,
                        to="schedule.room",
                        verbose_name="room",
                    ),
                ),
            ],
            options={
                "verbose_name": "polling of a room",
                "verbose_name_plural": "polling of rooms",
            },
        ),
    ]
