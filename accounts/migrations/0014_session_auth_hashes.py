from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0013a_sessions_move_to_their_table")]

    operations = [
        migrations.AddField(
            model_name="session",
            name="auth_hash",
            # The default stands in the database for processes that still run the code of before.
            field=models.CharField(blank=True, db_default="", editable=False, max_length=64),
        ),
    ]
