"""The table of the database cache: made here, so that `migrate` is all that a start needs."""

from django.core.management import call_command
from django.db import migrations


def create_cache_table(apps, schema_editor):
    call_command("createcachetable", "cache_entry", database=schema_editor.connection.alias, verbosity=0)


def drop_cache_table(apps, schema_editor):
    schema_editor.execute("DROP TABLE IF EXISTS cache_entry")


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_people_and_school")]

    operations = [migrations.RunPython(create_cache_table, drop_cache_table)]
