"""Notices of a child that their family reads as well: what they say, without the page behind a sign-in to which they lead."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from accounts.models import Notice, SchoolSettings, User
from accounts.notice_kinds import sentence_of
from edu_platform.lib.statements import Statement
from schedule.consents.reminders import CONSENT_ASKED_NOTICE
from schedule.hooks import Panel
from schedule.models import FamilyLink

# No others: what is about the account is the child's alone. Changes of lessons stand on the page in any case. Kinds of
# higher apps go by their names.
FAMILY_KINDS = (CONSENT_ASKED_NOTICE, "replays.ready")
# Where the school shows families the attendance.
ATTENDANCE_KINDS = ("attendance.corrected",)
SHOWN_FOR = dt.timedelta(days=14)
NOTICES_AT_MOST = 10


@dataclass(frozen=True, slots=True)
class NoticeLine:
    at: dt.datetime
    text: str


def notices_section(
    child: User, _link: FamilyLink, _token: str, school: SchoolSettings, at: dt.datetime
) -> Panel | None:
    """Say what the child was told of late, where the school shows it to families; one query. Nothing: no section."""
    if not school.families_see_notices:
        return None
    kinds = [*FAMILY_KINDS, *(ATTENDANCE_KINDS if school.families_see_attendance else ())]
    notices = _LATELY.rows(user_id=child.pk, kinds=kinds, since=at - SHOWN_FOR)
    lines = [
        NoticeLine(notice.created_at, sentence_of(notice.kind, notice.arguments))
        for notice in notices
    ]
    return Panel("schedule/families/_notices_section.html", {"lines": lines}) if lines else None


_LATELY = Statement(
    lambda user_id, kinds, since: Notice.objects.filter(
        user_id=user_id, kind__in=kinds, created_at__gt=since
    ).order_by("-created_at", "-pk")[:NOTICES_AT_MOST]
)
