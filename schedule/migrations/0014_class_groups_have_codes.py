from django.db import migrations, models

import accounts.random_codes
from accounts.random_codes import make_code

ROWS_AT_ONCE = 500


def give_codes(apps, schema_editor):
    """To each its own: as a default of the column all would have the same."""
    rows = apps.get_model("schedule", "ClassGroup").objects.filter(code=None).only("pk")
    given = []
    for row in rows.iterator():
        row.code = make_code()
        given.append(row)
    rows.model.objects.bulk_update(given, ["code"], batch_size=ROWS_AT_ONCE)


class Migration(migrations.Migration):

    dependencies = [
        ("schedule", "0013_fields_of_rooms_have_names"),
    ]

    operations = [
        migrations.AddField(
            model_name="classgroup",
            name="code",
            field=models.CharField(max_length=16, null=True, editable=False),
        ),
        migrations.RunPython(give_codes, migrations.RunPython.noop, elidable=True),
    ]
