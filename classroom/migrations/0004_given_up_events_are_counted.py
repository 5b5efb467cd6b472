from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("classroom", "0003_columns_of_due_work"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="callbackevent",
            index=models.Index(
                fields=["closed_at"],
                condition=models.Q(state="dead"),
                name="classroom_callbackevent_dead",
            ),
        ),
    ]
