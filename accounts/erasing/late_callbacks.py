"""Keep out of the inbox what the cloud tells of people after they are erased: its messages come late, and come again."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection
from typing import Any

from django.db.models import Min

from accounts.enums import ErasureState
from accounts.erasing.erased_ids import erased_among
from accounts.erasing.names import ERASED_NAME, texts_in
from accounts.models import Erasure
from classroom.envelope import canonical
from classroom.models import CallbackEvent
from edu_platform.lib.batches import in_batches, update_rows

# Longer than an address that leads into a class may be used.
TOLD_FOR = dt.timedelta(days=8)


def strike_late_callbacks(at: dt.datetime) -> None:
    """Strike out of callbacks what they say of people who were erased lately. Safe to repeat."""
    lately = Erasure.objects.filter(state=ErasureState.ERASED, erased_at__gte=at - TOLD_FOR)
    since = lately.aggregate(since=Min("confirmed_at"))["since"]
    if since is None:
        return
    events = CallbackEvent.objects.filter(received_at__gte=since).order_by("pk")
    for keys in in_batches(events.values_list("pk", flat=True).iterator()):
        _strike(list(CallbackEvent.objects.filter(pk__in=keys)))


def _strike(events: Collection[CallbackEvent]) -> None:
    """Strike them out of these events, whose data nobody else ever changes."""
    data = {event.pk: json.loads(event.data) for event in events}
    erased = erased_among({text for value in data.values() for text in texts_in(value)})
    changed = []
    for event in events:
        rest = _without(data[event.pk], erased)
        if rest != data[event.pk]:
            event.data = canonical(rest)
            changed.append(event)
    update_rows(changed, ["data"])


def _without(value: Any, user_ids: Collection[str]) -> Any:
    """Return data of a callback without these ids, and without any text beside one of them, which may be a name."""
    if isinstance(value, list):
        return [_without(part, user_ids) for part in value]
    if isinstance(value, dict):
        names_somebody = any(isinstance(part, str) and part in user_ids for part in value.values())
        return {
            key: ERASED_NAME
            if names_somebody and isinstance(part, str)
            else _without(part, user_ids)
            for key, part in value.items()
        }
    return ERASED_NAME if value in user_ids else value
