"""Hooks of the replays into the apps below, registered once when this app starts."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from accounts.notice_kinds import NoticeWords, register_notice
from classroom.hooks import RoomEvent, room_handlers
from classroom.selectors import first_received
from replays.models import Replay
from replays.panels import lesson_replay_panel
from replays.services.history import note_new_callbacks
from replays.services.notifications import (
    FAILED_NOTICE,
    LATE_NOTICE,
    MANY_LATE_NOTICE,
    MANY_READY_NOTICE,
    READY_NOTICE,
)
from replays.services.planning import follow_lessons, follow_rooms
from replays.services.refresh import RoomAnswer, fetch_answer
from replays.services.retention import (
    EXPIRIES_NOTICE,
    EXPIRY_NOTICE,
    OTHERS_EXPIRIES_NOTICE,
)
from schedule.hooks import lesson_listeners, panel_makers, room_listeners


@dataclass(frozen=True, slots=True)
class ReplayRefreshed:
    """The answer, and which callbacks it follows from."""

    answer: RoomAnswer
    event: RoomEvent

    def apply(self) -> None:
        self.answer.apply()
        event = self.event
        replay = Replay.objects.filter(room__room_id=event.room_id).first()
        if replay is not None:
            told_at = first_received(event.room_id, event.event_types)
            note_new_callbacks(replay, told_at, source=event.snapshot.source)


def refresh_replay(event: RoomEvent) -> ReplayRefreshed:
    """Fetch the files of the room; the timetable's own handler has gone before."""
    return ReplayRefreshed(fetch_answer(event), event)


# After the timetable, whose rows are locked first; before courseware, whose panel comes below.
ORDER = 20


def register() -> None:
    room_handlers.register(refresh_replay, order=ORDER)
    lesson_listeners.register(follow_lessons, order=ORDER)
    room_listeners.register(follow_rooms, order=ORDER)
    panel_makers.register(lesson_replay_panel, order=ORDER)
    for kind, words in NOTICES.items():
        register_notice(kind, words)


NOTICES = {
    LATE_NOTICE: NoticeWords(
        sentence=_(
            "The replay of “%(lesson)s” on %(moment)s (%(teacher)s) is late. Its page says what is known, and what can be done."
        ),
        way=_("To the replay"),
    ),
    FAILED_NOTICE: NoticeWords(
        sentence=_(
            "There is no replay of “%(lesson)s” on %(moment)s (%(teacher)s). Its page says why, and what can be done."
        ),
        way=_("To the replay"),
    ),
    READY_NOTICE: NoticeWords(
        sentence=_("The replay of “%(lesson)s” on %(moment)s (%(teacher)s) is ready."),
        way=_("To the replay"),
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
            "The replay of “%(lesson)s” on %(moment)s goes to the trash on %(day)s, when its time is over. Download it before then if you need it, or ask the school's office for a longer time."
        ),
        way=_("To the replay"),
    ),
    EXPIRIES_NOTICE: NoticeWords(
        sentence=_(
            "%(count)s replays of your lessons go to the trash on %(day)s, when their time is over. Download what you need before then, or ask the school's office for a longer time."
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
