from django.db import migrations, models

import accounts.random_codes


class Migration(migrations.Migration):

    dependencies = [
        ("schedule", "0014_class_groups_have_codes"),
    ]

    operations = [
        migrations.AlterField(
            model_name="classgroup",
            name="code",
            field=models.CharField(
                default=accounts.random_codes.make_code, editable=False, max_length=16, unique=True
            ),
        ),
    ]
