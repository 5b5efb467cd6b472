"""Guests of a lesson: invited, and sent away."""

from __future__ import annotations

import datetime as dt
from enum import Enum, auto

from django.db import transaction

from accounts.enums import AuditKind
from accounts.models import User
from accounts.services import audit
from edu_platform.lib.secret_tokens import digest_of, make_secret_token
from schedule.guests.door import is_over
from schedule.lessons.locks import lock_lessons
from schedule.models import Guest, Lesson

# Those who were sent away do not count: the cloud's rooms have few seats beside those of the class.
GUESTS_AT_MOST = 10


class NoGuests(Enum):
    """The reason for which a lesson takes no guest."""

    DRAFT = auto()
    CANCELLED = auto()
    OVER = auto()
    FULL = auto()


class GuestRefused(Exception):
    """The lesson takes no guest, for this reason."""

    def __init__(self, reason: NoGuests) -> None:
        super().__init__(reason.name)
        self.reason = reason


def why_no_guests(lesson: Lesson, guest_count: int, at: dt.datetime) -> NoGuests | None:
    """Return why the lesson, which has so many guests, takes no further one; None: it takes one."""
    if lesson.is_draft:
        return NoGuests.DRAFT
    if lesson.is_cancelled:
        return NoGuests.CANCELLED
    if is_over(lesson, at):
        return NoGuests.OVER
    return NoGuests.FULL if guest_count >= GUESTS_AT_MOST else None


@transaction.atomic
def invite_guest(lesson: Lesson, name: str, *, by: User, at: dt.datetime) -> tuple[Guest, str]:
    """Invite somebody, and return them with their token, which is not stored and cannot be shown again.

    Raises:
        GuestRefused: the lesson takes none.
        Lesson.DoesNotExist: it was deleted meanwhile.
    """
    # Two who invite at once go one after the other, and no cancellation comes between.
    lock_lessons([lesson])
    current = Lesson.objects.get(pk=lesson.pk)
    guest_count = Guest.objects.invited().filter(lesson=current).count()
    if reason := why_no_guests(current, guest_count, at):
        raise GuestRefused(reason)
    token = make_secret_token()
    guest = Guest.objects.create(
        lesson=current, name=name, token_digest=digest_of(token), invited_by=by, invited_at=at
    )
    audit.record_row(AuditKind.GUEST_INVITED, guest, by=by)
    return guest, token


@transaction.atomic
def end_guest(guest: Guest, *, by: User, at: dt.datetime) -> bool:
    """Send a guest away, whose address no longer works then, and return whether it still worked."""
    invited = Guest.objects.invited().filter(pk=guest.pk)
    if not invited.update(ended_at=at, ended_by=by):
        return False
    audit.record_row(AuditKind.GUEST_ENDED, guest, by=by)
    return True
