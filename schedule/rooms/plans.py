"""The rooms that the cloud should hold: a lesson in its own words and numbers."""

from __future__ import annotations

from django.utils import timezone

from accounts.models import SchoolSettings
from classroom.client.rooms import NAME_MAX_CHARS, WHOLE_PAGE, RoomDetails, RoomPlan
from edu_platform.lib.versions import version_of
from schedule.enums import RecordMode, RoomType
from schedule.models import Lesson, Room

# The cloud's RoomType: 2 (1V1) is not open yet, so a one-to-one is a small class with one seat.
CLOUD_ROOM_TYPE = {
    RoomType.INTERACTIVE: 0,
    RoomType.LECTURE: 1,
    RoomType.ONE_TO_ONE: 0,
    RoomType.ROUND_TABLE: 3,
}
# The fields of a plan that ModifyRoom takes, and the columns of what the cloud was told of them last. The layout of
# the recording follows its mode, and the resolution the seats: they have no column, and go with these.
SENT_COLUMNS = {
    "name": "sent_name",
    "starts_at": "sent_starts_at",
    "ends_at": "sent_ends_at",
    "teacher_user_id": "sent_teacher_user_id",
    "assistant_user_ids": "sent_assistant_user_ids",
    "room_type": "sent_room_type",
    "max_mic_number": "sent_max_mic_number",
    "disable_record": "sent_record_mode",
}


def plan_room(
    lesson: Lesson,
    room: Room,
    *,
    teacher_user_id: str,
    assistant_user_ids: tuple[str, ...],
) -> RoomPlan:
    """Return what the cloud should hold for this lesson, after the school's settings."""
    school = SchoolSettings.load()
    room_type = RoomType(lesson.room_type)
    max_mics = _seats(room_type, school)
    is_standard_only = max_mics > SchoolSettings.HIGH_RESOLUTION_MAX_MICS
    standard = SchoolSettings.Resolution.STANDARD.value
    return RoomPlan(
        name=room_name(lesson, room),
        starts_at=lesson.starts_at,
        ends_at=lesson.ends_at,
        teacher_user_id=teacher_user_id,
        assistant_user_ids=assistant_user_ids,
        room_type=CLOUD_ROOM_TYPE[room_type],
        max_mic_number=max_mics,
        resolution=standard if is_standard_only else school.resolution,
        sub_type=school.sub_type,
        disable_record=_record_mode(lesson, room),
        record_layout=_record_layout(lesson, school),
        end_delay_min=school.end_delay_min,
    )


def _seats(room_type: RoomType, school: SchoolSettings) -> int:
    if room_type is RoomType.ONE_TO_ONE:
        return 1
    return school.lecture_mic_number if room_type is RoomType.LECTURE else school.max_mic_number


def _record_mode(lesson: Lesson, room: Room) -> int:
    if room.recording_refused and not room.must_ask_for_recording:
        return RecordMode.NONE
    if room.signalling_refused and lesson.record_mode == RecordMode.SIGNALLING:
        return RecordMode.AUTOMATIC
    return lesson.record_mode


def _record_layout(lesson: Lesson, school: SchoolSettings) -> int:
    """Return the layout of the recording; by hand the cloud records the whole page of the class alone."""
    return WHOLE_PAGE if lesson.record_mode == RecordMode.MANUAL else school.record_layout


def sent_columns(plan: RoomPlan) -> dict[str, object]:
    """The columns of a room that say what the cloud was told."""
    values = {column: getattr(plan, field) for field, column in SENT_COLUMNS.items()}
    return values | {"sent_assistant_user_ids": list(plan.assistant_user_ids)}


def described_columns(details: RoomDetails) -> dict[str, object]:
    """Return the same columns, with what the cloud says that it has."""
    values = {column: getattr(details, field) for field, column in SENT_COLUMNS.items()}
    return values | {"sent_assistant_user_ids": sorted(details.assistant_user_ids)}


def version_of_plan(lesson: Lesson) -> str:
    """Return the version of what a lesson says of its room; people count, not their ids in the cloud."""
    assistants = sorted(assistant.pk for assistant in lesson.assistants.all())
    return version_of(
        lesson.title,
        lesson.starts_at,
        lesson.ends_at,
        lesson.teacher_id,
        assistants,
        lesson.room_type,
        lesson.record_mode,
    )


def room_name(lesson: Lesson, room: Room) -> str:
    """The lesson's title, or plain words when the cloud refused exactly this title."""
    title = lesson.title[:NAME_MAX_CHARS]
    return fallback_name(lesson) if title == room.refused_name else title


def fallback_name(lesson: Lesson) -> str:
    """Course code and time: nothing that could be on a list of sensitive words."""
    local = timezone.localtime(lesson.starts_at)
    return f"{lesson.course.code} {local:%m%d-%H%M}"
