"""What the cloud's codes say to people."""

from __future__ import annotations

import pytest

from courseware import reasons
from courseware.reasons import Reason, reason_of


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("FailedOperation.Arrears: overdue", reasons.ARREARS),
        ("LimitExceeded: 配额", reasons.QUOTA),
        ("LimitExceeded.Storage.Pool: full", reasons.STORAGE),
        ("ResourceInsufficient.Record: full", reasons.STORAGE),
        ("ResourceInsufficient.Room", reasons.QUOTA),
        ("InvalidParameter.Content: 敏感词", reasons.CONTENT),
        ("InvalidParameter.Name: x", reasons.MALFORMED),
        ("UnauthorizedOperation.Sub: x", reasons.NOT_ALLOWED),
        ("InternalError: x", reasons.BUSY),
        ("FileBroken: 文件已损坏", reasons.BROKEN),
        ("DownloadFailed: 404", reasons.NOT_FETCHED),
        ("FileEncrypted", reasons.ENCRYPTED),
    ],
)
def test_known_code(words: str, expected: Reason):
    assert reason_of(words) is expected


@pytest.mark.parametrize(
    "words",
    [
        "",
        "文件已损坏",
        "FileBrokenish: x",
        "FailedOperation: x",
        "see FileBroken: x",
        "LimitExceededBy 3",
        ": FileBroken",
    ],
)
def test_other_words_stand_for_themselves(words: str):
    assert reason_of(words) is None
