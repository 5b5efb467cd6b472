from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("accounts", "0030_list_of_replays_as_chosen")]

    operations = [
        migrations.AddField(
            model_name="user",
            name="courseware_view",
            field=models.CharField(blank=True, db_default="", editable=False, max_length=8),
        ),
    ]
