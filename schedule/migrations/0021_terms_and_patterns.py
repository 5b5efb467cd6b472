import accounts.random_codes
import django.core.validators
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("schedule", "0020_calendar_feeds"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="BellTime",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveSmallIntegerField(verbose_name="number")),
                ("starts", models.TimeField(verbose_name="start")),
                ("ends", models.TimeField(verbose_name="end")),
            ],
            options={
                "verbose_name": "bell time",
                "verbose_name_plural": "bell times",
                "ordering": ["number"],
            },
        ),
        migrations.CreateModel(
            name="Pattern",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "code",
                    models.CharField(
                        default=accounts.random_codes.make_code,
                        editable=False,
                        max_length=16,
                        unique=True,
                        verbose_name="code",
                    ),
                ),
                ("weekday", models.PositiveSmallIntegerField(verbose_name="weekday")),
                ("starts", models.TimeField(verbose_name="start")),
                ("ends", models.TimeField(verbose_name="end")),
                (
                    "first_bell",
                    models.PositiveSmallIntegerField(
                        blank=True, null=True, verbose_name="from period"
                    ),
                ),
                (
                    "last_bell",
                    models.PositiveSmallIntegerField(
                        blank=True, null=True, verbose_name="to period"
                    ),
                ),
                ("weeks", models.CharField(blank=True, max_length=64, verbose_name="weeks")),
                ("title", models.CharField(blank=True, max_length=128, verbose_name="title")),
                (
                    "room_type",
                    models.PositiveSmallIntegerField(
                        choices=[
                            (0, "Interactive class"),
                            (1, "Lecture"),
                            (2, "One to one"),
                            (3, "Round table"),
                        ],
                        default=0,
                        verbose_name="room type",
                    ),
                ),
                (
                    "record_mode",
                    models.PositiveSmallIntegerField(
                        choices=[
                            (0, "Recorded"),
                            (1, "Not recorded"),
                            (2, "Recorded by hand"),
                            (3, "Signalling recording"),
                        ],
                        default=0,
                        verbose_name="recording",
                    ),
                ),
                (
                    "overlap_reason",
                    models.CharField(
                        blank=True, max_length=200, verbose_name="why class groups may overlap"
                    ),
                ),
                (
                    "source",
                    models.CharField(
                        choices=[
                            ("page", "In a page"),
                            ("file", "By an import"),
                            ("fet", "From FET"),
                        ],
                        default="page",
                        max_length=16,
                        verbose_name="source",
                    ),
                ),
                (
                    "created_at",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False),
                ),
            ],
            options={
                "verbose_name": "weekly lesson",
                "verbose_name_plural": "weekly lessons",
            },
        ),
        migrations.CreateModel(
            name="PlannedLesson",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("date", models.DateField()),
                ("is_edited", models.BooleanField(default=False)),
            ],
            options={
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="Term",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "code",
                    models.CharField(
                        default=accounts.random_codes.make_code,
                        editable=False,
                        max_length=16,
                        unique=True,
                        verbose_name="code",
                    ),
                ),
                ("name", models.CharField(max_length=64, unique=True, verbose_name="name")),
                ("first_monday", models.DateField(verbose_name="first Monday")),
                (
                    "weeks",
                    models.PositiveSmallIntegerField(
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(53),
                        ],
                        verbose_name="weeks",
                    ),
                ),
                ("last_day", models.DateField(editable=False, verbose_name="last day")),
                (
                    "created_at",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False),
                ),
                ("planned_at", models.DateTimeField(blank=True, editable=False, null=True)),
                (
                    "changed_at",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False),
                ),
            ],
            options={
                "verbose_name": "term",
                "verbose_name_plural": "terms",
            },
        ),
        migrations.CreateModel(
            name="TermDay",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("date", models.DateField(unique=True, verbose_name="date")),
                (
                    "kind",
                    models.CharField(
                        choices=[("holiday", "Holiday"), ("workday", "School day")],
                        max_length=16,
                        verbose_name="kind",
                    ),
                ),
                (
                    "plan_weekday",
                    models.PositiveSmallIntegerField(
                        blank=True, null=True, verbose_name="takes the plan of"
                    ),
                ),
                ("name", models.CharField(blank=True, max_length=64, verbose_name="name")),
                (
                    "source",
                    models.CharField(
                        choices=[("calendar", "National calendar"), ("hand", "By hand")],
                        default="hand",
                        max_length=16,
                        verbose_name="source",
                    ),
                ),
            ],
            options={
                "verbose_name": "day of the school calendar",
                "verbose_name_plural": "days of the school calendar",
                "ordering": ["date"],
            },
        ),
        migrations.RemoveConstraint(
            model_name="planningaction",
            name="schedule_action_known_origin",
        ),
        migrations.AlterField(
            model_name="planningaction",
            name="origin",
            field=models.CharField(
                choices=[
                    ("page", "In a page"),
                    ("import", "By an import"),
                    ("command", "By a command"),
                    ("term", "By the plan of the term"),
                ],
                default="command",
                max_length=16,
                verbose_name="way",
            ),
        ),
        migrations.AddConstraint(
            model_name="planningaction",
            constraint=models.CheckConstraint(
                condition=models.Q(("origin__in", ["page", "import", "command", "term"])),
                name="schedule_action_known_origin",
            ),
        ),
        migrations.AddField(
            model_name="pattern",
            name="assistants",
            field=models.ManyToManyField(
                blank=True,
                related_name="patterns_assisted",
                to=settings.AUTH_USER_MODEL,
                verbose_name="assistants",
            ),
        ),
        migrations.AddField(
            model_name="pattern",
            name="class_groups",
            field=models.ManyToManyField(
                related_name="patterns", to="schedule.classgroup", verbose_name="class groups"
            ),
        ),
        migrations.AddField(
            model_name="pattern",
            name="course",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="patterns",
                to="schedule.course",
                verbose_name="course",
            ),
        ),
        migrations.AddField(
            model_name="pattern",
            name="teacher",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="patterns_taught",
                to=settings.AUTH_USER_MODEL,
                verbose_name="teacher",
            ),
        ),
        migrations.AddField(
            model_name="plannedlesson",
            name="lesson",
            field=models.OneToOneField(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="planned",
                to="schedule.lesson",
            ),
        ),
        migrations.AddField(
            model_name="plannedlesson",
            name="pattern",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="planned_lessons",
                to="schedule.pattern",
            ),
        ),
        migrations.AddConstraint(
            model_name="term",
            constraint=models.CheckConstraint(
                condition=models.Q(("weeks__gte", 1), ("weeks__lte", 53)),
                name="schedule_term_some_weeks",
            ),
        ),
        migrations.AddConstraint(
            model_name="term",
            constraint=models.CheckConstraint(
                condition=models.Q(("first_monday__iso_week_day", 1)),
                name="schedule_term_starts_on_monday",
            ),
        ),
        migrations.AddConstraint(
            model_name="term",
            constraint=models.CheckConstraint(
                condition=models.Q(("last_day__gt", models.F("first_monday"))),
                name="schedule_term_ends_after_start",
            ),
        ),
        migrations.AddField(
            model_name="plannedlesson",
            name="term",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="planned_lessons",
                to="schedule.term",
            ),
        ),
        migrations.AddField(
            model_name="pattern",
            name="term",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="patterns",
                to="schedule.term",
                verbose_name="term",
            ),
        ),
        migrations.AddField(
            model_name="belltime",
            name="term",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="bell_times",
                to="schedule.term",
            ),
        ),
        migrations.AddField(
            model_name="termday",
            name="term",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="days", to="schedule.term"
            ),
        ),
        migrations.AddIndex(
            model_name="plannedlesson",
            index=models.Index(fields=["term", "date"], name="schedule_planned_by_day"),
        ),
        migrations.AddConstraint(
            model_name="plannedlesson",
            constraint=models.UniqueConstraint(
                fields=("pattern", "date"), name="schedule_planned_lesson_once_a_day"
            ),
        ),
        migrations.AddIndex(
            model_name="pattern",
            index=models.Index(
                fields=["term", "weekday", "starts"], name="schedule_pattern_by_time"
            ),
        ),
        migrations.AddConstraint(
            model_name="pattern",
            constraint=models.CheckConstraint(
                condition=models.Q(("weekday__gte", 1), ("weekday__lte", 7)),
                name="schedule_pattern_known_weekday",
            ),
        ),
        migrations.AddConstraint(
            model_name="pattern",
            constraint=models.CheckConstraint(
                condition=models.Q(("ends__gt", models.F("starts"))),
                name="schedule_pattern_ends_after_start",
            ),
        ),
        migrations.AddConstraint(
            model_name="pattern",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("first_bell", None), ("last_bell", None)),
                    ("last_bell__gte", models.F("first_bell")),
                    _connector="OR",
                ),
                name="schedule_pattern_ends_with_a_later_bell",
            ),
        ),
        migrations.AddConstraint(
            model_name="pattern",
            constraint=models.CheckConstraint(
                condition=models.Q(("room_type__in", [0, 1, 2, 3])),
                name="schedule_pattern_known_room_type",
            ),
        ),
        migrations.AddConstraint(
            model_name="pattern",
            constraint=models.CheckConstraint(
                condition=models.Q(("record_mode__in", [0, 1, 2, 3])),
                name="schedule_pattern_known_record_mode",
            ),
        ),
        migrations.AddConstraint(
            model_name="pattern",
            constraint=models.CheckConstraint(
                condition=models.Q(("source__in", ["page", "file", "fet"])),
                name="schedule_pattern_known_source",
            ),
        ),
        migrations.AddConstraint(
            model_name="belltime",
            constraint=models.UniqueConstraint(
                fields=("term", "number"), name="schedule_bell_time_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="belltime",
            constraint=models.CheckConstraint(
                condition=models.Q(("ends__gt", models.F("starts"))),
                name="schedule_bell_time_ends_after_start",
            ),
        ),
        migrations.AddConstraint(
            model_name="termday",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["holiday", "workday"])),
                name="schedule_term_day_known_kind",
            ),
        ),
        migrations.AddConstraint(
            model_name="termday",
            constraint=models.CheckConstraint(
                condition=models.Q(("source__in", ["calendar", "hand"])),
                name="schedule_term_day_known_source",
            ),
        ),
        migrations.AddConstraint(
            model_name="termday",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("plan_weekday", None),
                    models.Q(
                        ("kind", "workday"), ("plan_weekday__gte", 1), ("plan_weekday__lte", 7)
                    ),
                    _connector="OR",
                ),
                name="schedule_term_day_plan_of_a_weekday",
            ),
        ),
    ]
