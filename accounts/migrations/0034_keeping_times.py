from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0033_erasures")]

    operations = [
        migrations.CreateModel(
            name="KeepingTime",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(max_length=32, unique=True, verbose_name="kind of data"),
                ),
                (
                    "days",
                    models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="days"),
                ),
                ("forgotten_at", models.DateTimeField(blank=True, null=True)),
                ("forgotten", models.PositiveIntegerField(db_default=0, default=0)),
            ],
            options={
                "verbose_name": "keeping time",
                "verbose_name_plural": "keeping times",
                "default_permissions": (),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("days", None), ("days__gte", 1), _connector="OR"),
                        name="accounts_keepingtime_a_day_at_least",
                    )
                ],
            },
        ),
    ]
