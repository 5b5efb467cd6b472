from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("schedule", "0030a_nobody_assists_themselves"),
    ]

    operations = [
        migrations.AddField(
            model_name="room",
            name="is_change_unanswered",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="room",
            name="left_out_fields",
            field=models.JSONField(blank=True, db_default=[], default=list),
        ),
        migrations.AddField(
            model_name="room",
            name="refused_version",
            field=models.CharField(blank=True, db_default="", default="", max_length=32),
        ),
        migrations.AddField(
            model_name="room",
            name="signalling_refused",
            field=models.BooleanField(
                db_default=False, default=False, verbose_name="signalling recording refused"
            ),
        ),
    ]
