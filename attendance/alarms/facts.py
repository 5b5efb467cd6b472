"""The facts from which alarms are judged, read for many lessons at once."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from itertools import chain

from django.db.models import Q

from accounts.models import SchoolSettings
from attendance.alarms.next_lessons import next_lessons
from attendance.alarms.rules import ClassFacts, PeopleFacts, RoomFacts
from attendance.enums import AlarmEnd, AlarmKind
from attendance.models import Alarm, LessonWatch
from attendance.presence.reading import Presence, presence_in
from classroom.client.clock_difference import by_our_clock
from edu_platform.lib.statements import Statement
from schedule.enums import CloudStatus, RecordMode
from schedule.lessons.begun import is_begun
from schedule.models import FAILS_IN_CLOUD, Lesson, ManualRecording, Room


def read_facts(lesson_ids: Collection[int], at: dt.datetime) -> dict[int, ClassFacts]:
    """Return the facts of these lessons; five queries for all, and three more where a class runs past its end."""
    keys = sorted(lesson_ids)
    window = SchoolSettings.load().teacher_window
    watches = {watch.pk: watch for watch in _WATCHES.rows(lesson_ids=keys)}
    rooms: defaultdict[int | None, list[Room]] = defaultdict(list)
    for room in _ROOMS.rows(lesson_ids=keys):
        rooms[room.lesson_id].append(room)
    current = {room.lesson_id: room for room in chain(*rooms.values()) if room.is_current}
    raised = _raised(keys)
    by_hand = _begun_by_hand([room.pk for room in current.values()])
    lessons = _LESSONS.rows(lesson_ids=keys)
    next_lesson_at = _next_lessons(lessons, current, at)
    return {
        lesson.pk: _facts(
            lesson,
            opens_at=lesson.starts_at - window,
            has_begun=any(map(is_begun, rooms[lesson.pk])),
            room=current.get(lesson.pk),
            by_hand=by_hand,
            next_lesson_at=next_lesson_at.get(lesson.pk),
            watch=watches.get(lesson.pk),
            raised=raised[lesson.pk],
        )
        for lesson in lessons
    }


def _facts(
    lesson: Lesson,
    *,
    opens_at: dt.datetime,
    has_begun: bool,
    room: Room | None,
    by_hand: Collection[int],
    next_lesson_at: dt.datetime | None,
    watch: LessonWatch | None,
    raised: Mapping[AlarmKind, bool],
) -> ClassFacts:
    return ClassFacts(
        is_published=lesson.is_published,
        opens_at=opens_at,
        starts_at=lesson.starts_at,
        ends_at=lesson.ends_at,
        has_begun=has_begun,
        room=None if room is None else _room_facts(lesson, room, by_hand),
        people=None if room is None else _people_facts(room, next_lesson_at),
        students_judged_at=None if watch is None else watch.students_judged_at,
        raised=raised,
    )


def _room_facts(lesson: Lesson, room: Room, by_hand: Collection[int]) -> RoomFacts:
    is_by_hand = lesson.record_mode == RecordMode.MANUAL
    fails = room.fails_in_cloud  # type: ignore[attr-defined] # annotated
    # A look may show that before the room itself is known to have ended.
    is_over = hasattr(room, "presence") and room.presence.over_at is not None
    return RoomFacts(
        is_made=room.is_made,
        status=CloudStatus.ENDED if is_over else CloudStatus(room.cloud_status),
        asked_at=room.asked_at,
        started_at=room.real_started_at and by_our_clock(room.real_started_at),
        is_gone=room.gone_at is not None,
        failed_at=(room.failed_at or room.unreachable_since or lesson.created_at)
        if fails
        else None,
        is_unrecorded=room.recording_refused or (is_by_hand and room.pk not in by_hand),
        is_recorded_by_hand=is_by_hand,
    )


def _people_facts(room: Room, next_lesson_at: dt.datetime | None) -> PeopleFacts | None:
    presence = _presence_of(room)
    if presence is None or presence.looked_at is None:
        return None
    return PeopleFacts(
        looked_at=presence.looked_at,
        has_teacher=presence.has_teacher,
        has_student=presence.has_student,
        teacher_away_since=presence.teacher_away_since,
        next_lesson_at=next_lesson_at,
    )


def _presence_of(room: Room) -> Presence | None:
    return presence_in(room.presence) if hasattr(room, "presence") else None


def _raised(lesson_ids: list[int]) -> defaultdict[int, dict[AlarmKind, bool]]:
    """Return the alarms of each lesson that are not raised again, and whether each is open.

    One of a lesson that was moved since has not been raised for its new time.
    """
    raised: defaultdict[int, dict[AlarmKind, bool]] = defaultdict(dict)
    for alarm in _ALARMS.rows(lesson_ids=lesson_ids):
        if alarm.end != AlarmEnd.LESSON_CHANGED:
            raised[alarm.lesson_id][AlarmKind(alarm.kind)] = alarm.is_open
    return raised


def _begun_by_hand(room_ids: list[int]) -> set[int]:
    """Return the rooms in which a recording by hand runs, or ran until a person stopped it."""
    return {room_id for room_id in _BY_HAND.rows(room_ids=room_ids) if room_id is not None}


def _next_lessons(
    lessons: Iterable[Lesson], rooms: Mapping[int | None, Room], at: dt.datetime
) -> dict[int, dt.datetime]:
    over = {
        lesson.pk: (lesson, room, presence)
        for lesson in lessons
        if lesson.ends_at <= at
        and (room := rooms.get(lesson.pk)) is not None
        and room.cloud_status == CloudStatus.RUNNING
        and (presence := _presence_of(room)) is not None
    }
    return next_lessons(over, at) if over else {}


_LESSONS = Statement(lambda lesson_ids: Lesson.objects.filter(pk__in=lesson_ids).order_by("pk"))
_WATCHES = Statement(lambda lesson_ids: LessonWatch.objects.filter(lesson__pk__in=lesson_ids))
_ROOMS = Statement(
    lambda lesson_ids: (
        Room.objects.filter(lesson__pk__in=lesson_ids)
        .annotate(fails_in_cloud=FAILS_IN_CLOUD)
        .select_related("presence")
        .order_by("pk")
    )
)
_ALARMS = Statement(lambda lesson_ids: Alarm.objects.filter(lesson__pk__in=lesson_ids))
_BY_HAND = Statement(
    lambda room_ids: (
        ManualRecording.objects.filter(room__pk__in=room_ids, started_at__isnull=False)
        .filter(Q(stopped_at=None) | Q(stopped_by__isnull=False))
        .order_by()
        .values_list("room", flat=True)
    )
)
