from __future__ import annotations

from typing import Any

from django.contrib.auth import HASH_SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db import migrations

ROWS_AT_ONCE = 1000


def fill(apps: Any, _editor: Any) -> None:
    """Write beside each session the hash that it holds."""
    session_class = apps.get_model("accounts", "Session")
    store = SessionStore()  # ours signs with the same salt
    found = session_class.objects.exclude(user=None).only("session_data")
    rows = []
    for row in found.iterator(ROWS_AT_ONCE):
        row.auth_hash = store.decode(row.session_data).get(HASH_SESSION_KEY, "")
        rows.append(row)
    session_class.objects.bulk_update(rows, ["auth_hash"], batch_size=ROWS_AT_ONCE)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0014_session_auth_hashes")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
