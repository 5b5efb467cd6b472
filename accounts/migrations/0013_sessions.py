from __future__ import annotations

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import accounts.random_codes


class Migration(migrations.Migration):
    dependencies = [("accounts", "0012_external_accounts_and_audit")]

    operations = [
        migrations.AddIndex(
            model_name="auditentry",
            index=models.Index(fields=["kind", "at"], name="accounts_auditentry_kind_at"),
        ),
        migrations.CreateModel(
            name="Session",
            fields=[
                (
                    "session_key",
                    models.CharField(
                        max_length=40,
                        primary_key=True,
                        serialize=False,
                        verbose_name="session key",
                    ),
                ),
                ("session_data", models.TextField(verbose_name="session data")),
                ("expire_date", models.DateTimeField(db_index=True, verbose_name="expire date")),
                (
                    "code",
                    models.CharField(
                        default=accounts.random_codes.make_code,
                        editable=False,
                        max_length=16,
                        unique=True,
                    ),
                ),
                (
                    "method",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("password", "Password"),
                            ("oidc", "OpenID Connect"),
                            ("cas", "CAS"),
                            ("handover", "Hand-over from the school's site"),
                        ],
                        max_length=16,
                        verbose_name="sign-in by",
                    ),
                ),
                (
                    "address",
                    models.GenericIPAddressField(blank=True, null=True, verbose_name="address"),
                ),
                (
                    "user_agent",
                    models.CharField(blank=True, max_length=255, verbose_name="browser"),
                ),
                (
                    "signed_in_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="signed in since"),
                ),
                (
                    "external_id",
                    models.CharField(
                        blank=True,
                        editable=False,
                        max_length=255,
                        verbose_name="sign-in there",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="sessions",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="person",
                    ),
                ),
            ],
            options={
                "verbose_name": "sign-in",
                "verbose_name_plural": "sign-ins",
                "indexes": [
                    models.Index(fields=["external_id"], name="accounts_session_external_id")
                ],
            },
        ),
    ]
