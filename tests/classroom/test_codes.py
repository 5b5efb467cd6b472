from __future__ import annotations

import pytest

from classroom.client.codes import CODE_TABLE, UNKNOWN_OUTCOME_CODES, Meaning, meaning_of, means
from classroom.client.errors import CloudRejected


@pytest.mark.parametrize(
    ("action", "code", "meaning"),
    [
        ("DescribeRoom", "ResourceNotFound.Room", Meaning.ROOM_GONE),
        ("CreateRoom", "ResourceNotFound.User", Meaning.USER_GONE),
        ("RegisterUser", "FailedOperation.OriginIdExists", Meaning.ORIGIN_TAKEN),
        ("BatchRegister", "FailedOperation.OriginIdExists", None),
        ("ModifyRoom", "FailedOperation.ClassStarted", Meaning.CLASS_STARTED),
        ("EndRoom", "FailedOperation.ClassEnded", Meaning.CLASS_ENDED),
        ("EndRoom", "FailedOperation.ClassExpired", Meaning.CLASS_EXPIRED),
        ("RegisterUser", "InvalidParameter.Content", Meaning.WORDS_REFUSED),
        ("RegisterUser", "InvalidParameter", Meaning.VALUE_REFUSED),
        ("CreateRoom", "InvalidParameter.StartTime", Meaning.START_IN_PAST),
        ("CreateRoom", "RequestLimitExceeded", Meaning.TRY_LATER),
        ("CreateRoom", "RequestLimitExceeded.UinLimitExceeded", Meaning.TRY_LATER),
        ("DeleteDocument", "ResourceNotFound.Document", Meaning.DOCUMENT_GONE),
        ("BindDocumentToRoom", "LimitExceeded.ClassDocumentLimit", Meaning.TOO_MANY_DOCUMENTS),
        ("CreateRoom", "ResourceInsufficient.Record", Meaning.STORAGE_FULL),
        ("CreateRoom", "ResourceInsufficient.Room", None),
        ("GetPlaybackToken", "ResourceNotFound", Meaning.ROOM_GONE),
        ("DescribeRoom", "ResourceNotFound", None),
        ("CreateRoom", "AuthFailure", None),
        ("CreateRoom", "resourcenotfound.room", None),
        ("CreateRoom", "", None),
    ],
)
def test_code_has_its_meaning(action: str, code: str, meaning: Meaning | None):
    assert meaning_of(action, code) is meaning


def test_error_has_the_meaning_of_its_code_and_no_other():
    error = CloudRejected("EndRoom", "FailedOperation.ClassEnded", "over")

    assert [meaning for meaning in Meaning if means(error, meaning)] == [Meaning.CLASS_ENDED]


def test_each_code_stands_once_and_has_either_a_meaning_or_an_unknown_outcome():
    codes = [row.code for row in CODE_TABLE]

    assert len(codes) == len(set(codes))
    assert UNKNOWN_OUTCOME_CODES.isdisjoint(codes)


def test_each_meaning_has_a_code():
    assert {row.meaning for row in CODE_TABLE} == set(Meaning)
