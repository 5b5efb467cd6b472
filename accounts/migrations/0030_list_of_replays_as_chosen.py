from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("accounts", "0029_board_of_running_classes")]

    operations = [
        migrations.AddField(
            model_name="user",
            name="replays_view",
            field=models.CharField(blank=True, db_default="", editable=False, max_length=8),
        ),
    ]
