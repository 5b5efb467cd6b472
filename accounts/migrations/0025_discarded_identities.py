from __future__ import annotations

import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0024_first_hour")]

    operations = [
        migrations.CreateModel(
            name="DiscardedIdentity",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("lease_token", models.CharField(blank=True, editable=False, max_length=32)),
                ("leased_until", models.DateTimeField(blank=True, editable=False, null=True)),
                ("due_at", models.DateTimeField(blank=True, null=True)),
                ("attempts", models.PositiveSmallIntegerField(default=0, editable=False)),
                ("unreachable_since", models.DateTimeField(blank=True, null=True)),
                ("last_error", models.CharField(blank=True, max_length=255)),
                ("sdk_app_id", models.BigIntegerField()),
                ("origin_id", models.CharField(max_length=64)),
                ("classroom_user_id", models.CharField(blank=True, max_length=128)),
                ("discarded_at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                "default_permissions": (),
                "indexes": [models.Index(fields=["due_at"], name="accounts_discarded_due")],
                "constraints": [
                    models.UniqueConstraint(fields=("sdk_app_id", "origin_id"), name="accounts_discardedidentity_once")
                ],
            },
        ),
    ]
