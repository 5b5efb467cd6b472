from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0026_audit_says_where_and_what")]

    operations = [
        migrations.AddField(
            model_name="classroomidentity",
            name="earlier_user_ids",
            field=models.JSONField(blank=True, db_default=[], default=list, editable=False),
        ),
        migrations.AddField(
            model_name="schoolsettings",
            name="late_after_min",
            field=models.PositiveSmallIntegerField(
                "late after this many minutes",
                default=5,
                db_default=5,
                validators=[MaxValueValidator(120)],
            ),
        ),
        migrations.AddField(
            model_name="schoolsettings",
            name="left_early_min",
            field=models.PositiveSmallIntegerField(
                "left early when gone this many minutes before the end",
                default=5,
                db_default=5,
                validators=[MaxValueValidator(120)],
            ),
        ),
        migrations.AddField(
            model_name="schoolsettings",
            name="absent_below_percent",
            field=models.PositiveSmallIntegerField(
                "absent below this share of the class, in percent",
                default=50,
                db_default=50,
                validators=[MinValueValidator(1), MaxValueValidator(100)],
            ),
        ),
        migrations.AddField(
            model_name="schoolsettings",
            name="absences_told_at_hour",
            field=models.PositiveSmallIntegerField(
                "class teachers hear of absences at this hour",
                default=18,
                db_default=18,
                validators=[MaxValueValidator(23)],
                help_text="Once a day, of those that have become final since the last time.",
            ),
        ),
    ]
