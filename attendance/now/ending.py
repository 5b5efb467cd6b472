"""Ending a class that runs over its end, from the office."""

from __future__ import annotations

import datetime as dt
import logging

from accounts.enums import AuditKind
from accounts.models import User
from accounts.services import audit
from attendance.now.running_rooms import is_first_click, running_room
from classroom.client.errors import CloudProtocolError, CloudUnavailable
from classroom.client.rate_limits import Priority
from classroom.client.rooms import end_room
from schedule.models import Lesson
from schedule.rooms.polling import poll_for_person

logger = logging.getLogger(__name__)


# What the audit log says of an end that the cloud has not answered.
NOT_KNOWN = "(?)"


class StillInTime(Exception):
    """The planned end of the class is still to come: only its teacher ends it before."""


def end_class(lesson: Lesson, *, by: User, at: dt.datetime) -> bool:
    """End the class; return whether it was this click that did. Never to be called inside a transaction.

    A class that has ended meanwhile is an answer, and no failure.

    Raises:
        NotRunning: no class of the lesson is held.
        StillInTime: its planned end is still to come.
        CloudUnavailable: where its outcome is not known, the class may have ended.
        CloudRejected, CloudProtocolError: as the client says it.
    """
    room = running_room(lesson)
    if at < lesson.ends_at:
        raise StillInTime
    try:
        end_room(room.number, Priority.INTERACTIVE)
    except (CloudUnavailable, CloudProtocolError) as err:
        if not isinstance(err, CloudUnavailable) or not err.outcome_is_known:
            # It may have ended, and nobody has to try again to learn it.
            audit.record_row(AuditKind.CLASS_ENDED, lesson, by=by, changes=NOT_KNOWN)
        raise
    poll_for_person(room)
    if not is_first_click(room, "end"):
        return False
    audit.record_row(AuditKind.CLASS_ENDED, lesson, by=by)
    logger.info("class %s of lesson %s was ended by the office", room.room_id, lesson.pk)
    return True
