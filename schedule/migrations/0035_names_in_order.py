from __future__ import annotations

from django.db import migrations, models

from edu_platform.lib.migration_operations import AddIndexWhileWritten


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("schedule", "0034_natural_order")]

    operations = [
        AddIndexWhileWritten(
            model_name="classgroup",
            index=models.Index(fields=["name_key"], name="schedule_classgroup_in_order"),
        ),
        AddIndexWhileWritten(
            model_name="course",
            index=models.Index(fields=["name_key"], name="schedule_course_in_order"),
        ),
    ]
