import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import accounts.random_codes


class Migration(migrations.Migration):

    dependencies = [
        ("schedule", "0018_lessons_of_before_were_changed_when_made"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Channel",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(default=accounts.random_codes.make_code, editable=False, max_length=16, unique=True)),
                ("name", models.CharField(max_length=64, verbose_name="name")),
                ("schema", models.CharField(max_length=32)),
                ("encrypted_address", models.TextField()),
                ("added_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("is_active", models.BooleanField(default=True)),
                ("last_success_at", models.DateTimeField(blank=True, null=True)),
                ("failing_since", models.DateTimeField(blank=True, null=True)),
                ("failures", models.PositiveSmallIntegerField(default=0)),
                ("last_fault", models.CharField(blank=True, max_length=64)),
                ("retry_at", models.DateTimeField(blank=True, null=True)),
                ("added_by", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
                ("class_group", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name="channels", to="schedule.classgroup", verbose_name="class group")),
            ],
            options={
                "verbose_name": "channel",
                "verbose_name_plural": "channels",
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="ChannelMessage",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("lease_token", models.CharField(blank=True, editable=False, max_length=32)),
                ("leased_until", models.DateTimeField(blank=True, editable=False, null=True)),
                ("due_at", models.DateTimeField(blank=True, null=True)),
                ("attempts", models.PositiveSmallIntegerField(default=0, editable=False)),
                ("unreachable_since", models.DateTimeField(blank=True, null=True)),
                ("last_error", models.CharField(blank=True, max_length=255)),
                ("lessons", models.JSONField(default=dict)),
                ("state", models.CharField(choices=[("waiting", "Waiting"), ("sent", "Sent"), ("withdrawn", "Withdrawn"), ("expired", "Expired")], default="waiting", max_length=16)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("sent_at", models.DateTimeField(blank=True, null=True)),
                ("action", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="channel_messages", to="schedule.planningaction")),
                ("channel", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="messages", to="schedule.channel")),
            ],
            options={
                "default_permissions": (),
                "indexes": [models.Index(condition=models.Q(("due_at__isnull", False)), fields=["due_at"], name="schedule_channelmessage_due"), models.Index(fields=["created_at"], name="schedule_channelmessage_age")],
                "constraints": [models.UniqueConstraint(fields=("channel", "action"), name="schedule_channelmessage_once_an_action"), models.CheckConstraint(condition=models.Q(("state__in", ["waiting", "sent", "withdrawn", "expired"])), name="schedule_channelmessage_known_state")],
            },
        ),
    ]
