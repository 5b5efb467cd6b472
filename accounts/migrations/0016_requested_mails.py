from __future__ import annotations

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0015_identities_refused_since")]

    operations = [
        migrations.CreateModel(
            name="RequestedMail",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("lease_token", models.CharField(blank=True, editable=False, max_length=32)),
                ("leased_until", models.DateTimeField(blank=True, editable=False, null=True)),
                ("due_at", models.DateTimeField(blank=True, null=True)),
                ("attempts", models.PositiveSmallIntegerField(default=0, editable=False)),
                ("unreachable_since", models.DateTimeField(blank=True, null=True)),
                ("last_error", models.CharField(blank=True, max_length=255)),
                (
                    "purpose",
                    models.CharField(
                        choices=[("new_password", "new password")],
                        default="new_password",
                        max_length=16,
                        verbose_name="purpose",
                    ),
                ),
                ("language", models.CharField(max_length=16, verbose_name="language")),
                (
                    "created_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="since"),
                ),
                (
                    "user",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="requested_mails",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="person",
                    ),
                ),
            ],
            options={
                "verbose_name": "requested mail",
                "verbose_name_plural": "requested mails",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("purpose__in", ["new_password"])),
                        name="accounts_requestedmail_known_purpose",
                    )
                ],
            },
        ),
    ]
