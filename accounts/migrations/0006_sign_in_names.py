"""How sign-in understands each username; whoever shares theirs with somebody goes on doing so."""

import unicodedata

from django.db import migrations, models

PEOPLE_A_STATEMENT = 500


def fill_sign_in_names(apps, schema_editor):
    User = apps.get_model("accounts", "User")
    seen = set()
    changed = []
    for user in User.objects.only("pk", "username").order_by("pk").iterator():
        user.sign_in_name = unicodedata.normalize("NFKC", user.username).strip().lower()
        user.shares_sign_in_name = user.sign_in_name in seen
        seen.add(user.sign_in_name)
        changed.append(user)
    User.objects.bulk_update(
        changed, ["sign_in_name", "shares_sign_in_name"], batch_size=PEOPLE_A_STATEMENT
    )


class Migration(migrations.Migration):
    dependencies = [("accounts", "0005_notices")]

    operations = [
        migrations.AddField(
            model_name="user",
            name="shares_sign_in_name",
            field=models.BooleanField(default=False, editable=False),
        ),
        migrations.AddField(
            model_name="user",
            name="sign_in_name",
            field=models.CharField(blank=True, db_index=True, editable=False, max_length=300),
        ),
        migrations.RunPython(fill_sign_in_names, migrations.RunPython.noop),
    ]
