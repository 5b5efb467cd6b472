"""Notices of a child that their family reads as well: what they say, without the page behind a sign-in to which they lead."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from accounts.models import Notice, SchoolSettings, User
from edu_platform.lib.statements import Statement
from schedule.changes.notices import NOTICE_KINDS
from schedule.consents.reminders import CONSENT_ASKED_NOTICE
from schedule.families.mailing.news import sentences_of
from schedule.history.telling_rules import POINTED_OUT_FOR

# Notices about the account are the child's alone, and those of changed lessons stand on the page in any case. Kinds of
# higher apps go by their names, since nothing here may import them.
FAMILY_KINDS = (CONSENT_ASKED_NOTICE, "replays.ready")
# Families read these only where the school shows them the attendance.
ATTENDANCE_KINDS = ("attendance.corrected",)
SHOWN_FOR = dt.timedelta(days=14)
# Earlier changes are left out: the week itself says what holds now.
CHANGES_AT_MOST = 10
NOTICES_AT_MOST = 10


@dataclass(frozen=True, slots=True)
class NoticeLine:
    at: dt.datetime
    sentences: Sequence[str]


@dataclass(frozen=True, slots=True)
class ChildNotices:
    """Holds what a child was told of late, newest first: changes of the timetable, and what else families read."""

    changes: list[NoticeLine]
    others: list[NoticeLine]


def notices_of_late(child: User, school: SchoolSettings, *, at: dt.datetime) -> ChildNotices:
    """Return the notices of a child that the school shows to its family; one query. Reading leaves them unread."""
    kinds = [*NOTICE_KINDS, *_shown_kinds(school)]
    notices = _LATELY.rows(user_id=child.pk, kinds=kinds, since=at - SHOWN_FOR)
    others = [notice for notice in notices if notice.kind not in NOTICE_KINDS]
    # A change is listed for as long as the timetable points it out.
    changes = [
        notice
        for notice in notices
        if notice.kind in NOTICE_KINDS and notice.created_at > at - POINTED_OUT_FOR
    ]
    return ChildNotices(_lines(changes[:CHANGES_AT_MOST]), _lines(others[:NOTICES_AT_MOST]))


def _lines(notices: Sequence[Notice]) -> list[NoticeLine]:
    return [NoticeLine(notice.created_at, sentences_of(notice)) for notice in notices]


def _shown_kinds(school: SchoolSettings) -> Sequence[str]:
    if not school.families_see_notices:
        return ()
    return (*FAMILY_KINDS, *(ATTENDANCE_KINDS if school.families_see_attendance else ()))


_LATELY = Statement(
    lambda user_id, kinds, since: Notice.objects.filter(
        user_id=user_id, kind__in=kinds, created_at__gt=since
    ).order_by("-created_at", "-pk")
)
