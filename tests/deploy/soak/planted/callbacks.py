"""Faults of callbacks, and what looks like one and has its reason."""

from __future__ import annotations

import dataclasses

from deploy.soak import journal
from localcloud.callbacks.deliveries import KEPT
from tests.deploy.soak.planted.case import (
    DOUBLED,
    LOST,
    NEW_ID,
    UNEXPLAINED,
    Case,
    Explained,
    Fault,
    perhaps,
)


def _was_called_perhaps(case: Case) -> None:
    (forged,) = case.evidence.facts_of(journal.CallbackAcknowledged)
    names = ("event_type", "timestamp_s", "event_data")
    about = {name: getattr(forged, name) for name in names}
    case.forget(journal.CallbackAcknowledged)
    case.tell(perhaps(journal.CallbackAcknowledged, about))


def _call_very_often(case: Case) -> None:
    number = case.held["RoomId"]
    case.sql(
        "INSERT INTO classroom_callbackevent SELECT (jsonb_populate_record(NULL::classroom_callbackevent, "
        f"  to_jsonb(t) || jsonb_build_object('id', {NEW_ID} + n, 'digest', n::text, 'timestamp_s', n))).* "
        "FROM generate_series(1, 100) n, (SELECT * FROM classroom_callbackevent "
        f"  WHERE event_type = 'RoomStart' AND room_id = {number} LIMIT 1) t"
    )
    # The cloud has forgotten its first deliveries by then.
    last = case.evidence.deliveries[-1]
    case.evidence = dataclasses.replace(case.evidence, deliveries=[last] * KEPT)
    case.tell(
        journal.CallbackAcknowledged(
            body_sha256="",
            event_type="RoomStart",
            timestamp_s=7_000,
            event_data={"RoomId": number},
            room_id=number,
            is_true=True,
        )
    )


FAULTS = (
    Fault(
        "callback left",
        lambda c: c.sql("UPDATE classroom_callbackevent SET state = 'waiting', closed_at = NULL"),
        LOST,
        "was not handled",
    ),
    Fault(
        "callback given up",
        lambda c: c.sql("UPDATE classroom_callbackevent SET state = 'dead'"),
        LOST,
        "was given up",
    ),
    Fault(
        "callback of the cloud lost",
        lambda c: c.sql("DELETE FROM classroom_callbackevent WHERE event_type = 'RoomEnd'"),
        LOST,
        "callback RoomEnd",
    ),
    Fault(
        "callback of others lost",
        lambda c: c.sql("DELETE FROM classroom_callbackevent WHERE data LIKE '%forged%'"),
        LOST,
        "callback RecordFinish",
    ),
    Fault(
        "callback doubled",
        lambda c: c.copy_row("classroom_callbackevent", "true", """'{"digest": "x"}'"""),
        DOUBLED,
        "is stored 2 times",
    ),
    Fault(
        "callback that nobody sent",
        lambda c: c.copy_row(
            "classroom_callbackevent", "true", """'{"digest": "x", "timestamp_s": 1}'"""
        ),
        UNEXPLAINED,
        "nobody sent it",
    ),
)
EXPLAINED: Explained = (
    ("callback without an answer", _was_called_perhaps),
    ("callback that was merged with very many", _call_very_often),
)
