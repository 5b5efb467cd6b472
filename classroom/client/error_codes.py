"""The kinds of the vendor's error codes. A closed table: a code not listed is a plain refusal.

Source: error lists of the LCIC actions in the vendor's SDKs (Go `errors.go`, August 2026; Python
3.1.134).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

from classroom.client.errors import CloudRejected


class ErrorKind(Enum):
    ROOM_GONE = auto()
    USER_GONE = auto()
    DOCUMENT_GONE = auto()
    TOO_MANY_DOCUMENTS = auto()  # a room takes no more
    ORIGIN_TAKEN = auto()  # somebody registered this OriginId before
    IN_GROUP = auto()  # the person is in a group, and is deleted only when out of it
    GROUP_GONE = auto()
    NOT_IN_GROUP = auto()
    CLASS_STARTED = auto()
    CLASS_ENDED = auto()
    CLASS_EXPIRED = auto()
    CLASS_GOES_ON = auto()  # it has not ended, or not begun
    STATISTICS_NOT_READY = auto()  # the class has ended, and who was there is still being summed up
    WORDS_REFUSED = auto()  # a name or nickname hits the cloud's list of sensitive words
    VALUE_REFUSED = auto()  # something else in what was sent
    START_IN_PAST = auto()
    END_BEFORE_START = auto()
    BOOKED_TOO_LONG = auto()  # more time between start and end than the cloud allows
    ROOM_TYPE_REFUSED = auto()
    EDITION_LACKS = auto()  # the edition (版本) that was bought has no such thing
    STORAGE_FULL = auto()  # no recording is made: its storage is full, or its bill not paid
    TRY_LATER = auto()  # the call had no effect, and may be made again


@dataclass(frozen=True, slots=True)
class CodeRow:
    code: str
    kind: ErrorKind
    # The only actions for which the code means this; empty: for all.
    actions: frozenset[str] = frozenset()


CODE_TABLE = (
    CodeRow("ResourceNotFound.Room", ErrorKind.ROOM_GONE),
    CodeRow("ResourceNotFound", ErrorKind.ROOM_GONE, frozenset({"GetPlaybackToken"})),
    CodeRow("ResourceInsufficient.Record", ErrorKind.STORAGE_FULL),
    CodeRow("ResourceNotFound.User", ErrorKind.USER_GONE),
    CodeRow("ResourceNotFound.Document", ErrorKind.DOCUMENT_GONE),
    CodeRow("LimitExceeded.ClassDocumentLimit", ErrorKind.TOO_MANY_DOCUMENTS),
    CodeRow(
        "FailedOperation.OriginIdExists",
        ErrorKind.ORIGIN_TAKEN,
        frozenset({"RegisterUser", "BatchRegister"}),
    ),
    CodeRow("FailedOperation.UserIsAlreadyInGroup", ErrorKind.IN_GROUP),
    CodeRow("ResourceNotFound.GroupNotExist", ErrorKind.GROUP_GONE),
    CodeRow("ResourceNotFound.GroupPartUsersNotExist", ErrorKind.NOT_IN_GROUP),
    CodeRow("FailedOperation.ClassStarted", ErrorKind.CLASS_STARTED),
    CodeRow("FailedOperation.ClassEnded", ErrorKind.CLASS_ENDED),
    CodeRow("FailedOperation.ClassExpired", ErrorKind.CLASS_EXPIRED),
    CodeRow("FailedOperation.RoomNotEnd", ErrorKind.CLASS_GOES_ON),
    CodeRow(
        "ResourceUnavailable.RoomStatistics",
        ErrorKind.STATISTICS_NOT_READY,
        frozenset({"DescribeRoomStatistics"}),
    ),
    CodeRow("InvalidParameter.Content", ErrorKind.WORDS_REFUSED),
    CodeRow("InvalidParameter", ErrorKind.VALUE_REFUSED),
    CodeRow("InvalidParameterValue", ErrorKind.VALUE_REFUSED),
    CodeRow("FailedOperation.ImageArgInvalid", ErrorKind.VALUE_REFUSED),
    CodeRow("InvalidParameter.StartTime", ErrorKind.START_IN_PAST),
    CodeRow("InvalidParameter.EndTime", ErrorKind.END_BEFORE_START),
    CodeRow("FailedOperation.ClassTooLong", ErrorKind.BOOKED_TOO_LONG),
    CodeRow("InvalidParameter.RoomTypeInvalid", ErrorKind.ROOM_TYPE_REFUSED),
    CodeRow("UnsupportedOperation.Version", ErrorKind.EDITION_LACKS),
    CodeRow("RequestLimitExceeded", ErrorKind.TRY_LATER),
    CodeRow("RequestLimitExceeded.UinLimitExceeded", ErrorKind.TRY_LATER),
    CodeRow("RequestLimitExceeded.GlobalRegionUinLimitExceeded", ErrorKind.TRY_LATER),
    CodeRow("ResourceUnavailable", ErrorKind.TRY_LATER),
)

# CreateRoom: "the class cannot be opened, check usage in the console". That it is the usage of the whole
# account, and of no single class, is inferred.
ACCOUNT_USED_UP = "ResourceInsufficient.Room"

# A code is about a value of the request when it is one of these, or one of their kinds.
VALUE_CODES = (
    "InvalidParameter",
    "InvalidParameterValue",
    "InvalidParameterCombination",
    "MissingParameter",
    "UnknownParameter",
    "UnsupportedOperation",
    "OperationDenied",
)

# Nobody is in the class any more, and nothing happens there: an answer to many calls, and no failure.
CLASS_IS_OVER = frozenset({ErrorKind.CLASS_ENDED, ErrorKind.CLASS_EXPIRED, ErrorKind.ROOM_GONE})

# About the platform's own key, not about the request.
REFUSES_EVERYBODY = ("AuthFailure", "UnauthorizedOperation")
# Broken inside the cloud: whether the call took effect is unknown.
UNKNOWN_OUTCOME_CODES = frozenset({"InternalError", "FailedOperation.RequestTimedOut"})


def error_kind(action: str, code: str) -> ErrorKind | None:
    for row in CODE_TABLE:
        if row.code == code and (not row.actions or action in row.actions):
            return row.kind
    return None


def is_kind(error: CloudRejected, kind: ErrorKind) -> bool:
    return error_kind(error.action, error.code) is kind


def is_class_over(error: CloudRejected) -> bool:
    return error_kind(error.action, error.code) in CLASS_IS_OVER


def refuses_a_value(error: CloudRejected) -> bool:
    """Tell whether the cloud refuses something that was sent, so that less of it may be taken."""
    is_about_value = error.code.partition(".")[0] in VALUE_CODES
    return is_about_value or is_kind(error, ErrorKind.BOOKED_TOO_LONG)


def refuses_everybody(error: Exception) -> bool:
    """Tell whether it is the platform that the cloud refuses, whatever it is asked about."""
    return isinstance(error, CloudRejected) and error.code.startswith(REFUSES_EVERYBODY)
