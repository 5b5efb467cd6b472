"""The only door from a secret address, or a teacher's request, to a guest."""

from __future__ import annotations

import datetime as dt

from django.http import Http404

from accounts.permissions import Action, Relation, may
from edu_platform.lib.statements import Statement
from edu_platform.lib.text import storable_text
from schedule.guests.door import is_over
from schedule.models import Guest, Lesson, digest_of


def find_guest(token: str, *, at: dt.datetime) -> Guest:
    """Return the guest of this address, with the lesson, its course and its teacher; one query.

    Raises:
        Http404: there is none, they were sent away, or the lesson is over.
    """
    guest = _INVITED.first(digest=digest_of(token))
    if guest is None or not may(Action.ENTER_AS_GUEST, {Relation.GUEST}):
        raise Http404
    if guest.lesson.is_draft or is_over(guest.lesson, at):
        raise Http404
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
