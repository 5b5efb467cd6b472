"""Forgetting the names of guests: when they are old enough, or sooner because a guest asks for it.

That somebody was there stays, without a name.
"""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.db.models import Q

from accounts.enums import AuditKind
from accounts.models import User
from accounts.services import audit
from accounts.services.discarded_identities import discard
from edu_platform.lib.batches import ROWS_A_STATEMENT
from schedule.guests.door import is_over, opens_at
from schedule.models import Guest

HAS_NAME = ~Q(name="") | ~Q(sent_nickname="")


class ClassGoesOn(Exception):
    """The guest came into the class, which goes on: it sees them under their name until they leave."""


def forget_old_names(at: dt.datetime, length: dt.timedelta) -> int:
    """Empty the names of guests of lessons that ended longer ago, in portions, and return of how many guests."""
    old = Guest.objects.filter(HAS_NAME, lesson__ends_at__lt=at - length).order_by("pk")
    forgotten = 0
    while keys := list(old.values_list("pk", flat=True)[:ROWS_A_STATEMENT]):
        forgotten += Guest.objects.filter(pk__in=keys).update(name="", sent_nickname="")
    return forgotten


@transaction.atomic
def forget_guest(guest: Guest, *, by: User, at: dt.datetime) -> bool:
    """Empty the name of a guest and end their address, and return whether that is new.

    The cloud is told afterwards, by a worker.

    Raises:
        ClassGoesOn: they may be inside.
        Guest.DoesNotExist: their lesson was deleted meanwhile.
    """
    rows = Guest.objects.select_for_update(of=("self",), no_key=True).select_related("lesson")
    guest = rows.get(pk=guest.pk)
    if guest.is_forgotten:
        return False
    if may_be_inside(guest, at):
        raise ClassGoesOn
    if guest.is_invited:
        guest.ended_at, guest.ended_by = at, by
    if guest.sdk_app_id is not None and guest.discarded_at is None:
        discard([guest])
        guest.discarded_at = at
    guest.name = guest.sent_nickname = ""
    guest.save(update_fields=["name", "sent_nickname", "ended_at", "ended_by", "discarded_at"])
    audit.record_row(
        AuditKind.GUEST_ENDED, guest, by=by, changes=[{"changed": {"fields": ["name"]}}]
    )
    return True


def may_be_inside(guest: Guest, at: dt.datetime) -> bool:
    """Return whether a guest has come into the class, which is open to guests still."""
    lesson = guest.lesson
    is_open = lesson.is_published and opens_at(lesson) <= at and not is_over(lesson, at)
    return guest.entered_at is not None and is_open
