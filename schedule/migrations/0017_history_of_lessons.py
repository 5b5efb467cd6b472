import django.db.models.deletion
import django.db.models.functions.datetime
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import accounts.random_codes


class Migration(migrations.Migration):

    dependencies = [
        ("schedule", "0016_checked_rows"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="lesson",
            name="changed_at",
            field=models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), default=django.utils.timezone.now, editable=False),
        ),
        migrations.AddField(
            model_name="lesson",
            name="known_teacher",
            field=models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name="lesson",
            name="moved_at",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name="lesson",
            name="moved_from",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name="lesson",
            name="sequence",
            field=models.PositiveIntegerField(db_default=0, default=0, editable=False),
        ),
        migrations.AddField(
            model_name="lesson",
            name="teacher_changed_at",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.CreateModel(
            name="DeletedLesson",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=16, unique=True)),
                ("sequence", models.PositiveIntegerField()),
                ("deleted_at", models.DateTimeField(db_index=True, default=django.utils.timezone.now)),
                ("course_name", models.CharField(max_length=64)),
                ("title", models.CharField(max_length=128)),
                ("starts_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField()),
                ("assistants", models.ManyToManyField(related_name="+", to=settings.AUTH_USER_MODEL)),
                ("class_groups", models.ManyToManyField(related_name="+", to="schedule.classgroup")),
                ("teacher", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            ],
            options={
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="PlanningAction",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("lease_token", models.CharField(blank=True, editable=False, max_length=32)),
                ("leased_until", models.DateTimeField(blank=True, editable=False, null=True)),
                ("due_at", models.DateTimeField(blank=True, null=True)),
                ("attempts", models.PositiveSmallIntegerField(default=0, editable=False)),
                ("unreachable_since", models.DateTimeField(blank=True, null=True)),
                ("last_error", models.CharField(blank=True, max_length=255)),
                ("code", models.CharField(default=accounts.random_codes.make_code, editable=False, max_length=16, unique=True)),
                ("at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="time")),
                ("origin", models.CharField(choices=[("page", "In a page"), ("import", "By an import"), ("command", "By a command")], default="command", max_length=16, verbose_name="way")),
                ("reason", models.CharField(blank=True, max_length=200, verbose_name="why")),
                ("is_told", models.BooleanField(default=True, verbose_name="people are told")),
                ("by", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="planning_actions", to=settings.AUTH_USER_MODEL, verbose_name="by")),
            ],
            options={
                "verbose_name": "change of the timetable",
                "verbose_name_plural": "changes of the timetable",
                "indexes": [
                    models.Index(condition=models.Q(("due_at__isnull", False)), fields=["due_at"], name="schedule_action_due"),
                ],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("origin__in", ["page", "import", "command"])), name="schedule_action_known_origin"),
                ],
            },
        ),
        migrations.CreateModel(
            name="LessonChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("lesson_code", models.CharField(db_index=True, max_length=16, verbose_name="code")),
                ("kinds", models.JSONField(default=list, verbose_name="what")),
                ("before", models.JSONField(blank=True, null=True, verbose_name="before")),
                ("after", models.JSONField(blank=True, null=True, verbose_name="after")),
                ("lesson", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="changes", to="schedule.lesson", verbose_name="lesson")),
                ("action", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="changes", to="schedule.planningaction", verbose_name="change")),
            ],
            options={
                "verbose_name": "change of a lesson",
                "verbose_name_plural": "changes of lessons",
            },
        ),
    ]
