"""Messages of the office that everybody in a class reads."""

from __future__ import annotations

from accounts.enums import AuditKind
from accounts.models import User
from accounts.services import audit
from attendance.now.running_rooms import (
    NotRunning,
    NotRunningReason,
    forget_click,
    is_first_click,
    running_room,
)
from classroom.client.error_codes import ErrorKind, is_class_over, is_kind
from classroom.client.errors import CloudError, CloudRejected, CloudUnavailable
from classroom.client.messages import send_to_class
from classroom.client.rate_limits import Priority
from schedule.models import Lesson, Room
from schedule.rooms.polling import poll_for_person

MESSAGE_CHARS = 200


class SentAlready(Exception):
    """The same person sent the same words into this class a moment ago."""


class WordsRefused(Exception):
    """The cloud lets nobody say some of these words."""


def say_into_class(lesson: Lesson, text: str, *, by: User) -> None:
    """Show a text to everybody who is in the class. Never to be called inside a transaction.

    Raises:
        NotRunning: no class of the lesson is held.
        SentAlready: this is a second click.
        WordsRefused: the text holds words that are not allowed.
        CloudUnavailable: where its outcome is not known, the text may have been shown.
        CloudRejected, CloudProtocolError: as the client says it.
    """
    room = running_room(lesson)
    click = (room, "message", by.pk, text)
    if not is_first_click(*click):
        raise SentAlready
    try:
        send_to_class(room.number, text, Priority.INTERACTIVE)
    except CloudError as err:
        # Its sender reads that it may not have been shown, and may send it again.
        forget_click(*click)
        if isinstance(err, CloudRejected):
            _explain(err, room)
        elif not isinstance(err, CloudUnavailable) or not err.outcome_is_known:
            _note(lesson, text, by, is_shown=False)
        raise
    _note(lesson, text, by, is_shown=True)


def _explain(err: CloudRejected, room: Room) -> None:
    """Say in words of the office what the cloud refused, where there are some."""
    if is_kind(err, ErrorKind.WORDS_REFUSED):
        raise WordsRefused from err
    if is_class_over(err):
        poll_for_person(room)
        raise NotRunning(NotRunningReason.OVER) from err


def _note(lesson: Lesson, text: str, by: User, *, is_shown: bool) -> None:
    # What people type is no list of changes, whatever it looks like.
    details = {"id": lesson.pk, "text": text if is_shown else f"{text} (?)"}
    audit.record(AuditKind.CLASS_MESSAGED, by=by, object_text=str(lesson), details=details)
