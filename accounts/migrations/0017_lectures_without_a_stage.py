from __future__ import annotations

import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0016_requested_mails")]
    safe_because = (
        "1.0.0 writes neither of the new columns, whose values of the one row keep to the constraint"
    )

    operations = [
        migrations.AddField(
            model_name="schoolsettings",
            name="lecture_mic_number",
            field=models.PositiveSmallIntegerField(
                choices=[(0, "Nobody"), (1, "One student")],
                db_default=1,
                default=1,
                verbose_name="students on stage in lectures",
            ),
        ),
        migrations.AddField(
            model_name="schoolsettings",
            name="record_layout_before",
            field=models.PositiveSmallIntegerField(blank=True, editable=False, null=True),
        ),
        migrations.AlterField(
            model_name="schoolsettings",
            name="max_mic_number",
            field=models.PositiveSmallIntegerField(
                default=6,
                help_text="More than 6 allow standard resolution only.",
                validators=[django.core.validators.MaxValueValidator(16)],
                verbose_name="students on stage at most",
            ),
        ),
        migrations.AddConstraint(
            model_name="schoolsettings",
            constraint=models.CheckConstraint(
                condition=models.Q(("lecture_mic_number__lte", 1)),
                name="accounts_schoolsettings_lecture_mics_are_bounded",
            ),
        ),
    ]
