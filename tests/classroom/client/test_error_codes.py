from __future__ import annotations

import pytest

from classroom.client.error_codes import (
    CODE_TABLE,
    UNKNOWN_OUTCOME_CODES,
    ErrorKind,
    error_kind,
    is_kind,
)
from classroom.client.errors import CloudRejected


@pytest.mark.parametrize(
    ("action", "code", "meaning"),
    [
        ("DescribeRoom", "ResourceNotFound.Room", ErrorKind.ROOM_GONE),
        ("CreateRoom", "ResourceNotFound.User", ErrorKind.USER_GONE),
        ("RegisterUser", "FailedOperation.OriginIdExists", ErrorKind.ORIGIN_TAKEN),
        ("BatchRegister", "FailedOperation.OriginIdExists", ErrorKind.ORIGIN_TAKEN),
        ("DeleteUser", "FailedOperation.UserIsAlreadyInGroup", ErrorKind.IN_GROUP),
        ("DeleteGroupMember", "ResourceNotFound.GroupNotExist", ErrorKind.GROUP_GONE),
        (
            "DeleteGroupMember",
            "ResourceNotFound.GroupPartUsersNotExist",
            ErrorKind.NOT_IN_GROUP,
        ),
        ("ModifyRoom", "FailedOperation.ClassStarted", ErrorKind.CLASS_STARTED),
        ("EndRoom", "FailedOperation.ClassEnded", ErrorKind.CLASS_ENDED),
        ("EndRoom", "FailedOperation.ClassExpired", ErrorKind.CLASS_EXPIRED),
        ("RegisterUser", "InvalidParameter.Content", ErrorKind.WORDS_REFUSED),
        ("RegisterUser", "InvalidParameter", ErrorKind.VALUE_REFUSED),
        ("CreateRoom", "InvalidParameter.StartTime", ErrorKind.START_IN_PAST),
        ("CreateRoom", "RequestLimitExceeded", ErrorKind.TRY_LATER),
        ("CreateRoom", "RequestLimitExceeded.UinLimitExceeded", ErrorKind.TRY_LATER),
        ("DeleteDocument", "ResourceNotFound.Document", ErrorKind.DOCUMENT_GONE),
        ("BindDocumentToRoom", "LimitExceeded.ClassDocumentLimit", ErrorKind.TOO_MANY_DOCUMENTS),
        ("CreateRoom", "ResourceInsufficient.Record", ErrorKind.STORAGE_FULL),
        ("CreateRoom", "ResourceInsufficient.Room", None),
        (
            "DescribeRoomStatistics",
            "ResourceUnavailable.RoomStatistics",
            ErrorKind.STATISTICS_NOT_READY,
        ),
        ("DescribeRoomStatistics", "ResourceUnavailable", ErrorKind.TRY_LATER),
        ("DescribeRoomStatistics", "FailedOperation.RoomNotEnd", ErrorKind.CLASS_GOES_ON),
        ("GetPlaybackToken", "ResourceNotFound", ErrorKind.ROOM_GONE),
        ("DescribeRoom", "ResourceNotFound", None),
        ("CreateRoom", "AuthFailure", None),
        ("CreateRoom", "resourcenotfound.room", None),
        ("CreateRoom", "", None),
    ],
)
def test_code_has_its_meaning(action: str, code: str, meaning: ErrorKind | None):
    assert error_kind(action, code) is meaning


def test_error_has_the_meaning_of_its_code_and_no_other():
    error = CloudRejected("EndRoom", "FailedOperation.ClassEnded", "over")

    assert [meaning for meaning in ErrorKind if is_kind(error, meaning)] == [ErrorKind.CLASS_ENDED]


def test_each_code_stands_once_and_has_either_a_meaning_or_an_unknown_outcome():
    codes = [row.code for row in CODE_TABLE]

    assert len(codes) == len(set(codes))
    assert UNKNOWN_OUTCOME_CODES.isdisjoint(codes)


def test_each_meaning_has_a_code():
    assert {row.kind for row in CODE_TABLE} == set(ErrorKind)
