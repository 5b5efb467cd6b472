"""Hooks of courseware into the apps below, registered once when this app starts."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from accounts.hooks import erasing_steps, leaving_listeners, leaving_note_makers, place_makers
from accounts.notice_kinds import register_notice
from classroom.client.documents import DocumentDetails
from classroom.enums import Source
from classroom.hooks import DocumentEvent, NotOurs, document_handlers
from courseware.erasing import courseware_places, end_courseware
from courseware.models import Courseware
from courseware.not_in_order import stuck_not_in_order, unready_not_in_order
from courseware.notices import NOTICES
from courseware.panels import (
    PANEL_ORDER,
    course_courseware_panel,
    lesson_courseware_facts,
    lesson_courseware_panel,
    picture_address,
    picture_facts,
    unready_marks,
)
from courseware.services.course_binding import follow_lessons, follow_rooms
from courseware.services.documents import save_document
from courseware.services.leaving import courseware_note, hand_over
from schedule.hooks import (
    LessonPictures,
    course_panel_makers,
    fact_makers,
    lesson_listeners,
    lesson_pictures,
    mark_makers,
    panel_makers,
    room_listeners,
)
from schedule.school_day_hooks import not_in_order_makers

# After the timetable and the replays: rows are locked in this order.
ORDER = 30


def register() -> None:
    document_handlers.register(refresh_document, order=ORDER)
    lesson_listeners.register(follow_lessons, order=ORDER)
    room_listeners.register(follow_rooms, order=ORDER)
    panel_makers.register(lesson_courseware_panel, order=PANEL_ORDER)
    course_panel_makers.register(course_courseware_panel, order=PANEL_ORDER)
    mark_makers.register(unready_marks, order=ORDER)
    not_in_order_makers.register(unready_not_in_order, order=ORDER)
    not_in_order_makers.register(stuck_not_in_order, order=ORDER + 1)
    fact_makers.register(lesson_courseware_facts, order=PANEL_ORDER)
    lesson_pictures.register(LessonPictures(picture_facts, picture_address), order=ORDER)
    erasing_steps.register(end_courseware, order=ORDER)
    place_makers.register(courseware_places, order=ORDER)
    leaving_listeners.register(hand_over, order=ORDER)
    leaving_note_makers.register(courseware_note, order=ORDER)
    for kind, words in NOTICES.items():
        register_notice(kind, words)


@dataclass(frozen=True, slots=True)
class DocumentSeen:
    courseware_pk: int
    document_id: str
    # None: the cloud has no such document.
    details: DocumentDetails | None
    asked_at: dt.datetime
    source: Source

    def apply(self) -> None:
        save_document(
            self.courseware_pk,
            self.details,
            document_id=self.document_id,
            asked_at=self.asked_at,
            source=self.source,
        )


def refresh_document(event: DocumentEvent) -> DocumentSeen:
    """Ask the cloud about a document of ours, never about others.

    Raises:
        NotOurs: no courseware has this document, or not yet: it is asked about soon anyway.
        CloudUnavailable, CloudRejected, CloudProtocolError: the cloud did not tell.
    """
    of_document = Courseware.objects.for_class().filter(document_id=event.document_id)
    courseware_pk = of_document.values_list("pk", flat=True).first()
    if courseware_pk is None:
        raise NotOurs
    seen = event.snapshot
    return DocumentSeen(courseware_pk, event.document_id, seen.details, seen.asked_at, seen.source)
