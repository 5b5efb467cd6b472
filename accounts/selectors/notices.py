"""The page of a person's notices, and of what they will be told of."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from accounts.hooks import UnderWay, under_way_makers
from accounts.models import Notice, User
from accounts.notice_kinds import sentence_of, words_of

NOTICES_SHOWN = 50


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """One notice in the reader's language."""

    code: str
    sentence: str
    way: str
    created_at: dt.datetime
    is_read: bool


def latest_notices(user: User) -> list[NoticeRow]:
    """The person's notices, newest first."""
    notices = Notice.objects.filter(user=user).order_by("-created_at", "-pk")
    return [
        NoticeRow(
            code=notice.code,
            sentence=sentence_of(notice.kind, notice.arguments),
            way=str(words_of(notice.kind).way),
            created_at=notice.created_at,
            is_read=notice.is_read,
        )
        for notice in notices[:NOTICES_SHOWN]
    ]


def work_under_way(user: User) -> list[UnderWay]:
    """Return the long work that the person has asked for and that has not ended."""
    return [work for make in under_way_makers for work in make(user)]
