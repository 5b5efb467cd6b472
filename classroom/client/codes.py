"""What the vendor's error codes mean to us. A closed table: a code not listed is a plain refusal.

Source: error lists of the LCIC actions in the vendor's SDKs (Go `errors.go`, August 2026; Python
3.1.134).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

from classroom.client.errors import CloudRejected


class Meaning(Enum):
    ROOM_GONE = auto()
    USER_GONE = auto()
    DOCUMENT_GONE = auto()
    TOO_MANY_DOCUMENTS = auto()  # a room takes no more
    ORIGIN_TAKEN = auto()  # somebody registered this OriginId before
    CLASS_STARTED = auto()
    CLASS_ENDED = auto()
    CLASS_EXPIRED = auto()
    WORDS_REFUSED = auto()  # a name or nickname hits the cloud's list of sensitive words
    VALUE_REFUSED = auto()  # something else in what was sent
    START_IN_PAST = auto()
    STORAGE_FULL = auto()  # no recording is made: its storage is full, or its bill not paid
    TRY_LATER = auto()  # the call had no effect, and may be made again


@dataclass(frozen=True, slots=True)
class CodeRow:
    code: str
    meaning: Meaning
    # The only actions for which the code means this; empty: for all.
    actions: frozenset[str] = frozenset()


CODE_TABLE = (
    CodeRow("ResourceNotFound.Room", Meaning.ROOM_GONE),
    CodeRow("ResourceNotFound", Meaning.ROOM_GONE, frozenset({"GetPlaybackToken"})),
    CodeRow("ResourceInsufficient.Record", Meaning.STORAGE_FULL),
    CodeRow("ResourceNotFound.User", Meaning.USER_GONE),
    CodeRow("ResourceNotFound.Document", Meaning.DOCUMENT_GONE),
    CodeRow("LimitExceeded.ClassDocumentLimit", Meaning.TOO_MANY_DOCUMENTS),
    CodeRow("FailedOperation.OriginIdExists", Meaning.ORIGIN_TAKEN, frozenset({"RegisterUser"})),
    CodeRow("FailedOperation.ClassStarted", Meaning.CLASS_STARTED),
    CodeRow("FailedOperation.ClassEnded", Meaning.CLASS_ENDED),
    CodeRow("FailedOperation.ClassExpired", Meaning.CLASS_EXPIRED),
    CodeRow("InvalidParameter.Content", Meaning.WORDS_REFUSED),
    CodeRow("InvalidParameter", Meaning.VALUE_REFUSED),
    CodeRow("InvalidParameterValue", Meaning.VALUE_REFUSED),
    CodeRow("FailedOperation.ImageArgInvalid", Meaning.VALUE_REFUSED),
    CodeRow("InvalidParameter.StartTime", Meaning.START_IN_PAST),
    CodeRow("RequestLimitExceeded", Meaning.TRY_LATER),
    CodeRow("RequestLimitExceeded.UinLimitExceeded", Meaning.TRY_LATER),
    CodeRow("RequestLimitExceeded.GlobalRegionUinLimitExceeded", Meaning.TRY_LATER),
    CodeRow("ResourceUnavailable", Meaning.TRY_LATER),
)

# Broken inside the cloud: whether the call took effect is unknown.
UNKNOWN_OUTCOME_CODES = frozenset({"InternalError", "FailedOperation.RequestTimedOut"})


def meaning_of(action: str, code: str) -> Meaning | None:
    for row in CODE_TABLE:
        if row.code == code and (not row.actions or action in row.actions):
            return row.meaning
    return None


def means(error: CloudRejected, meaning: Meaning) -> bool:
    return meaning_of(error.action, error.code) is meaning
