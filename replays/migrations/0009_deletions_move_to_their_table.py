from __future__ import annotations

from django.db import migrations

ROWS_A_STATEMENT = 500


def to_table(apps, _schema_editor):
    """Of what is in the trash, or was deleted from there."""
    ReplayPurge = apps.get_model("replays", "ReplayPurge")
    deleted = apps.get_model("replays", "Replay").objects.filter(deleted_at__isnull=False)
    columns = deleted.order_by("pk").values_list("pk", "purge_at", "purge_tries", "purge_error", "purged_at")
    ReplayPurge.objects.bulk_create(
        (
            ReplayPurge(
                replay_id=pk,
                due_at=due_at,
                attempts=tries,
                last_error=error,
                has_begun=tries > 0 or purged_at is not None,
            )
            for pk, due_at, tries, error, purged_at in columns.iterator()
        ),
        batch_size=ROWS_A_STATEMENT,
    )


def to_columns(apps, _schema_editor):
    Replay = apps.get_model("replays", "Replay")
    purges = apps.get_model("replays", "ReplayPurge").objects.order_by("pk")
    for purge in purges.iterator():
        Replay.objects.filter(pk=purge.pk).update(
            purge_at=purge.due_at,
            # One that has begun cannot be brought back, whether or not that call is counted.
            purge_tries=max(purge.attempts, int(purge.has_begun)),
            purge_error=purge.last_error,
        )
    purges.delete()


class Migration(migrations.Migration):
    dependencies = [("replays", "0008_table_of_deletions")]

    operations = [migrations.RunPython(to_table, to_columns)]
