"""Guests on the page of a lesson, for those who invite them."""

from __future__ import annotations

from collections.abc import Collection

from django.utils import timezone

from accounts.models import User
from accounts.permissions import Action, Relation, may
from schedule.guests.reading import count_invited, guests_of
from schedule.guests.writing import why_no_guests
from schedule.hooks import Panel
from schedule.models import Lesson


def guests_panel(lesson: Lesson, relations: Collection[Relation], _viewer: User) -> Panel | None:
    """Return who was invited, with the buttons; nothing where nobody was, and nobody can be any more."""
    if lesson.is_draft or not may(Action.INVITE_GUEST, relations):
        return None
    guests = guests_of(lesson)
    may_invite = why_no_guests(lesson, count_invited(guests), timezone.now()) is None
    if not guests and not may_invite:
        return None
    content = {
        "guests": guests,
        "may_invite": may_invite,
        "may_forget": may(Action.FORGET_GUEST, relations),
    }
    return Panel("schedule/guests/_panel.html", content)
