from __future__ import annotations

import datetime as dt
import json

from django.db.models.functions import Length

from classroom.client.records import Recording
from classroom.enums import Outcome
from classroom.models import CallbackEvent

RECORD_FINISHED = "RecordFinish"
TOLD_AT_MOST = 50
TOLD_CHARS = 4096
# A room that is not ours may become it: somebody makes one of this number, or the cloud was wrong.
FOREIGN_FOR = dt.timedelta(hours=1)
MINUTE = dt.timedelta(minutes=1)
UNKNOWN_A_MINUTE = 60
COUNT_BELOW = 2**31  # as the column of seconds; what is larger is asked for


def was_found_foreign(room_id: int, *, at: dt.datetime) -> bool:
    """Whether an event of this room ended lately in finding that the room is not ours."""
    lately = CallbackEvent.objects.filter(closed_at__gt=at - FOREIGN_FOR)
    return lately.filter(room_id=room_id, outcome=Outcome.UNKNOWN_ROOM).exists()


def are_too_many_unknown(*, at: dt.datetime) -> bool:
    """Whether so many unknown rooms were looked up within a minute that it can only be an attack."""
    lately = CallbackEvent.objects.filter(closed_at__gt=at - MINUTE)
    return lately.filter(outcome=Outcome.UNKNOWN_ROOM).count() >= UNKNOWN_A_MINUTE


def recordings_told(room_id: int) -> list[Recording]:
    """What callbacks told of a room's recordings, newest first.

    Hearsay: whoever saw one callback can sign another. It may add a size or length to a file whose
    address the API itself gave, and nothing else.
    """
    events = (
        CallbackEvent.objects.filter(room_id=room_id, event_type=RECORD_FINISHED)
        .annotate(chars=Length("data"))
        .filter(chars__lte=TOLD_CHARS)
        .order_by("-pk")
    )
    told = (json.loads(event.data) for event in events[:TOLD_AT_MOST])
    return [
        Recording(
            url=data["RecordUrl"],
            duration_s=_count(data.get("Duration")),
            size_bytes=_count(data.get("RecordSize")),
        )
        for data in told
        if isinstance(data.get("RecordUrl"), str)
    ]


def _count(value: object) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if 0 < value < COUNT_BELOW else None
