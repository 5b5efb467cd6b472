"""Say what the tables of this app hold of people, and what becomes of it."""

from __future__ import annotations

from classroom.models import CallbackEvent
from classroom.services.purge import KEEP_DEAD
from edu_platform.lib.personal_data import (
    CLOUD_IDS,
    Erased,
    Export,
    Held,
    Line,
    NoNames,
    Purpose,
)

PURPOSES = {Purpose.CLASSES: [CallbackEvent]}
PERSONAL_DATA: list[Line] = [
    # Who came and went, by the cloud's ids; anybody who has seen a signature can write more into it.
    Held(
        CallbackEvent,
        "data",
        Export.OF_OTHERS,
        Erased.NAMES,
        KEEP_DEAD,
        same_as=CLOUD_IDS,
    ),
    Held(CallbackEvent, "last_error", Export.OF_OTHERS, Erased.NAMES, KEEP_DEAD),
    NoNames(CallbackEvent, "digest event_type document_id"),
]
