from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0014a_session_auth_hashes_of_rows")]

    operations = [
        # Without a value for those refused before: nobody knows since when they are.
        migrations.AddField(
            model_name="classroomidentity",
            name="refused_since",
            field=models.DateTimeField(blank=True, null=True, verbose_name="refused since"),
        ),
    ]
