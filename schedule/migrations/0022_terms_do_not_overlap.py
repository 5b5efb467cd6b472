"""PostgreSQL keeps terms apart by itself.

SQLite has no exclusion constraints: there the check before the write is enough, because
transactions that write queue (IMMEDIATE).
"""

from django.db import migrations

CONSTRAINT = "schedule_term_overlaps_no_other"


def add_exclusion(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            f"ALTER TABLE schedule_term ADD CONSTRAINT {CONSTRAINT} "
            "EXCLUDE USING gist (daterange(first_monday, last_day, '[]') WITH &&)"
        )


def remove_exclusion(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(f"ALTER TABLE schedule_term DROP CONSTRAINT IF EXISTS {CONSTRAINT}")


class Migration(migrations.Migration):
    dependencies = [("schedule", "0021_terms_and_patterns")]

    operations = [migrations.RunPython(add_exclusion, remove_exclusion)]
