from __future__ import annotations

from django.db import migrations
from django.db.models import Q

ROWS_A_STATEMENT = 500


def to_table(apps, _schema_editor):
    """Of rooms of which the cloud did not tell, or that were put off."""
    RoomPolling = apps.get_model("schedule", "RoomPolling")
    put_off = Q(unanswered_since__isnull=False) | Q(next_look_at__isnull=False)
    rooms = apps.get_model("schedule", "Room").objects.filter(put_off).order_by("pk")
    RoomPolling.objects.bulk_create(
        (
            RoomPolling(room_id=pk, unreachable_since=since, due_at=due_at)
            for pk, since, due_at in rooms.values_list(
                "pk", "unanswered_since", "next_look_at"
            ).iterator()
        ),
        batch_size=ROWS_A_STATEMENT,
    )


def to_columns(apps, _schema_editor):
    Room = apps.get_model("schedule", "Room")
    pollings = apps.get_model("schedule", "RoomPolling").objects.order_by("pk")
    for polling in pollings.iterator():
        Room.objects.filter(pk=polling.pk).update(
            unanswered_since=polling.unreachable_since, next_look_at=polling.due_at
        )
    pollings.delete()


class Migration(migrations.Migration):
    dependencies = [("schedule", "0008_table_of_put_off_questions")]

    operations = [migrations.RunPython(to_table, to_columns)]
