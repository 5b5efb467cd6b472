from __future__ import annotations

from typing import Any

from django.db import migrations
from django.db.models import F


def leave_out(apps: Any, _editor: Any) -> None:
    """Take teachers out of the assistants of their own weekly lessons, by which no lesson of a term could be planned."""
    assisting = apps.get_model("schedule", "Pattern").assistants.through
    assisting.objects.filter(user=F("pattern__teacher")).delete()


class Migration(migrations.Migration):
    safe_because = "no release wants such a row, and there are a few at most"
    dependencies = [("schedule", "0030_what_imports_made")]

    operations = [migrations.RunPython(leave_out, migrations.RunPython.noop)]
