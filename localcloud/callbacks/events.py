"""Events: what happened in a room or to a document, put into the outbox in the transaction in which it happens.

The names of events and of their data are those of the pull interface GetRoomEvent; RoomExpire is assumed. The vendor
has three events of documents (created, transcoded, deleted) whose names and data are in no text that could be read:
DocumentCreate, DocumentTranscodeFinish and DocumentDelete are our names, their data those of DescribeDocument, and a
failed transcode is told by DocumentTranscodeFinish with state 2. A receiver should read the document again instead of
relying on any of it. Not sent: the events of streams, usage and transfers, which nothing here causes.
"""

from __future__ import annotations

import random
from typing import Any

from localcloud.callbacks import callback_settings, deliveries
from localcloud.callbacks.callback_settings import REORDER_S, CallbackSettings
from localcloud.cloud import Cloud

ROOM_START, ROOM_END, ROOM_EXPIRE = "RoomStart", "RoomEnd", "RoomExpire"
MEMBER_JOIN, MEMBER_QUIT = "MemberJoin", "MemberQuit"
RECORD_FINISH = "RecordFinish"
DOCUMENT_CREATE, DOCUMENT_DELETE = "DocumentCreate", "DocumentDelete"
DOCUMENT_TRANSCODE_FINISH = "DocumentTranscodeFinish"
DEVICE_WEB = 5
REASON_LEFT, REASON_ROOM_ENDED = 0, 5


def queue(cloud: Cloud, event_type: str, room_id: int, **more: Any) -> None:
    """Put an event of a room into the outbox. The caller holds a transaction, here and below."""
    _queue(cloud, event_type, room_id, {"RoomId": room_id, **more})


def queue_document(cloud: Cloud, event_type: str, number: int, data: dict[str, Any]) -> None:
    """Put an event of the document of that number into the outbox."""
    _queue(cloud, event_type, -number, data)


def _queue(cloud: Cloud, event_type: str, room_id: int, data: dict[str, Any]) -> None:
    """Decide, once, what is to befall the event."""
    settings = callback_settings.load(cloud)
    if not settings.url:
        return
    if settings.forge:
        data = data | _forged(event_type, room_id)
    lot = _lot(cloud, settings, event_type, room_id)
    is_lost, is_doubled = lot.random() < settings.lose, lot.random() < settings.double
    if is_lost or not settings.enabled:
        deliveries.add(cloud, event_type, data, room_id=room_id, delay_s=0, outcome=deliveries.LOST)
        return
    for is_copy in (False, True)[: 1 + is_doubled]:
        delay_s = _delay_s(settings, lot)
        deliveries.add(cloud, event_type, data, room_id=room_id, delay_s=delay_s, is_copy=is_copy)
    cloud.stir()


def _lot(cloud: Cloud, settings: CallbackSettings, event_type: str, room_id: int) -> random.Random:
    """Return the chance of this event alone: with a seed it does not hang on what other rooms do meanwhile."""
    if settings.seed is None:
        return random.Random()  # noqa: S311 -- faults, not secrets
    earlier = deliveries.count_events(cloud, event_type, room_id)
    return random.Random(f"{settings.seed}:{event_type}:{room_id}:{earlier}")  # noqa: S311 -- as above


def _delay_s(settings: CallbackSettings, lot: random.Random) -> float:
    return lot.uniform(*settings.delay_s) + (lot.uniform(0, REORDER_S) if settings.reorder else 0)


def _forged(event_type: str, room_id: int) -> dict[str, Any]:
    if event_type == RECORD_FINISH:
        url = f"https://forged.invalid/{room_id}/f0.mp4"
        return {"Duration": 1, "RecordSize": 1, "RecordUrl": url}
    if event_type == DOCUMENT_TRANSCODE_FINISH:
        url = "https://forged.invalid/picture/"
        return {"TranscodeState": 3, "TranscodeResult": url, "Pages": 99}
    return {}
