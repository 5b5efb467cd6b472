from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("replays", "0007_words_of_the_trash_and_of_callbacks")]

    operations = [
        migrations.CreateModel(
            name="ReplayPurge",
            fields=[
                ("due_at", models.DateTimeField(blank=True, null=True)),
                ("attempts", models.PositiveSmallIntegerField(default=0, editable=False)),
                ("unreachable_since", models.DateTimeField(blank=True, null=True)),
                ("last_error", models.CharField(blank=True, max_length=255)),
                ("lease_token", models.CharField(blank=True, editable=False, max_length=32)),
                ("leased_until", models.DateTimeField(blank=True, editable=False, null=True)),
                (
                    "replay",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="purge",
                        serialize=False,
                        to="replays.replay",
                        verbose_name="replay",
                    ),
                ),
                ("has_begun", models.BooleanField(default=False, editable=False)),
            ],
            options={
                "verbose_name": "deletion of a replay",
                "verbose_name_plural": "deletions of replays",
                "indexes": [
                    models.Index(
                        condition=Q(("due_at__isnull", False)),
                        fields=["due_at"],
                        name="replays_replaypurge_due",
                    )
                ],
            },
        ),
    ]
