import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import accounts.random_codes


class Migration(migrations.Migration):

    dependencies = [
        ("schedule", "0015_codes_of_class_groups_once"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="CheckedRows",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("topic", models.CharField(choices=[("people", "People"), ("lessons", "Lessons")], max_length=16)),
                ("code", models.CharField(default=accounts.random_codes.make_code, max_length=16, unique=True)),
                ("name", models.CharField(max_length=255)),
                ("checked_at", models.DateTimeField(db_index=True, default=django.utils.timezone.now)),
                ("packed", models.BinaryField()),
                ("user", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL)),
            ],
            options={
                "abstract": False,
                "default_permissions": (),
                "constraints": [
                    models.UniqueConstraint(fields=("user", "topic"), name="schedule_checkedrows_one_a_person_and_topic"),
                    models.CheckConstraint(condition=models.Q(("topic__in", ["people", "lessons"])), name="schedule_checkedrows_known_topic"),
                ],
            },
        ),
    ]
