"""Say how long single stays, the sums by which the cloud knew people, and alarms are kept; what was counted stays."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from attendance.models import (
    Alarm,
    Correction,
    LessonAttendance,
    MemberRecord,
    PersonAttendance,
    RoomPresence,
    RoomStatistics,
    Stay,
)
from edu_platform.lib.keeping_times import KeptKind

# Unless the school chooses otherwise (`STAYS`, `ALARMS`).
STAYS_KEPT = dt.timedelta(days=180)
ALARMS_KEPT = dt.timedelta(days=180)
# Who is inside is forgotten with the class; a class that nobody ended is ended, and its room is forgotten, by then.
PRESENCES_KEPT = dt.timedelta(days=1)
ROOMS_AT_ONCE = 100
PORTIONS_A_RUN = 400
ALARMS_AT_ONCE = 1000


def forget_old_stays(at: dt.datetime, length: dt.timedelta) -> int:
    """Delete what is older; return of how many rooms.

    In small portions, each a transaction of its own, to hold locks briefly.
    """
    old = RoomStatistics.objects.filter(ended_at__lt=at - length, forgotten_at=None)
    forgotten = 0
    for _portion in range(PORTIONS_A_RUN):
        keys = list(old.order_by("pk").values_list("pk", flat=True)[:ROOMS_AT_ONCE])
        if not keys:
            break
        _forget(keys, at)
        forgotten += len(keys)
    return forgotten


@transaction.atomic
def _forget(keys: Collection[int], at: dt.datetime) -> None:
    RoomStatistics.objects.filter(pk__in=keys).update_in_order(forgotten_at=at)
    Stay.objects.filter(statistics__in=keys).delete()
    MemberRecord.objects.filter(statistics__in=keys).delete()


def forget_old_alarms(at: dt.datetime, length: dt.timedelta) -> int:
    """Delete alarms that were raised longer ago, in portions, and return how many."""
    old = Alarm.objects.filter(raised_at__lt=at - length)
    forgotten = 0
    while keys := list(old.order_by("pk").values_list("pk", flat=True)[:ALARMS_AT_ONCE]):
        forgotten += Alarm.objects.filter(pk__in=keys).delete()[0]
    return forgotten


ATTENDANCE = KeptKind(
    code="attendance",
    name=_("Attendance: who was in class, late or absent"),
    purpose=_("Class teachers, parents and inspections ask for it over whole terms."),
    default=None,
    reason=_("It belongs to its lessons; sums of a term or a year follow from it."),
    models=(LessonAttendance, PersonAttendance, Correction),
)
STAYS = KeptKind(
    code="stays",
    name=_("Single stays in classes, and what the cloud says of its members"),
    purpose=_("They say when somebody came and left, and attendance is counted from them."),
    default=STAYS_KEPT,
    # Corrected for a week; what the cloud tells late comes within days.
    shortest=dt.timedelta(days=31),
    reason=_("Attendance of a lesson is counted anew from them, and people ask about it."),
    forget=forget_old_stays,
    models=(Stay, MemberRecord),
)
ALARMS = KeptKind(
    code="alarms",
    name=_("Alarms of classes, with who took them"),
    purpose=_("The office sees what goes wrong with classes again and again."),
    default=ALARMS_KEPT,
    shortest=dt.timedelta(days=31),
    reason=_("The page of how classes start counts those of a month."),
    forget=forget_old_alarms,
    models=(Alarm,),
)
PRESENCES = KeptKind(
    code="presences",
    name=_("Who is inside a class that goes on"),
    purpose=_("The board of the classes of this hour shows it, and alarms follow from it."),
    default=PRESENCES_KEPT,
    reason=_("It is forgotten when the class is over."),
    models=(RoomPresence,),
)
KEPT_KINDS = (ATTENDANCE, STAYS, ALARMS, PRESENCES)
