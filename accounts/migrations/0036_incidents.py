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
                ("noticed_on", models.DateField(verbose_name="noticed on")),
                ("happened_on", models.DateField(blank=True, null=True, verbose_name="happened on")),
                ("what", models.TextField(verbose_name="what happened")),
                ("kinds", models.JSONField(blank=True, default=list, verbose_name="personal data concerned")),
                ("people_count", models.PositiveIntegerField(blank=True, null=True, verbose_name="how many people it concerns")),
                ("mended", models.TextField(blank=True, verbose_name="what was done about it")),
                ("authority_told_on", models.DateField(blank=True, null=True, verbose_name="authority informed on")),
                ("people_told_on", models.DateField(blank=True, null=True, verbose_name="people informed on")),
                ("telling", models.TextField(blank=True, verbose_name="who was informed and how, or why nobody")),
                ("noted_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="noted at")),
                ("noted_by", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="incidents_noted", to=settings.AUTH_USER_MODEL, verbose_name="noted by")),
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
