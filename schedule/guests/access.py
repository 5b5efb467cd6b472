"""The only door from a secret address, or a teacher's request, to a guest."""

from __future__ import annotations

import datetime as dt

from django.http import Http404

from accounts.permissions import Action, Relation, may
from edu_platform.lib.secret_tokens import digest_of, token_at_start
from edu_platform.lib.statements import Statement
from edu_platform.lib.text import storable_text
from schedule.guests.door import is_over
from schedule.models import Guest, Lesson


class NotToBeEntered(Http404):
    """The address is that of a guest, and their lesson is a draft, or over."""


class LessonOver(NotToBeEntered):
    """The planned end of the guest's lesson has passed."""

    def __init__(self, lesson: Lesson) -> None:
        super().__init__(lesson.code)
        self.lesson = lesson


def find_guest(token: str, *, at: dt.datetime) -> Guest:
    """Return the guest of this address, with the lesson, its course and its teacher; one query, none where it is cut.

    Raises:
        NotToBeEntered, LessonOver: there is one, whom it lets in nowhere.
        Http404: there is none, or they were sent away.
    """
    secret = token_at_start(token)
    guest = None if secret is None else _INVITED.first(digest=digest_of(secret))
    if guest is None or not may(Action.ENTER_AS_GUEST, {Relation.GUEST}):
        raise Http404
    if guest.lesson.is_draft:
        raise NotToBeEntered
    if is_over(guest.lesson, at):
        raise LessonOver(guest.lesson)
    return guest


def get_guest_of(lesson: Lesson, code: str) -> Guest:
    """Return the guest of this code.

    Raises:
        Http404: the lesson has none.
    """
    guest = Guest.objects.filter(lesson=lesson, code=storable_text(code)).first()
    if guest is None:
        raise Http404
    return guest


_INVITED = Statement(
    lambda digest: (
        Guest.objects.invited()
        .filter(token_digest=digest)
        .select_related("lesson__course", "lesson__teacher")
    )
)
