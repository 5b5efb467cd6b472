from __future__ import annotations

from typing import Any

from django.db import migrations

from edu_platform.lib.natural_keys import set_missing_and_stale_keys


def fill(apps: Any, editor: Any) -> None:
    user = apps.get_model("accounts", "User")
    set_missing_and_stale_keys(user.objects.using(editor.connection.alias))


class Migration(migrations.Migration):
    dependencies = [("accounts", "0019_people_in_order")]
    safe_because = "what the version before writes meanwhile gets its key at night"

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
