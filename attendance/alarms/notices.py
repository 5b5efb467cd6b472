"""The notices of alarms: to those on duty, and to all staff once nobody has answered."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.notice_kinds import NoticeWords
from attendance.enums import AlarmKind
from edu_platform.lib.formatting import listed
from schedule.history.words import period_text

ALARM_NOTICE = "attendance.alarm"
UNANSWERED_NOTICE = "attendance.alarm_unanswered"
ALARM_NOTICES = (ALARM_NOTICE, UNANSWERED_NOTICE)


def alarm_sentence(arguments: Mapping[str, object]) -> str:
    """Return in one sentence which class an alarm is of, and what is wrong."""
    class_groups: Iterable[object] = arguments["class_groups"]  # type: ignore[assignment] # as `telling` keeps them
    starts_at, ends_at = (
        dt.datetime.fromisoformat(str(arguments[name])) for name in ("starts_at", "ends_at")
    )
    words = {
        "course": arguments["course"],
        "class_groups": listed(class_groups),
        "period": period_text(starts_at, ends_at),
        "alarm": AlarmKind(str(arguments["alarm"])).label,
    }
    return _("%(course)s (%(class_groups)s), %(period)s: %(alarm)s.") % words


def _in_words(arguments: Mapping[str, object]) -> Mapping[str, object]:
    return {**arguments, "text": alarm_sentence(arguments)}


_WAY = gettext_lazy("To the class")
ALARM_WORDS = NoticeWords("%(text)s", _WAY, _in_words)
UNANSWERED_WORDS = NoticeWords(
    gettext_lazy("For %(minutes)s minutes nobody has taken this alarm. %(text)s"), _WAY, _in_words
)
