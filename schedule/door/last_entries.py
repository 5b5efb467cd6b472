from __future__ import annotations

import datetime as dt
import logging

from django.db import DatabaseError

from accounts.models import User
from schedule.models import LastEntry, Lesson

logger = logging.getLogger(__name__)


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
