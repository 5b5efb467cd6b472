from django.db import migrations, models


class Migration(migrations.Migration):
    """The columns of a notice's mail become those of the engine of due work."""

    dependencies = [("accounts", "0008_identities_put_off")]

    operations = [
        migrations.RemoveIndex(model_name="notice", name="accounts_notice_mail_due"),
        migrations.RenameField("notice", "next_mail_at", "due_at"),
        migrations.RenameField("notice", "mail_tries", "attempts"),
        migrations.AlterField(
            model_name="notice",
            name="attempts",
            field=models.PositiveSmallIntegerField(default=0, editable=False),
        ),
        migrations.AlterField(
            model_name="notice",
            name="last_error",
            field=models.CharField(blank=True, max_length=255),
        ),
        migrations.AddField(
            model_name="notice",
            name="unreachable_since",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="notice",
            name="lease_token",
            field=models.CharField(blank=True, editable=False, max_length=32),
        ),
        migrations.AddField(
            model_name="notice",
            name="leased_until",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AddIndex(
            model_name="notice",
            index=models.Index(
                condition=models.Q(("due_at__isnull", False)),
                fields=["due_at"],
                name="accounts_notice_mail_due",
            ),
        ),
    ]
