import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("schedule", "0023_patterns_from_files"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="FetName",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("day", "Days"),
                            ("hour", "Hours"),
                            ("teacher", "Teachers"),
                            ("students", "Students sets"),
                        ],
                        max_length=16,
                    ),
                ),
                ("name", models.CharField(max_length=150, verbose_name="name")),
                ("weekday", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("bell", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("starts", models.TimeField(blank=True, null=True)),
                ("ends", models.TimeField(blank=True, null=True)),
            ],
            options={
                "default_permissions": (),
            },
        ),
        migrations.RemoveConstraint(
            model_name="checkedfile",
            name="schedule_checkedfile_known_topic",
        ),
        migrations.RemoveConstraint(
            model_name="checkedrows",
            name="schedule_checkedrows_known_topic",
        ),
        migrations.AlterField(
            model_name="checkedfile",
            name="topic",
            field=models.CharField(
                choices=[
                    ("people", "People"),
                    ("lessons", "Lessons"),
                    ("patterns", "Patterns"),
                    ("fet", "Fet"),
                ],
                max_length=16,
            ),
        ),
        migrations.AlterField(
            model_name="checkedrows",
            name="topic",
            field=models.CharField(
                choices=[
                    ("people", "People"),
                    ("lessons", "Lessons"),
                    ("patterns", "Patterns"),
                    ("fet", "Fet"),
                ],
                max_length=16,
            ),
        ),
        migrations.AddConstraint(
            model_name="checkedfile",
            constraint=models.CheckConstraint(
                condition=models.Q(("topic__in", ["people", "lessons", "patterns", "fet"])),
                name="schedule_checkedfile_known_topic",
            ),
        ),
        migrations.AddConstraint(
            model_name="checkedrows",
            constraint=models.CheckConstraint(
                condition=models.Q(("topic__in", ["people", "lessons", "patterns", "fet"])),
                name="schedule_checkedrows_known_topic",
            ),
        ),
        migrations.AddField(
            model_name="fetname",
            name="class_group",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="schedule.classgroup",
            ),
        ),
        migrations.AddField(
            model_name="fetname",
            name="user",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddConstraint(
            model_name="fetname",
            constraint=models.UniqueConstraint(
                fields=("kind", "name"), name="schedule_fet_name_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="fetname",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["day", "hour", "teacher", "students"])),
                name="schedule_fet_name_known_kind",
            ),
        ),
        migrations.AddConstraint(
            model_name="fetname",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("weekday", None),
                    models.Q(("weekday__gte", 1), ("weekday__lte", 7)),
                    _connector="OR",
                ),
                name="schedule_fet_name_known_weekday",
            ),
        ),
        migrations.AddConstraint(
            model_name="fetname",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("ends", None), ("starts", None)),
                    ("ends__gt", models.F("starts")),
                    _connector="OR",
                ),
                name="schedule_fet_name_ends_after_start",
            ),
        ),
    ]
