from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0006_sign_in_names")]

    operations = [
        migrations.AddConstraint(
            model_name="user",
            constraint=models.UniqueConstraint(
                condition=models.Q(
                    ("shares_sign_in_name", False),
                    models.Q(("sign_in_name", ""), _negated=True),
                ),
                fields=("sign_in_name",),
                name="accounts_user_sign_in_name_once",
                violation_error_message="Somebody has this username already.",
            ),
        ),
    ]
