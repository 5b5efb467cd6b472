"""Keep somebody from being erased while they are inside a class, as far as the cloud has said."""

from __future__ import annotations

from collections.abc import Iterator

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.hooks import ErasureRefusal
from accounts.models import ClassroomIdentity, User
from attendance.models import RoomPresence
from attendance.presence.reading import presence_in
from schedule.enums import CloudStatus


def rooms_with(person: User) -> Iterator[ErasureRefusal]:
    """Refuse to erase who is inside a room of a class that runs; two queries."""
    identities = ClassroomIdentity.objects.filter(user=person).exclude(classroom_user_id="")
    user_ids = set(identities.values_list("classroom_user_id", flat=True))
    running = RoomPresence.objects.filter(over_at=None, room__cloud_status=CloudStatus.RUNNING)
    for row in running.select_related("room__lesson") if user_ids else ():
        if any(member.user_id in user_ids for member in presence_in(row).members):
            lesson = row.room.lesson
            yield ErasureRefusal(
                _("They are in a class at this moment: wait until it is over."),
                "" if lesson is None else reverse("schedule:lesson", args=[lesson.code]),
                _("To the lesson"),
            )
