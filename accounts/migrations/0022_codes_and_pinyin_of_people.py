from __future__ import annotations

from typing import Any

from django.db import migrations

from accounts.random_codes import make_code
from edu_platform.lib.natural_keys import set_missing_and_stale_keys

ROWS_AT_ONCE = 500


def give_codes(apps: Any, editor: Any) -> None:
    users = apps.get_model("accounts", "User").objects.using(editor.connection.alias)
    rows = list(users.filter(code=None).only("pk"))
    for row in rows:
        row.code = make_code()
    users.bulk_update(rows, ["code"], batch_size=ROWS_AT_ONCE)


def fill_pinyin(apps: Any, editor: Any) -> None:
    user = apps.get_model("accounts", "User")
    set_missing_and_stale_keys(user.objects.using(editor.connection.alias))


class Migration(migrations.Migration):
    dependencies = [("accounts", "0021_people_have_codes")]
    safe_because = "what the release before writes meanwhile gets its code and its pinyin at night"

    operations = [
        migrations.RunPython(give_codes, migrations.RunPython.noop),
        migrations.RunPython(fill_pinyin, migrations.RunPython.noop),
    ]
