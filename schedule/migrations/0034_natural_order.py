from __future__ import annotations

from django.db import migrations, models

from edu_platform.lib.natural_keys import NaturalKeyField
from schedule.enums import CourseColour
from schedule.models.class_groups import GradeField


class Migration(migrations.Migration):
    dependencies = [("schedule", "0033_long_work")]

    operations = [
        migrations.AddField("classgroup", "name_key", NaturalKeyField(of="name")),
        migrations.AddField("course", "name_key", NaturalKeyField(of="name")),
        migrations.AddField(
            model_name="classgroup",
            name="grade",
            field=GradeField(
                blank=True,
                default="",
                db_default="",
                help_text="Such as 一年级: class groups of one grade stand together in the timetable of the school.",
                max_length=16,
                verbose_name="grade",
            ),
        ),
        migrations.AddField(
            model_name="course",
            name="colour",
            field=models.PositiveSmallIntegerField(
                choices=CourseColour.choices, db_default=0, default=0, verbose_name="colour"
            ),
        ),
    ]
