from __future__ import annotations

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("replays", "0004_search_and_list_columns")]

    operations = [
        migrations.RemoveIndex(model_name="replay", name="replays_replay_due"),
        migrations.RenameField("replay", "next_ask_at", "due_at"),
        migrations.RenameField("replay", "unanswered_since", "unreachable_since"),
        migrations.AddField(
            "replay", "attempts", models.PositiveSmallIntegerField(default=0, editable=False)
        ),
        migrations.AddField(
            "replay", "lease_token", models.CharField(blank=True, editable=False, max_length=32, default=""), preserve_default=False
        ),
        migrations.AddField(
            "replay", "leased_until", models.DateTimeField(blank=True, editable=False, null=True)
        ),
        migrations.AddIndex(
            model_name="replay",
            index=models.Index(
                fields=["due_at"], condition=Q(due_at__isnull=False), name="replays_replay_due"
            ),
        ),
    ]
