from __future__ import annotations

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import accounts.random_codes


class Migration(migrations.Migration):
    dependencies = [("accounts", "0034_keeping_times")]

    operations = [
        migrations.CreateModel(
            name="Incident",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(default=accounts.random_codes.make_code, editable=False, max_length=16, unique=True)),
                ("noticed_on", models.DateField()),
                ("happened_on", models.DateField(blank=True, null=True)),
                ("what", models.TextField()),
                ("kinds", models.JSONField(blank=True, default=list)),
                ("people_count", models.PositiveIntegerField(blank=True, null=True)),
                ("mended", models.TextField(blank=True)),
                ("authority_told_on", models.DateField(blank=True, null=True)),
                ("people_told_on", models.DateField(blank=True, null=True)),
                ("telling", models.TextField(blank=True)),
                ("noted_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("noted_by", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="incidents_noted", to=settings.AUTH_USER_MODEL)),
            ],
            options={
                "verbose_name": "incident with personal data",
                "verbose_name_plural": "incidents with personal data",
                "default_permissions": (),
                "indexes": [models.Index(fields=["noticed_on"], name="accounts_incident_noticed")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("happened_on", None), ("happened_on__lte", models.F("noticed_on")), _connector="OR"),
                        name="accounts_incident_happened_before_noticed",
                    )
                ],
            },
        ),
    ]
