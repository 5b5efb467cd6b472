from __future__ import annotations

from django.db import migrations, models

from edu_platform.lib.migration_operations import AddIndexWhileWritten


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("accounts", "0018_natural_order")]

    operations = [
        AddIndexWhileWritten(
            model_name="user",
            index=models.Index(fields=["name_key"], name="accounts_user_in_order"),
        ),
    ]
