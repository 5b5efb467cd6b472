import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("schedule", "0024_names_of_fet")]

    operations = [
        migrations.AddField(
            model_name="planningaction",
            name="undoes",
            field=models.OneToOneField(
                blank=True,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="undone_by",
                to="schedule.planningaction",
                verbose_name="undoes",
            ),
        ),
    ]
