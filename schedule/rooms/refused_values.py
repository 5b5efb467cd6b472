"""Refusals of a lesson's room by the cloud, as the page of the lesson says them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from edu_platform.lib.statements import Statement
from schedule.models import WITHOUT_SIGNALLING, Lesson, Room

# The seats go with the room type, and people are never left out.
LABELS = {
    "name": _("Title"),
    "starts_at": _("Time"),
    "ends_at": _("Time"),
    "room_type": _("Room type"),
    "disable_record": _("Recording"),
}


@dataclass(frozen=True, slots=True)
class RoomRefusals:
    left_out: tuple[str, ...]
    lacks_signalling: bool


def refusals_of(lesson: Lesson) -> RoomRefusals | None:
    """Return what the cloud refused of the lesson's current room; None without a room."""
    row = _REFUSALS.first(lesson_id=lesson.pk)
    if row is None:
        return None
    fields, lacks_signalling = row
    return RoomRefusals(labels_of(fields), lacks_signalling)


def labels_of(fields: Collection[str]) -> tuple[str, ...]:
    """Return what the fields of a room's plan are called, each name once, in the order of the page."""
    return tuple(dict.fromkeys(str(label) for field, label in LABELS.items() if field in fields))


_REFUSALS = Statement(
    lambda lesson_id: (
        Room.objects.current()
        .filter(lesson=lesson_id)
        .annotate(lacks_signalling=WITHOUT_SIGNALLING)
        .values_list("left_out_fields", "lacks_signalling")
    )
)
