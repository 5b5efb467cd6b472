"""Hooks of the replays into the apps below, registered once when this app starts."""

from __future__ import annotations

from dataclasses import dataclass

from accounts.hooks import leaving_listeners, leaving_note_makers, place_makers, struck_listeners
from accounts.notice_kinds import register_notice
from classroom.hooks import RoomEvent, room_handlers
from classroom.selectors import first_received
from replays.erasing import faces_panel, replay_places, titles_are_struck
from replays.export_work import EXPORT_REPLAYS
from replays.family_section import replays_section
from replays.models import Replay
from replays.not_in_order import deletions_not_in_order, late_figure, late_not_in_order
from replays.panels import (
    PANEL_ORDER,
    class_group_replays_link,
    lesson_replay_facts,
    lesson_replay_panel,
    past_replay_states,
)
from replays.services.history import note_new_callbacks
from replays.services.leaving import end_links, links_note
from replays.services.planning import follow_lessons, follow_rooms, let_go_of_lessons
from replays.services.refresh import RoomAnswer, fetch_answer
from replays.services.retention import keep_for_risen
from replays.services.watched import seconds_of_people
from replays.wording.notices import NOTICES
from schedule.class_group_hooks import class_group_link_makers, rise_listeners
from schedule.family_hooks import family_section_makers
from schedule.hooks import (
    deletion_listeners,
    erasure_panel_makers,
    fact_makers,
    lesson_listeners,
    linked_state_makers,
    panel_makers,
    room_listeners,
    watched_readers,
)
from schedule.school_day_hooks import day_figure_makers, not_in_order_makers
from schedule.work.kinds import register_work


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


# After the timetable, whose rows are locked first; before courseware.
ORDER = 20


def register() -> None:
    room_handlers.register(refresh_replay, order=ORDER)
    lesson_listeners.register(follow_lessons, order=ORDER)
    room_listeners.register(follow_rooms, order=ORDER)
    rise_listeners.register(keep_for_risen, order=ORDER)
    deletion_listeners.register(let_go_of_lessons, order=ORDER)
    panel_makers.register(lesson_replay_panel, order=PANEL_ORDER)
    class_group_link_makers.register(class_group_replays_link, order=ORDER)
    fact_makers.register(lesson_replay_facts, order=PANEL_ORDER)
    linked_state_makers.register(past_replay_states, order=ORDER)
    not_in_order_makers.register(late_not_in_order, order=ORDER)
    not_in_order_makers.register(deletions_not_in_order, order=ORDER + 1)
    day_figure_makers.register(late_figure, order=ORDER)
    watched_readers.register(seconds_of_people, order=ORDER)
    erasure_panel_makers.register(faces_panel, order=PANEL_ORDER)
    struck_listeners.register(titles_are_struck, order=ORDER)
    place_makers.register(replay_places, order=ORDER)
    leaving_listeners.register(end_links, order=ORDER)
    leaving_note_makers.register(links_note, order=ORDER)
    family_section_makers.register(replays_section, order=ORDER)
    register_work(EXPORT_REPLAYS)
    for kind, words in NOTICES.items():
        register_notice(kind, words)
