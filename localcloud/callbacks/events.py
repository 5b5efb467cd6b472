"""Events of rooms and documents, put into the outbox in the transaction in which they happen.

Those of rooms are also kept as they happened, for GetRoomEvent (`room_events.py`): whatever becomes of their
callbacks.

The names of events and of their data are those of the pull interface GetRoomEvent; RoomExpire is assumed. The
vendor has three events of documents (created, transcoded, deleted) whose names and data are in no text that
could be read: DocumentCreate, DocumentTranscodeFinish and DocumentDelete are names of ours, their data are
those of DescribeDocument, and a failed transcode is a DocumentTranscodeFinish with state 2. A receiver should
read the document again instead of relying on these. Events of streams, usage and transfers are not sent:
nothing here causes them.
"""

from __future__ import annotations

import random
from typing import Any

from localcloud.callbacks import callback_settings, deliveries, room_events
from localcloud.callbacks.callback_settings import REORDER_S, CallbackSettings
from localcloud.cloud import Cloud

ROOM_START, ROOM_END, ROOM_EXPIRE = "RoomStart", "RoomEnd", "RoomExpire"
MEMBER_JOIN, MEMBER_QUIT = "MemberJoin", "MemberQuit"
RECORD_FINISH = "RecordFinish"
DOCUMENT_CREATE, DOCUMENT_DELETE = "DocumentCreate", "DocumentDelete"
DOCUMENT_TRANSCODE_FINISH = "DocumentTranscodeFinish"
DEVICE_WEB, DEVICE_MOBILE_WEB, DEVICES = 5, 6, frozenset(range(8))
REASON_LEFT, REASON_KICKED, REASON_KICKED_FOR_GOOD = 0, 1, 2
REASON_HEARTBEAT_LOST, REASON_ROOM_ENDED = 4, 5
REASONS = frozenset(
    {
        REASON_LEFT,
        REASON_KICKED,
        REASON_KICKED_FOR_GOOD,
        REASON_HEARTBEAT_LOST,
        REASON_ROOM_ENDED,
    }
)


def queue(
    cloud: Cloud, event_type: str, room_id: int, *, at_s: int | None = None, **more: Any
) -> None:
    """Keep an event of a room, and put it into the outbox. The caller holds a transaction, here and below.

    Without `at_s` it happens now.
    """
    data = {"RoomId": room_id, **more}
    at_s = cloud.now_s() if at_s is None else at_s
    room_events.add(cloud, event_type, room_id, at_s=at_s, data=data)
    _queue(cloud, event_type, room_id, data, at_s=at_s)


def queue_document(cloud: Cloud, event_type: str, number: int, data: dict[str, Any]) -> None:
    """Put an event of the document of that number into the outbox."""
    _queue(cloud, event_type, -number, data, at_s=cloud.now_s())


def _queue(cloud: Cloud, event_type: str, room_id: int, data: dict[str, Any], *, at_s: int) -> None:
    """Decide once whether the event is lost, doubled or delayed."""
    settings = callback_settings.load(cloud)
    if not settings.url:
        return
    if settings.forge:
        data = data | _forged(event_type, room_id)
    rng = _random_of_event(cloud, settings, event_type, room_id)
    is_lost, is_doubled = rng.random() < settings.lose, rng.random() < settings.double
    if is_lost or not settings.enabled:
        deliveries.add(
            cloud,
            event_type,
            data,
            room_id=room_id,
            at_s=at_s,
            delay_s=0,
            outcome=deliveries.LOST,
        )
        return
    for is_copy in (False, True)[: 1 + is_doubled]:
        deliveries.add(
            cloud,
            event_type,
            data,
            room_id=room_id,
            at_s=at_s,
            delay_s=_delay_s(settings, rng),
            is_copy=is_copy,
        )
    cloud.wake()


def _random_of_event(
    cloud: Cloud, settings: CallbackSettings, event_type: str, room_id: int
) -> random.Random:
    """Return the generator of this event alone: with a seed, other rooms do not influence it."""
    if settings.seed is None:
        return random.Random()  # noqa: S311 -- faults, not secrets
    earlier = deliveries.count_events(cloud, event_type, room_id)
    return random.Random(f"{settings.seed}:{event_type}:{room_id}:{earlier}")  # noqa: S311 -- as above


def _delay_s(settings: CallbackSettings, rng: random.Random) -> float:
    return rng.uniform(*settings.delay_s) + (rng.uniform(0, REORDER_S) if settings.reorder else 0)


def _forged(event_type: str, room_id: int) -> dict[str, Any]:
    if event_type == RECORD_FINISH:
        url = f"https://forged.invalid/{room_id}/f0.mp4"
        return {"Duration": 1, "RecordSize": 1, "RecordUrl": url}
    if event_type == DOCUMENT_TRANSCODE_FINISH:
        url = "https://forged.invalid/picture/"
        return {"TranscodeState": 3, "TranscodeResult": url, "Pages": 99}
    return {}
