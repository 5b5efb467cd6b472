"""Guests at the door of a class: they stand in the queue as students do."""

from __future__ import annotations

import datetime as dt
import logging
from dataclasses import dataclass

from django.db import DatabaseError
from django.db.models import Value
from django.db.models.functions import Coalesce

from accounts.permissions import Relation
from schedule.guests.door import check_guests_door
from schedule.guests.registration import GuestGone, ensure_known, register_again
from schedule.models import Guest, Lesson

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class EnteringGuest:
    guest: Guest

    @property
    def key(self) -> str:
        return f"guest-{self.guest.pk}"

    @property
    def relation(self) -> Relation:
        return Relation.GUEST

    def check_door(self, lesson: Lesson, at: dt.datetime) -> None:
        check_guests_door(lesson, at)

    def register(self) -> Guest:
        return ensure_known(self.guest)

    def register_again(self, identity: Guest) -> Guest:
        return register_again(identity)

    def note_entry(self, _lesson: Lesson, at: dt.datetime) -> None:
        """Note when the guest first came in; a busy database must not keep anybody out of class.

        Raises:
            GuestGone: they were sent away, or forgotten, while they stood at the door.
        """
        invited = Guest.objects.invited().filter(pk=self.guest.pk)
        try:
            is_invited = invited.update(entered_at=Coalesce("entered_at", Value(at))) > 0
        except DatabaseError as err:
            logger.warning("the entry of guest %s was not noted: %s", self.guest.code, err)
            return
        if not is_invited:
            raise GuestGone
