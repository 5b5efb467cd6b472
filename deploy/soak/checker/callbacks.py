"""Callbacks: what was answered 200 is stored and was handled, and nothing is stored that nobody sent.

The cloud tells of its own deliveries, and the journal of those that others sent. Of very many about one room the
platform keeps a hundred, and looks again for the others.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from deploy.soak import journal
from deploy.soak.checker.evidence import Evidence, Row
from deploy.soak.checker.findings import Finding, doubled, lost, unexplained

SENT = "sent"
# So many about one room or document and of one type: then further ones are merged into these.
MANY_ALIKE = 100
EVENTS = (
    "SELECT id, event_type, timestamp_s, data, room_id, document_id, state, outcome, last_error, attempts "
    "FROM classroom_callbackevent ORDER BY id"
)
# Stands in data that were too long to be kept whole.
CUT_FROM = "CutFromChars"


@dataclass(frozen=True, slots=True)
class Told:
    """What makes two deliveries one event: type, time and data, these as JSON in one form."""

    event_type: str
    timestamp_s: int
    data: str

    def __str__(self) -> str:
        return f"{self.event_type} of {self.timestamp_s} {self.data}"


def find(evidence: Evidence) -> Iterator[Finding]:
    events = evidence.tables.rows(EVENTS)
    stored = Counter(_told_of_row(event) for event in events)
    alike = Counter((event["event_type"], _about(json.loads(event["data"]))) for event in events)
    for event in events:
        yield from _handled(event)
    for told, count in stored.items():
        if count > 1:
            yield doubled(f"callback {told} is stored {count} times")
    for told, data in _acknowledged(evidence):
        is_merged = alike[told.event_type, _about(data)] >= MANY_ALIKE
        if told not in stored and not is_merged and not _was_cut(told, events):
            yield lost(f"callback {told} was answered 200, and is not stored")
    yield from _unsent(evidence, events)


def _handled(event: Row) -> Iterator[Finding]:
    called = f"callback {event['id']} ({event['event_type']})"
    if event["state"] == "waiting":
        yield lost(
            f"{called} was not handled, after {event['attempts']} tries: {event['last_error']}"
        )
    if event["state"] == "dead":
        yield lost(f"{called} was given up: {event['last_error']}")


def _told_of_row(event: Row) -> Told:
    return _told(event["event_type"], event["timestamp_s"], json.loads(event["data"]))


def _told(event_type: str, timestamp_s: int, data: Mapping[str, Any] | None) -> Told:
    return Told(event_type, timestamp_s, json.dumps(data or {}, sort_keys=True))


def _about(data: Mapping[str, Any] | None) -> str:
    told = data or {}
    return f"{told.get('RoomId')}/{told.get('DocumentId')}"


def _acknowledged(evidence: Evidence) -> Iterator[tuple[Told, Mapping[str, Any]]]:
    for each in evidence.deliveries:
        if each["outcome"] == SENT:
            yield _told(each["event_type"], each["timestamp_s"], each["data"]), each["data"]
    for fact in evidence.told(journal.CallbackAcknowledged):
        yield _told(fact.event_type, fact.timestamp_s, fact.event_data), fact.event_data


def _was_cut(told: Told, events: Iterable[Row]) -> bool:
    return any(
        CUT_FROM in event["data"]
        and (event["event_type"], event["timestamp_s"]) == (told.event_type, told.timestamp_s)
        for event in events
    )


def _unsent(evidence: Evidence, events: list[Row]) -> Iterator[Finding]:
    """Events that nobody sent; not to be told when the cloud has forgotten its first deliveries."""
    if evidence.deliveries and evidence.deliveries[0]["n"] != 1:
        return
    sent = {told for told, _data in _acknowledged(evidence)}
    sent |= {
        _told(each["event_type"], each["timestamp_s"], each["data"]) for each in evidence.deliveries
    }
    for fact in evidence.told(journal.Uncertain):
        # What was no JSON is not stored in any case.
        if fact.what == journal.CallbackAcknowledged.kind and "event_type" in fact.about:
            sent.add(
                _told(fact.about["event_type"], fact.about["timestamp_s"], fact.about["event_data"])
            )
    for event in events:
        if CUT_FROM not in event["data"] and _told_of_row(event) not in sent:
            yield unexplained(
                f"callback {event['id']} ({event['event_type']}) is stored, and nobody sent it"
            )
