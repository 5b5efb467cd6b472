from __future__ import annotations

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("schedule", "0009_put_off_questions_move_to_their_table")]

    operations = [
        migrations.RemoveField("room", "unanswered_since"),
        migrations.RemoveField("room", "next_look_at"),
    ]
