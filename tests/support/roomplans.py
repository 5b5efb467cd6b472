"""Rooms of the cloud as its client is asked for them."""

from __future__ import annotations

import datetime as dt

from django.utils import timezone

from classroom.client.rooms import RoomPlan


def plan_of(teacher_user_id: str, *assistant_user_ids: str, name: str = "语文课") -> RoomPlan:
    """A class from in ten minutes on, for an hour, on whole seconds."""
    starts_at = timezone.now().replace(microsecond=0) + dt.timedelta(minutes=10)
    return RoomPlan(
        name=name,
        starts_at=starts_at,
        ends_at=starts_at + dt.timedelta(hours=1),
        teacher_user_id=teacher_user_id,
        assistant_user_ids=assistant_user_ids,
        room_type=0,
        max_mic_number=6,
        resolution=1,
        sub_type="videodoc",
        disable_record=0,
        record_layout=0,
        end_delay_min=30,
    )
