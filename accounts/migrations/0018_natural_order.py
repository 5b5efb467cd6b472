from __future__ import annotations

from django.db import migrations, models

from edu_platform.lib.natural_keys import NaturalKeyField
from edu_platform.lib.natural_order import person_key


class Migration(migrations.Migration):
    dependencies = [("accounts", "0017a_layouts_without_a_picture")]

    operations = [
        migrations.AddField(
            model_name="user",
            name="name_key",
            field=NaturalKeyField(of="display_name", make=person_key),
        ),
        migrations.AddField(
            model_name="schoolsettings",
            name="teachers_see_all_timetables",
            field=models.BooleanField(
                db_default=True,
                default=True,
                help_text="They arrange swaps by it. Nobody else's name is shown to students.",
                verbose_name="teachers see the timetable of the whole school",
            ),
        ),
    ]
