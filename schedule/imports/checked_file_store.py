"""Keeping a spreadsheet between its check and its import, so that people choose it once."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from accounts.models import User
from schedule.enums import ImportTopic
from schedule.models import FILE_NAME_CHARS, CheckedFile, CheckedRows


def keep_checked_file(
    user: User, topic: ImportTopic, *, code: str, name: str, content: bytes, at: dt.datetime
) -> CheckedFile:
    """Keep this file in place of the one that the person had checked before."""
    checked_file, _added = CheckedFile.objects.update_or_create(
        user=user,
        topic=topic,
        defaults={
            "code": code,
            "name": name[-FILE_NAME_CHARS:],
            "content": content,
            "checked_at": at,
        },
    )
    return checked_file


def keep_checked_rows(
    user: User, topic: ImportTopic, *, code: str, name: str, packed: bytes, at: dt.datetime
) -> CheckedRows:
    """Keep what the check found, under the code of its file, in place of what an earlier one did."""
    checked_rows, _added = CheckedRows.objects.update_or_create(
        user=user,
        topic=topic,
        defaults={
            "code": code,
            "name": name[-FILE_NAME_CHARS:],
            "packed": packed,
            "checked_at": at,
        },
    )
    return checked_rows


@transaction.atomic
def keep_longer(code: str, *, at: dt.datetime) -> None:
    """Keep a file for as long from now on as if it had been checked now: its import has begun."""
    CheckedFile.objects.filter(code=code).update(checked_at=at)
    CheckedRows.objects.filter(code=code).update(checked_at=at)


@transaction.atomic
def forget_checked_file(code: str) -> None:
    """Delete the file of this code after its import, unless another one was kept in its place meanwhile."""
    CheckedFile.objects.filter(code=code).delete()
    CheckedRows.objects.filter(code=code).delete()


@transaction.atomic
def forget_old_checked_files(at: dt.datetime, length: dt.timedelta) -> int:
    """Delete what nobody imported in time, and return how many files that were."""
    CheckedRows.objects.filter(checked_at__lte=at - length).delete()
    return CheckedFile.objects.filter(checked_at__lte=at - length).delete()[0]
