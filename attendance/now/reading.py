"""The classes of this hour with the facts that the board follows, in one query: a board asks it every two seconds."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.db.models.expressions import Combinable

from accounts.models import SchoolSettings
from attendance.enums import AlarmKind
from attendance.models import Alarm, RoomPresence
from edu_platform.lib.aggregates import cells_in, lines_of
from edu_platform.lib.statements import Statement
from schedule.enums import CloudStatus, LessonState, RecordMode
from schedule.manual_recording.reading import OpenRecording, RecordingState, recording_state
from schedule.models import LONGEST_LESSON, OPEN_STATUSES, Lesson, ManualRecording
from schedule.polling_times import LATE_END
from schedule.timetable.timetable_rows import COLUMNS, LessonRow, columns_of, row_in
from schedule.timetable.timetables import PartsOf, Timetable, lessons_in

FACTS = (
    *("record_mode", "current_room__sent_record_mode", "current_room__recording_refused"),
    "current_room__pk",
    *("looked_at", "people_changed_at", "looks_silent_since", "open_alarms", "open_recordings"),
)

TAKER = ("taken_by__display_name", "taken_by__is_active")
NEVER = dt.datetime.min.replace(tzinfo=dt.UTC)


class OpenAlarm(NamedTuple):
    """An alarm that has not ended, and who has taken it."""

    raised_at: dt.datetime
    code: str
    kind: AlarmKind
    taken_by: str
    note: str

    @property
    def is_taken(self) -> bool:
        return bool(self.taken_by)


@dataclass(frozen=True, slots=True)
class RunningClass:
    """A class of this hour: its lesson and room, its alarms, and how it is recorded."""

    lesson: LessonRow
    # The key of its current room.
    room_pk: int | None
    record_mode: RecordMode
    # As the cloud was told for its room.
    sent_record_mode: int | None
    recording_refused: bool
    # None: nobody has looked into it yet.
    looked_at: dt.datetime | None
    # When others were inside than before.
    people_changed_at: dt.datetime | None
    # Since when the cloud does not say who is inside.
    looks_silent_since: dt.datetime | None
    alarms: tuple[OpenAlarm, ...]
    recording: OpenRecording | None

    @property
    def is_running(self) -> bool:
        room = self.lesson.room
        return room is not None and room.cloud_status == CloudStatus.RUNNING

    @property
    def started_at(self) -> dt.datetime | None:
        return None if self.lesson.room is None else self.lesson.room.real_started_at

    @property
    def recording_state(self) -> RecordingState | None:
        """Return how far its recording by hand is; None where it is recorded by plan, or has no room."""
        room = self.lesson.room
        if room is None or self.record_mode != RecordMode.MANUAL:
            return None
        return recording_state(
            self.recording,
            cloud_status=room.cloud_status,
            gone_at=room.gone_at,
            sent_record_mode=self.sent_record_mode,
        )

    @property
    def told_at(self) -> dt.datetime:
        """Return when the cloud was last asked, and told of its room or of who is inside; long ago if it never did."""
        room = self.lesson.room
        moments = (self.looked_at, room and room.asked_at)
        return max((moment for moment in moments if moment), default=NEVER)

    @property
    def silent_since(self) -> dt.datetime | None:
        """Return since when the cloud does not tell of its room, or of who is inside."""
        room = self.lesson.room
        silences = (self.looks_silent_since, room and room.unreachable_since)
        return min((since for since in silences if since), default=None)

    @property
    def shown(self) -> tuple[object, ...]:
        """Return what differs when the board shows something else; moments as numbers, which are written faster."""
        row, room = self.lesson, self.lesson.room
        hours = (row.starts_at.timestamp(), row.ends_at.timestamp())
        of_room = room and (room.room_id, room.cloud_status, room.gone_at, self.started_at)
        planned = (row.pk, row.title, row.course, row.chosen_colour, *hours)
        people = (row.teacher, row.assistants, row.class_groups, row.absent_teacher)
        recorded = (
            *(self.record_mode, self.sent_record_mode),
            *(self.recording_refused, self.recording),
        )
        states = (row.is_known_not_begun, self.silent_since, self.looked_at is None)
        return (*planned, *people, of_room, recorded, states, self.people_changed_at, self.alarms)


def classes_of_hour(
    timetable: Timetable, school: SchoolSettings, *, at: dt.datetime
) -> list[RunningClass]:
    """Return the classes from the teachers' window before their start until they are over; one query."""
    rows = _of_hour(timetable.parts_of).rows(
        # An index has the start of lessons, not their end.
        since=at - LONGEST_LESSON - LATE_END,
        until=at + school.teacher_window,
        at=at,
        **timetable.values,
    )
    return [_class_of(row) for row in rows]


@cache
def _of_hour(parts_of: PartsOf) -> Statement[tuple[Any, ...]]:
    def build(
        since: dt.datetime, until: dt.datetime, at: dt.datetime, **values: Any
    ) -> QuerySet[Lesson, tuple[Any, ...]]:
        around_now = Q(starts_at__gte=since, starts_at__lte=until, state=LessonState.PUBLISHED)
        lessons = lessons_in(parts_of(**values), around_now).in_page_order()
        runs = Q(current_room__cloud_status=CloudStatus.RUNNING, current_room__gone_at=None)
        may_be_held = Q(current_room__pk=None) | Q(current_room__cloud_status__in=OPEN_STATUSES)
        rows = columns_of(lessons.annotate(**_facts()), *FACTS)
        return rows.filter(runs | (Q(ends_at__gt=at) & may_be_held))

    return Statement(build)


def _facts() -> dict[str, Combinable]:
    """Return what the board shows beside the lesson and its room."""
    of_room = {"room__lesson": OuterRef("pk"), "room__is_current": True}
    looks = RoomPresence.objects.filter(**of_room).order_by()
    alarms = Alarm.objects.open().filter(lesson=OuterRef("pk"))
    recordings = ManualRecording.objects.running().filter(**of_room)
    return {
        "looked_at": Subquery(looks.values("looked_at")[:1]),
        # When somebody looked is no news: that is every few seconds.
        "looks_silent_since": Subquery(looks.values("unreachable_since")[:1]),
        "people_changed_at": Subquery(looks.values("changed_at")[:1]),
        "open_alarms": lines_of(alarms, "raised_at", "code", "kind", *TAKER, "note", of="lesson"),
        "open_recordings": lines_of(
            recordings, "asked_at", "started_at", "stop_asked_at", of="room__lesson"
        ),
    }


def _class_of(columns: tuple[Any, ...]) -> RunningClass:
    record_mode, sent_mode, refused, room_pk, *looks, alarms, recordings = columns[COLUMNS:]
    looked_at, changed_at, silent = looks
    return RunningClass(
        lesson=row_in(columns),
        room_pk=room_pk,
        record_mode=RecordMode(record_mode),
        sent_record_mode=sent_mode,
        recording_refused=bool(refused),
        looked_at=looked_at,
        people_changed_at=changed_at,
        looks_silent_since=silent,
        alarms=tuple(_alarms_in(alarms)),
        recording=_recording_in(recordings),
    )


def _alarms_in(lines: str | None) -> Iterator[OpenAlarm]:
    for raised_at, code, kind, name, is_active, note in cells_in(lines):
        # As `Alarm.taker` says it.
        taker = name if is_active else ""
        yield OpenAlarm(_moment(raised_at), code, AlarmKind(kind), taker, note)


def _recording_in(lines: str | None) -> OpenRecording | None:
    cells = cells_in(lines)
    if not cells:
        return None
    asked_at, started_at, stop_asked_at = cells[-1]
    return OpenRecording(
        asked_at=_moment(asked_at),
        started_at=_moment(started_at) if started_at else None,
        stop_asked_at=_moment(stop_asked_at) if stop_asked_at else None,
    )


def _moment(text: str) -> dt.datetime:
    """Read a moment that a database wrote into a text; SQLite keeps them without the zone, which is that of UTC."""
    moment = dt.datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
