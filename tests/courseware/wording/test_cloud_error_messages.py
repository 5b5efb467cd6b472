"""The meaning of the cloud's codes, as people read it."""

from __future__ import annotations

import pytest

from courseware.wording import cloud_error_messages
from courseware.wording.cloud_error_messages import Reason, reason_of


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("FailedOperation.Arrears: overdue", cloud_error_messages.ARREARS),
        ("LimitExceeded: 配额", cloud_error_messages.QUOTA),
        ("LimitExceeded.Storage.Pool: full", cloud_error_messages.STORAGE),
        ("ResourceInsufficient.Record: full", cloud_error_messages.STORAGE),
        ("ResourceInsufficient.Room", cloud_error_messages.QUOTA),
        ("InvalidParameter.Content: 敏感词", cloud_error_messages.CONTENT),
        ("InvalidParameter.Name: x", cloud_error_messages.MALFORMED),
        ("UnauthorizedOperation.Sub: x", cloud_error_messages.NOT_ALLOWED),
        ("InternalError: x", cloud_error_messages.BUSY),
        ("FileBroken: 文件已损坏", cloud_error_messages.BROKEN),
        ("DownloadFailed: 404", cloud_error_messages.NOT_FETCHED),
        ("FileEncrypted", cloud_error_messages.ENCRYPTED),
        ("FormatNotSupported: wmf", cloud_error_messages.FORMAT),
        ("ConverterMissing: 没有安装", cloud_error_messages.CONVERTER),
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
