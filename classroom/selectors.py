from __future__ import annotations

import json

from classroom.client.records import Recording
from classroom.enums import Outcome
from classroom.models import CallbackEvent

RECORD_FINISHED = "RecordFinish"
TOLD_AT_MOST = 50
COUNT_BELOW = 2**31  # as the column of seconds; what is larger is asked for


def was_found_foreign(room_id: int) -> bool:
    """Whether an earlier event of this room ended in finding that the room is not ours."""
    return CallbackEvent.objects.filter(room_id=room_id, outcome=Outcome.UNKNOWN_ROOM).exists()


def recordings_told(room_id: int) -> list[Recording]:
    """What callbacks told of a room's recordings, oldest first.

    Hearsay: whoever saw one callback can sign another. It may add a size or length to a file whose
    address the API itself gave, and nothing else.
    """
    events = CallbackEvent.objects.filter(room_id=room_id, event_type=RECORD_FINISHED)
    told = (json.loads(event.data) for event in events.order_by("pk")[:TOLD_AT_MOST])
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
