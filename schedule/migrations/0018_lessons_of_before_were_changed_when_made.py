from django.db import migrations
from django.db.models import F


def change_when_made(apps, schema_editor):
    lessons = apps.get_model("schedule", "Lesson").objects.using(schema_editor.connection.alias)
    lessons.update(changed_at=F("created_at"))


class Migration(migrations.Migration):

    dependencies = [("schedule", "0017_history_of_lessons")]

    operations = [migrations.RunPython(change_when_made, migrations.RunPython.noop)]
