from __future__ import annotations

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("replays", "0009_deletions_move_to_their_table")]

    operations = [
        migrations.RemoveIndex(model_name="replay", name="replays_replay_purge_due"),
        migrations.RemoveField("replay", "purge_at"),
        migrations.RemoveField("replay", "purge_tries"),
        migrations.RemoveField("replay", "purge_error"),
    ]
