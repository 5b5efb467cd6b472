from __future__ import annotations

from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db import migrations
from django.utils import timezone

ROWS_AT_ONCE = 1000


def move(apps: Any, _editor: Any) -> None:
    """Bring everybody's session along: who is signed in stays so.

    What cannot be decoded is nobody's session any more, and goes with those that are over.
    """
    before = apps.get_model("sessions", "Session").objects
    session_class = apps.get_model("accounts", "Session")
    people = set(apps.get_model("accounts", "User").objects.values_list("pk", flat=True))
    lasting = before.filter(expire_date__gt=timezone.now())
    found = lasting.values_list("session_key", "session_data", "expire_date")
    store = SessionStore()  # ours signs with the same salt
    rows = []
    for key, data, expires_at in found.iterator(ROWS_AT_ONCE):
        decoded = store.decode(data)
        person = int(decoded.get(SESSION_KEY) or 0) or None
        if decoded and (person is None or person in people):
            rows.append(
                session_class(
                    session_key=key, session_data=data, expire_date=expires_at, user_id=person
                )
            )
    session_class.objects.bulk_create(rows, batch_size=ROWS_AT_ONCE)
    before.all().delete()


def move_back(apps: Any, _editor: Any) -> None:
    session_class = apps.get_model("sessions", "Session")
    found = apps.get_model("accounts", "Session").objects
    columns = ("session_key", "session_data", "expire_date")
    session_class.objects.bulk_create(
        [session_class(**row) for row in found.values(*columns)], batch_size=ROWS_AT_ONCE
    )
    found.all().delete()


class Migration(migrations.Migration):
    dependencies = [("accounts", "0013_sessions"), ("sessions", "0001_initial")]

    operations = [migrations.RunPython(move, move_back)]
