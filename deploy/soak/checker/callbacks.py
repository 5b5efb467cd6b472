"""Callbacks: what was answered 200 is stored and was handled, and nothing is stored that nobody sent.

The cloud lists its own deliveries, the journal those of others. When there are very many about one room, the platform
keeps a hundred, and asks the cloud about that room for the rest.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from deploy.soak import journal
from deploy.soak.checker.erased import reading_without
from deploy.soak.checker.evidence import Evidence, Row
from deploy.soak.checker.findings import Finding, doubled, lost, unexplained
from localcloud.callbacks.deliveries import KEPT

SENT = "sent"
# With this many of one type about one room or document, further ones are merged into them.
MERGED_FROM = 100
EVENTS = (
    "SELECT id, event_type, timestamp_s, data, room_id, document_id, state, outcome, last_error, attempts "
    "FROM classroom_callbackevent ORDER BY id"
)
# A key of data that were too long to be stored whole.
CUT_FROM = "CutFromChars"


@dataclass(frozen=True, slots=True)
class EventKey:
    """Makes two deliveries one event if it is equal: type, time and data, these as JSON in one form."""

    event_type: str
    timestamp_s: int
    data: str

    is_struck: bool = False

    def __str__(self) -> str:
        return f"{self.event_type} of {self.timestamp_s} {self.data}"


def find(evidence: Evidence) -> Iterator[Finding]:
    events = evidence.tables.rows(EVENTS)
    stored = Counter(_key_of_row(evidence, event) for event in events)
    alike = Counter((event["event_type"], _about(json.loads(event["data"]))) for event in events)
    for event in events:
        yield from _check_handled(event)
    for key, count in stored.items():
        # Nothing tells which of two came who were erased.
        if count > 1 and not key.is_struck:
            yield doubled(f"callback {key} is stored {count} times")
    for key, data in _acknowledged(evidence):
        is_merged = alike[key.event_type, _about(data)] >= MERGED_FROM
        if key not in stored and not is_merged and not _was_cut(key, events):
            yield lost(f"callback {key} was answered 200, and is not stored")
    yield from _unsent(evidence, events)


def _check_handled(event: Row) -> Iterator[Finding]:
    label = f"callback {event['id']} ({event['event_type']})"
    if event["state"] == "waiting":
        yield lost(
            f"{label} was not handled, after {event['attempts']} tries: {event['last_error']}"
        )
    if event["state"] == "dead":
        yield lost(f"{label} was given up: {event['last_error']}")


def _key_of_row(evidence: Evidence, event: Row) -> EventKey:
    data = json.loads(event["data"])
    return _key(evidence, event["event_type"], event["timestamp_s"], data)


def _key(
    evidence: Evidence, event_type: str, timestamp_s: int, data: Mapping[str, Any] | None
) -> EventKey:
    read = reading_without(evidence, data or {})
    return EventKey(event_type, timestamp_s, json.dumps(read, sort_keys=True), read != (data or {}))


def _about(data: Mapping[str, Any] | None) -> str:
    fields = data or {}
    return f"{fields.get('RoomId')}/{fields.get('DocumentId')}"


def _acknowledged(evidence: Evidence) -> Iterator[tuple[EventKey, Mapping[str, Any]]]:
    for delivery in evidence.deliveries:
        if delivery["outcome"] == SENT:
            yield (
                _key(evidence, delivery["event_type"], delivery["timestamp_s"], delivery["data"]),
                delivery["data"],
            )
    for fact in evidence.facts_of(journal.CallbackAcknowledged):
        yield _key(evidence, fact.event_type, fact.timestamp_s, fact.event_data), fact.event_data


def _was_cut(key: EventKey, events: Iterable[Row]) -> bool:
    return any(
        CUT_FROM in event["data"]
        and (event["event_type"], event["timestamp_s"]) == (key.event_type, key.timestamp_s)
        for event in events
    )


def _unsent(evidence: Evidence, events: list[Row]) -> Iterator[Finding]:
    """Events that nobody sent; unknown when the cloud may have forgotten its first deliveries."""
    if len(evidence.deliveries) >= KEPT:
        return
    sent = {key for key, _data in _acknowledged(evidence)}
    sent |= {
        _key(evidence, delivery["event_type"], delivery["timestamp_s"], delivery["data"])
        for delivery in evidence.deliveries
    }
    for fact in evidence.facts_of(journal.Uncertain):
        # Bodies that are no JSON are never stored.
        if fact.what == journal.CallbackAcknowledged.kind and "event_type" in fact.about:
            sent.add(
                _key(
                    evidence,
                    fact.about["event_type"],
                    fact.about["timestamp_s"],
                    fact.about["event_data"],
                )
            )
    for event in events:
        if CUT_FROM not in event["data"] and _key_of_row(evidence, event) not in sent:
            yield unexplained(
                f"callback {event['id']} ({event['event_type']}) is stored, and nobody sent it"
            )
