"""The stored part of an event's data: of large data, only fields that are read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from classroom.envelope import Envelope, canonical

KEPT_CHARS = 4096
# Fields kept of larger data: the subject and what is read of a recording, the most important first.
KEPT_FIELDS = ("RoomId", "DocumentId", "Duration", "RecordSize", "RecordUrl")
# Where somebody was when they came into a class is no business of the school's.
NEVER_KEPT = frozenset({"IPAddress", "Location"})
# Stands in data that were cut: how many characters they had.
CUT_FROM = "CutFromChars"


def stored_data(envelope: Envelope) -> str:
    """The data as JSON of at most `KEPT_CHARS` characters: whole, or those of its fields that are read.

    Network addresses and places of people are left out.
    """
    data = envelope.data
    if NEVER_KEPT & envelope.content.keys():
        fields = envelope.content.items()
        data = canonical({name: value for name, value in fields if name not in NEVER_KEPT})
    if len(data) <= KEPT_CHARS:
        return data
    kept: dict[str, object] = {CUT_FROM: len(envelope.data)}
    for name in KEPT_FIELDS:
        if _is_short(envelope.content, name):
            more = kept | {name: envelope.content[name]}
            kept = more if len(canonical(more)) <= KEPT_CHARS else kept
    return canonical(kept)


def _is_short(content: Mapping[str, Any], name: str) -> bool:
    value = content.get(name)
    return isinstance(value, int | float) or (isinstance(value, str) and len(value) <= KEPT_CHARS)
