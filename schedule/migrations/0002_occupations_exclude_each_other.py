"""PostgreSQL keeps overlapping occupations of one person or class group apart by itself.

SQLite has no exclusion constraints: there the check before the write is enough, because
transactions that write queue (IMMEDIATE).
"""

from django.db import migrations

CONSTRAINTS = (
    ("schedule_occupation_person_is_free", "person_id"),
    ("schedule_occupation_class_group_is_free", "class_group_id"),
)


def add_exclusions(apps, schema_editor):
    if schema_editor.connection.vendor != "postgresql":
        return
    schema_editor.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
    for name, column in CONSTRAINTS:
        schema_editor.execute(
            f"ALTER TABLE schedule_occupation ADD CONSTRAINT {name} "
            f"EXCLUDE USING gist ({column} WITH =, tstzrange(starts_at, ends_at) WITH &&) "
            f"WHERE (is_active AND is_exclusive AND {column} IS NOT NULL) "
            "DEFERRABLE INITIALLY DEFERRED"
        )


def remove_exclusions(apps, schema_editor):
    if schema_editor.connection.vendor != "postgresql":
        return
    for name, _column in CONSTRAINTS:
        schema_editor.execute(f"ALTER TABLE schedule_occupation DROP CONSTRAINT IF EXISTS {name}")


class Migration(migrations.Migration):
    dependencies = [("schedule", "0001_timetable_and_rooms")]

    operations = [migrations.RunPython(add_exclusions, remove_exclusions)]
