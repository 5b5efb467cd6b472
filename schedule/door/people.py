"""People of the school at the door of a class."""

from __future__ import annotations

import datetime as dt
import logging
from dataclasses import dataclass

from django.db import DatabaseError

from accounts.models import ClassroomIdentity, SchoolSettings, User
from accounts.permissions import Relation
from accounts.services.profile_sync import ensure_supervisor
from accounts.services.registration import ensure_registered, register_again
from classroom.client.rate_limits import Priority
from schedule.door.entry import check_door
from schedule.models import LastEntry, Lesson

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class EnteringPerson:
    """A person of the school, with the relation by which they enter."""

    user: User
    relation: Relation

    @property
    def key(self) -> str:
        return str(self.user.pk)

    def check_door(self, lesson: Lesson, at: dt.datetime) -> None:
        check_door(lesson, self.relation, SchoolSettings.load(), at)

    def register(self) -> ClassroomIdentity:
        return self._listed(ensure_registered(self.user, Priority.INTERACTIVE))

    def register_again(self, identity: ClassroomIdentity) -> ClassroomIdentity:
        return self._listed(register_again(identity, Priority.INTERACTIVE))

    def note_entry(self, lesson: Lesson, at: dt.datetime) -> None:
        note_entry(self.user, lesson, at=at)

    def _listed(self, identity: ClassroomIdentity) -> ClassroomIdentity:
        """Put supervisors on the cloud's list, without which it lets them in as students."""
        if self.relation is Relation.SUPERVISOR:
            return ensure_supervisor(identity, Priority.INTERACTIVE)
        return identity


def note_entry(user: User, lesson: Lesson, *, at: dt.datetime) -> None:
    """Note which class the person goes into; a busy database must not keep anybody out of it."""
    entry = LastEntry(user=user, lesson=lesson, entered_at=at)
    try:
        LastEntry.objects.bulk_create(
            [entry],
            update_conflicts=True,
            unique_fields=["user"],
            update_fields=["lesson", "entered_at"],
        )
    except DatabaseError as err:
        logger.warning("the entry of person %s was not noted: %s", user.pk, err)
