from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0022_codes_and_pinyin_of_people")]
    safe_because = "two empty columns of a table with one row, which the release before does not name"

    operations = [
        migrations.AddField(
            model_name="schoolsettings",
            name="start_began_at",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name="schoolsettings",
            name="cloud_in_order_at",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
    ]
