"""Texts of the notices about replays, by kind."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from accounts.notice_kinds import NoticeWords
from replays.models.sessions import titled

LATE_NOTICE = "replays.late"
FAILED_NOTICE = "replays.failed"
READY_NOTICE = "replays.ready"
MANY_LATE_NOTICE = "replays.many_late"
MANY_READY_NOTICE = "replays.many_ready"
EXPIRY_NOTICE = "replays.expiry"
EXPIRIES_NOTICE = "replays.expiries"
# Staff get the warning for lessons whose teacher has left.
OTHERS_EXPIRIES_NOTICE = "replays.expiries_of_others"


def _with_sessions(arguments: Mapping[str, object]) -> Mapping[str, object]:
    """Say of which sessions a notice is, when the lesson was held in several."""
    sessions = str(arguments.get("sessions", "")).split()
    return {**arguments, "lesson": titled(str(arguments["lesson"]), sessions)}


NOTICES = {
    LATE_NOTICE: NoticeWords(
        sentence=_(
            "The replay of “%(lesson)s” on %(moment)s (%(teacher)s) is late. Its page says what is known, and what can be done."
        ),
        way=_("To the replay"),
        in_words=_with_sessions,
    ),
    FAILED_NOTICE: NoticeWords(
        sentence=_(
            "There is no replay of “%(lesson)s” on %(moment)s (%(teacher)s). Its page says why, and what can be done."
        ),
        way=_("To the replay"),
        in_words=_with_sessions,
    ),
    READY_NOTICE: NoticeWords(
        sentence=_("The replay of “%(lesson)s” on %(moment)s (%(teacher)s) is ready."),
        way=_("To the replay"),
        in_words=_with_sessions,
    ),
    MANY_LATE_NOTICE: NoticeWords(
        sentence=_(
            "%(count)s replays are late, or will not come. The page of late replays says what is known, and what can be done."
        ),
        way=_("To the late replays"),
    ),
    MANY_READY_NOTICE: NoticeWords(
        sentence=_("%(count)s replays that were late are ready."), way=_("To the replays")
    ),
    EXPIRY_NOTICE: NoticeWords(
        sentence=_(
            "The replay of “%(lesson)s” on %(moment)s goes to the trash on %(day)s, when its time is over. Download it before then if you need it, or ask the school's planners for a longer time."
        ),
        way=_("To the replay"),
        in_words=_with_sessions,
    ),
    EXPIRIES_NOTICE: NoticeWords(
        sentence=_(
            "%(count)s replays of your lessons go to the trash on %(day)s, when their time is over. Download what you need before then, or ask the school's planners for a longer time."
        ),
        way=_("To the replays"),
    ),
    OTHERS_EXPIRIES_NOTICE: NoticeWords(
        sentence=_(
            "%(count)s replays of lessons whose teacher has left go to the trash on %(day)s, when their time is over. Download what is needed before then, or choose a longer time for their class groups."
        ),
        way=_("To the replays"),
    ),
}
