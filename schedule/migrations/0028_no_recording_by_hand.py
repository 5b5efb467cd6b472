from __future__ import annotations

from typing import Any

from django.db import migrations
from django.db.models import Exists, OuterRef
from django.db.models.functions import Coalesce
from django.utils import timezone

AUTOMATIC, MANUAL = 0, 2
NOT_STARTED, BEGUN = 0, (1, 2)
ROWS_AT_ONCE = 1000


def replace(apps: Any, editor: Any) -> None:
    """Have lessons to come recorded by themselves, and the cloud told so for rooms that are there."""
    alias = editor.connection.alias
    lessons = apps.get_model("schedule", "Lesson").objects.using(alias)
    current = apps.get_model("schedule", "Room").objects.using(alias).filter(is_current=True)
    at = timezone.now()
    begun = current.filter(lesson=OuterRef("pk"), cloud_status__in=BEGUN)
    to_come = lessons.filter(~Exists(begun), record_mode=MANUAL, ends_at__gt=at)
    # Lessons, then rooms, each in order, as everybody locks them.
    pks = list(to_come.select_for_update().order_by("pk").values_list("pk", flat=True))
    batches = [pks[first : first + ROWS_AT_ONCE] for first in range(0, len(pks), ROWS_AT_ONCE)]
    for batch in batches:
        lessons.filter(pk__in=batch).update(record_mode=AUTOMATIC)
    for batch in batches:
        waiting = current.filter(lesson__in=batch, cloud_status=NOT_STARTED, must_leave_cloud=False)
        rooms = waiting.select_for_update().order_by("pk").values_list("pk", flat=True)
        current.filter(pk__in=list(rooms)).update(
            must_change_in_cloud=True, due_at=Coalesce("due_at", at)
        )
    patterns = apps.get_model("schedule", "Pattern").objects.using(alias)
    patterns.filter(record_mode=MANUAL).update(record_mode=AUTOMATIC)


class Migration(migrations.Migration):
    dependencies = [("schedule", "0026_who_stands_in_for_whom")]
    safe_because = (
        "few rows, and the mode stays one that 1.0.0 knows; what an administrator chooses in it meanwhile "
        "is held as before"
    )

    operations = [migrations.RunPython(replace, migrations.RunPython.noop)]
