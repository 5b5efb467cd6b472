"""The administration's own log: what it says of somebody who is erased loses the name."""

from __future__ import annotations

from collections.abc import Collection

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import transaction

from accounts.erasing.names import struck_text
from accounts.models import User
from edu_platform.lib.batches import update_rows

OBJECT_CHARS = LogEntry._meta.get_field("object_repr").max_length  # noqa: SLF001 -- as documented by Django


@transaction.atomic
def strike_log_entries(person: User, strings: Collection[str]) -> None:
    """Strike the names out of entries about the account, which lead to it by its kind and key."""
    about = ContentType.objects.get_for_model(User)
    rows = LogEntry.objects.filter(content_type=about, object_id=str(person.pk)).order_by("pk")
    entries = list(rows.select_for_update(of=("self",), no_key=True))
    for entry in entries:
        entry.object_repr = struck_text(entry.object_repr, strings, OBJECT_CHARS)
        entry.change_message = struck_text(entry.change_message, strings, None)
    update_rows(entries, ["object_repr", "change_message"])
