from __future__ import annotations

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("replays", "0005_questions_are_due_work")]

    operations = [
        migrations.RenameModel("Step", "ReplayEvent"),
        migrations.RenameModel("Use", "PlaybackUse"),
    ]
