import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("schedule", "0028_no_recording_by_hand")]

    operations = [
        migrations.AddField(
            model_name=name,
            name="made_by",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="schedule.planningaction",
            ),
        )
        for name in ("classgroup", "course")
    ]
