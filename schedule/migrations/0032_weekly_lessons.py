import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """Call patterns weekly lessons; tables and columns keep their names."""

    safe_because = "tables and columns keep their names, and nothing is written"

    dependencies = [
        ("schedule", "0031_what_the_cloud_refuses_of_rooms"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterModelTable("pattern", "schedule_pattern"),
        # A column of a table between two models is named after the model, unless the table is a model too.
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.CreateModel(
                    name="WeeklyLessonAssistant",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        (
                            "weekly_lesson",
                            models.ForeignKey(
                                db_column="pattern_id",
                                on_delete=django.db.models.deletion.CASCADE,
                                to="schedule.pattern",
                            ),
                        ),
                        (
                            "user",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "db_table": "schedule_pattern_assistants",
                        "default_permissions": (),
                        "unique_together": {("weekly_lesson", "user")},
                    },
                ),
                migrations.CreateModel(
                    name="WeeklyLessonClassGroup",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        (
                            "weekly_lesson",
                            models.ForeignKey(
                                db_column="pattern_id",
                                on_delete=django.db.models.deletion.CASCADE,
                                to="schedule.pattern",
                            ),
                        ),
                        (
                            "classgroup",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                to="schedule.classgroup",
                            ),
                        ),
                    ],
                    options={
                        "db_table": "schedule_pattern_class_groups",
                        "default_permissions": (),
                        "unique_together": {("weekly_lesson", "classgroup")},
                    },
                ),
                migrations.AlterField(
                    model_name="pattern",
                    name="assistants",
                    field=models.ManyToManyField(
                        blank=True,
                        related_name="weekly_lessons_assisted",
                        through="schedule.WeeklyLessonAssistant",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="assistants",
                    ),
                ),
                migrations.AlterField(
                    model_name="pattern",
                    name="class_groups",
                    field=models.ManyToManyField(
                        related_name="weekly_lessons",
                        through="schedule.WeeklyLessonClassGroup",
                        to="schedule.classgroup",
                        verbose_name="class groups",
                    ),
                ),
            ],
        ),
        migrations.RenameModel("Pattern", "WeeklyLesson"),
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterField(
                    model_name="weeklylesson",
                    name="course",
                    field=models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="weekly_lessons",
                        to="schedule.course",
                        verbose_name="course",
                    ),
                ),
                migrations.AlterField(
                    model_name="weeklylesson",
                    name="teacher",
                    field=models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="weekly_lessons_taught",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="teacher",
                    ),
                ),
                migrations.AlterField(
                    model_name="weeklylesson",
                    name="term",
                    field=models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="weekly_lessons",
                        to="schedule.term",
                        verbose_name="term",
                    ),
                ),
                migrations.RemoveConstraint("plannedlesson", "schedule_planned_lesson_once_a_day"),
                migrations.AlterField(
                    model_name="plannedlesson",
                    name="pattern",
                    field=models.ForeignKey(
                        blank=True,
                        db_column="pattern_id",
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="planned_lessons",
                        to="schedule.weeklylesson",
                    ),
                ),
                migrations.RenameField("plannedlesson", "pattern", "weekly_lesson"),
                migrations.AddConstraint(
                    "plannedlesson",
                    models.UniqueConstraint(
                        fields=["weekly_lesson", "date"],
                        name="schedule_planned_lesson_once_a_day",
                    ),
                ),
                migrations.AlterField(
                    model_name="checkedfile",
                    name="topic",
                    field=models.CharField(
                        choices=[
                            ("people", "People"),
                            ("lessons", "Lessons"),
                            ("patterns", "Weekly Lessons"),
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
                            ("patterns", "Weekly Lessons"),
                            ("fet", "Fet"),
                        ],
                        max_length=16,
                    ),
                ),
            ],
        ),
    ]
