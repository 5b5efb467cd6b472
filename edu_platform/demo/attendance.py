"""Write who was in the demo school's past classes, in bulk as collecting and counting write it: they are thousands.

Nearly everybody was there. A few came late, left early or did not come, some of whom were excused; the statistics of
one class never came.
"""

from __future__ import annotations

import datetime as dt
import zlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts.models import SchoolSettings
from attendance.counting.lessons import sum_students
from attendance.counting.people import judge_person
from attendance.counting.roster import Expected, roster
from attendance.counting.school_rules import school_rules
from attendance.enums import (
    AttendanceStage,
    AttendanceState,
    DeviceKind,
    MemberRole,
    MissingReason,
    RosterRole,
)
from attendance.formulas import Held, held_of, moment_of, seconds_of
from attendance.models import (
    Correction,
    LessonAttendance,
    MemberRecord,
    PersonAttendance,
    RoomStatistics,
    Stay,
)
from attendance.rules import MINUTE_S
from classroom.enums import Source
from edu_platform.demo.roster import DEMO_CLASS_GROUP
from edu_platform.lib.batches import ROWS_A_STATEMENT, in_batches
from edu_platform.lib.periods import Period
from schedule.enums import CloudStatus, LessonState
from schedule.models import Lesson, Membership, Room

# The statistics of a class come so long after its end.
TOLD_AFTER = dt.timedelta(minutes=2)
# People drew one of so many lots: the first are late, the next left early, then absent, then excused.
ALL = 1000
LATE, EARLY, ABSENT, EXCUSED = 30, 45, 70, 80
EXCUSED_WHY = "病假"
# The class of which nothing came is one of the demo's class group, so many weeks ago.
WITHOUT_STATISTICS = dt.timedelta(weeks=5)
# Sums of classes that are older are left out, of which nobody looks at devices: there are tens of thousands.
SUMS_OF = dt.timedelta(weeks=2)
DEVICES = (DeviceKind.WINDOWS, DeviceKind.WEB, DeviceKind.IOS, DeviceKind.ANDROID)


@dataclass(slots=True)
class _Rows:
    """The rows that are written, by table."""

    lessons: list[LessonAttendance] = field(default_factory=list)
    rooms: list[RoomStatistics] = field(default_factory=list)
    people: list[PersonAttendance] = field(default_factory=list)
    members: list[MemberRecord] = field(default_factory=list)
    stays: list[Stay] = field(default_factory=list)
    corrections: list[Correction] = field(default_factory=list)

    def save(self) -> None:
        """Write them, also in the place of what workers have written of the same lessons and rooms."""
        for keys in in_batches(row.pk for row in self.lessons):
            LessonAttendance.objects.filter(pk__in=keys).delete()
        for keys in in_batches(row.pk for row in self.rooms):
            RoomStatistics.objects.filter(pk__in=keys).delete()
        # As read just now: an answer for which a worker waits is of an earlier look, and changes nothing.
        now = timezone.now()
        for row in self.rooms:
            if row.statistics_at is not None:
                row.events_at = row.statistics_at = now
        LessonAttendance.objects.bulk_create(self.lessons, batch_size=ROWS_A_STATEMENT)
        RoomStatistics.objects.bulk_create(self.rooms, batch_size=ROWS_A_STATEMENT)
        PersonAttendance.objects.bulk_create(self.people, batch_size=ROWS_A_STATEMENT)
        MemberRecord.objects.bulk_create(self.members, batch_size=ROWS_A_STATEMENT)
        Stay.objects.bulk_create(self.stays, batch_size=ROWS_A_STATEMENT)
        Correction.objects.bulk_create(self.corrections, batch_size=ROWS_A_STATEMENT)


@transaction.atomic
def add_attendance(*, at: dt.datetime) -> None:
    """Say who was in each past class that was held and in which nobody has been seen yet. Safe to repeat.

    Workers are at work while the school is filled: what they have written of such a class, of which the cloud can tell
    nothing, is written anew. What people have corrected, or the cloud has told of somebody, stays.
    """
    in_class = PersonAttendance.objects.filter(Q(seconds__gt=0) | ~Q(corrected_state=""))
    rooms = list(
        Room.objects.current()
        .filter(
            lesson__state=LessonState.PUBLISHED,
            lesson__ends_at__lte=at,
            cloud_status=CloudStatus.ENDED,
            real_started_at__isnull=False,
            real_ended_at__isnull=False,
        )
        .exclude(statistics__missing_reason=MissingReason.NEVER_CAME)
        .exclude(lesson__in=in_class.values("attendance"))
        .select_related("lesson")
        .order_by("lesson__starts_at", "pk")
    )
    if not rooms:
        return
    maker = _RowMaker(rooms, at)
    for room in rooms:
        maker.add(room)
    maker.rows.save()


class _RowMaker:
    """Makes the rows of all classes, of what they have in common read once."""

    def __init__(self, rooms: Sequence[Room], at: dt.datetime) -> None:
        self.rows = _Rows()
        self._has_sums_since = at - SUMS_OF
        self._rules = school_rules(SchoolSettings.load())
        self._students = _students_by_group()
        self._groups = _groups_by_lesson(rooms)
        self._untold = self._room_without_statistics(rooms, at)

    def add(self, room: Room) -> None:
        lesson = room.lesson
        if lesson is None or room.real_started_at is None or room.real_ended_at is None:
            return
        real = Period(seconds_of(room.real_started_at), seconds_of(room.real_ended_at))
        held = held_of(Period(seconds_of(lesson.starts_at), seconds_of(lesson.ends_at)), [real])
        if not held.periods:
            return
        is_told = room.pk != self._untold
        attendance = self._lesson_row(lesson, held, is_told=is_told)
        statistics = _room_row(room, room.real_ended_at, is_told=is_told)
        people = [self._person(attendance, expected) for expected in self._roster(lesson)]
        if is_told:
            for person in people:
                self._count(statistics, person, held, real)
        sum_students(attendance, people)
        self.rows.lessons.append(attendance)
        self.rows.rooms.append(statistics)
        self.rows.people += people

    def _lesson_row(self, lesson: Lesson, held: Held, *, is_told: bool) -> LessonAttendance:
        rules = self._rules
        return LessonAttendance(
            lesson=lesson,
            stage=AttendanceStage.FINAL if is_told else AttendanceStage.PROVISIONAL,
            frozen_at=lesson.ends_at,
            late_after_s=rules.late_after_s,
            left_early_s=rules.left_early_s,
            absent_below_percent=rules.absent_below_percent,
            held=[list(period) for period in held.periods],
            became_final_at=lesson.ends_at + TOLD_AFTER if is_told else None,
            version=1,
        )

    def _roster(self, lesson: Lesson) -> list[Expected]:
        day = timezone.localdate(lesson.starts_at)
        students = (
            (membership.user_id, group, True)
            for group in self._groups[lesson.pk]
            for membership in self._students[group]
            if membership.covers(day)
        )
        return roster(lesson.teacher_id, (), students)

    def _person(self, attendance: LessonAttendance, expected: Expected) -> PersonAttendance:
        return PersonAttendance(
            attendance=attendance,
            person_id=expected.person_id,
            role=expected.role,
            class_group_id=expected.class_group_id,
            classroom_user_ids=[f"demo-{expected.person_id}"],
        )

    def _count(
        self, statistics: RoomStatistics, person: PersonAttendance, held: Held, real: Period
    ) -> None:
        stay, is_excused = _stay_of(person, real)
        judge_person(person, [stay] if stay else [], [], held, self._rules)
        if is_excused:
            self.rows.corrections.append(_excuse(person))
        if stay:
            self._tell(statistics, person, stay)

    def _tell(self, statistics: RoomStatistics, person: PersonAttendance, stay: Period) -> None:
        """Add what the cloud told of somebody in a room."""
        (user_id,) = person.classroom_user_ids
        joined_at, left_at = moment_of(stay.start_s), moment_of(stay.end_s)
        if statistics.ended_at >= self._has_sums_since:
            is_teacher = person.role == RosterRole.TEACHER
            self.rows.members.append(
                MemberRecord(
                    statistics=statistics,
                    classroom_user_id=user_id,
                    role=MemberRole.TEACHER if is_teacher else MemberRole.STUDENT,
                    present_s=stay.length_s,
                    first_joined_at=joined_at,
                    last_quit_at=left_at,
                    device=DEVICES[person.person_id % len(DEVICES)],
                )
            )
        self.rows.stays.append(
            Stay(
                statistics=statistics,
                classroom_user_id=user_id,
                joined_at=joined_at,
                left_at=left_at,
            )
        )

    def _room_without_statistics(self, rooms: Sequence[Room], at: dt.datetime) -> int | None:
        """Return the key of the room of which nothing came; none once the school has such a class."""
        if RoomStatistics.objects.filter(missing_reason=MissingReason.NEVER_CAME).exists():
            return None
        before = at - WITHOUT_STATISTICS
        of_group = Lesson.objects.filter(class_groups__name=DEMO_CLASS_GROUP)
        keys = set(of_group.values_list("pk", flat=True))
        old = [
            room.pk
            for room in rooms
            if room.lesson_id in keys and room.lesson is not None and room.lesson.ends_at < before
        ]
        return old[-1] if old else None


def _stay_of(person: PersonAttendance, real: Period) -> tuple[Period | None, bool]:
    """Return when somebody was in class, the same at each start, and whether they were excused."""
    lot = zlib.crc32(f"{person.attendance_id}:{person.person_id}".encode())
    minutes = lot // ALL
    lot %= ALL
    if person.role == RosterRole.TEACHER:
        return real, False
    if EARLY <= lot < EXCUSED:
        return None, lot >= ABSENT
    first_s = real.start_s + minutes % (3 * MINUTE_S)
    last_s = real.end_s - minutes % MINUTE_S
    if lot < LATE:
        first_s += (6 + minutes % 6) * MINUTE_S
    elif lot < EARLY:
        last_s -= (7 + minutes % 8) * MINUTE_S
    return Period(first_s, last_s), False


def _room_row(room: Room, ended_at: dt.datetime, *, is_told: bool) -> RoomStatistics:
    told_at = ended_at + TOLD_AFTER if is_told else None
    return RoomStatistics(
        room=room,
        ended_at=ended_at,
        real_started_at=room.real_started_at if is_told else None,
        real_ended_at=room.real_ended_at if is_told else None,
        events_at=told_at,
        statistics_at=told_at,
        source=Source.POLL,
        missing_reason="" if is_told else MissingReason.NEVER_CAME,
    )


def _excuse(person: PersonAttendance) -> Correction:
    """Excuse somebody, as the teacher of the lesson does right after it."""
    lesson = person.attendance.lesson
    person.corrected_state = AttendanceState.EXCUSED
    person.corrected_at = lesson.ends_at
    person.corrected_by_id = lesson.teacher_id
    person.correction_reason = EXCUSED_WHY
    return Correction(
        person_attendance=person,
        at=lesson.ends_at,
        by_id=lesson.teacher_id,
        before=person.state,
        state=person.corrected_state,
        version=person.attendance.version,
        reason=EXCUSED_WHY,
    )


def _students_by_group() -> Mapping[int, list[Membership]]:
    students: dict[int, list[Membership]] = defaultdict(list)
    for membership in Membership.objects.of_students().order_by("user"):
        students[membership.class_group_id].append(membership)
    return students


def _groups_by_lesson(rooms: Sequence[Room]) -> Mapping[int, list[int]]:
    groups: dict[int, list[int]] = defaultdict(list)
    first = min(room.lesson.starts_at for room in rooms if room.lesson is not None)
    pairs = Lesson.class_groups.through.objects.filter(lesson__starts_at__gte=first)
    for lesson, group in pairs.order_by("classgroup__name_key").values_list("lesson", "classgroup"):
        groups[lesson].append(group)
    return groups
