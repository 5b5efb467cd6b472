"""The people inside the classes of this hour, as the cloud said last; read by pages, which ask no cloud."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from django.db.models import Q
from django.utils import timezone

from accounts.models import ClassroomIdentity
from attendance.enums import INSIDE_AS_GUEST, MemberRole
from attendance.models import RoomPresence
from attendance.presence.saving import TEACHING, without_supervisors
from edu_platform.lib.batches import in_batches
from edu_platform.lib.statements import Statement
from schedule.guests.user_ids import guests_by_user_id
from schedule.models import Guest, Lesson, Membership, Room

# A cloud that has not answered for longer is called silent: what is shown is of that moment.
SILENT_FOR = dt.timedelta(seconds=60)


class InsideMember(NamedTuple):
    """Somebody inside, by the cloud: their id there, role (`MemberRole`, or `INSIDE_AS_GUEST`) and nickname."""

    user_id: str
    role: int
    nickname: str


@dataclass(frozen=True, slots=True)
class Presence:
    """The people inside a room, as the last look showed them; `looked_at` None: nobody has looked yet."""

    looked_at: dt.datetime | None
    members: tuple[InsideMember, ...]
    # Neither teacher nor assistant has been inside since then; None also where none was ever seen.
    teacher_away_since: dt.datetime | None

    @property
    def has_teacher(self) -> bool:
        return any(member.role in TEACHING for member in self.members)

    @property
    def has_student(self) -> bool:
        return any(member.role == MemberRole.STUDENT for member in self.members)


class MissingStudent(NamedTuple):
    """A student of the roster who is not inside; `code` is of their page."""

    person_id: int
    code: str | None
    name: str


@dataclass(frozen=True, slots=True)
class PeopleInside:
    """The people of a lesson's class against its roster; supervisors count as neither, and guests stand apart."""

    # Students of the roster, and how many of them are inside.
    expected: int
    inside: int
    missing: tuple[MissingStudent, ...]
    # None: nobody has looked yet.
    teacher_inside: bool | None
    uninvited: tuple[InsideMember, ...]
    guests: tuple[Guest, ...]
    looked_at: dt.datetime | None


# --- Rooms ----------------------------------------------------------------------------------------


def presence_in(row: RoomPresence) -> Presence:
    return Presence(
        looked_at=row.looked_at,
        members=tuple(InsideMember(*cells) for cells in row.members),
        teacher_away_since=row.teacher_away_since,
    )


# --- Lessons --------------------------------------------------------------------------------------


class _Student(NamedTuple):
    """A membership of a student in a class group of a lesson."""

    lesson_id: int
    person_id: int
    code: str | None
    name: str
    name_key: bytes | memoryview
    is_active: bool
    from_date: dt.date | None
    to_date: dt.date | None


def people_inside(lesson_ids: Collection[int], at: dt.datetime) -> dict[int, PeopleInside]:
    """Return who is inside the current rooms of these lessons, and who of the roster is not.

    Five queries for all, and one more where a guest is inside. The roster is that of the lesson's day.
    """
    keys = sorted(lesson_ids)
    lessons = {lesson.pk: lesson for lesson in _LESSONS.rows(lesson_ids=keys)}
    rooms = {room.lesson_id: room for room in _ROOMS.rows(lesson_ids=keys)}
    assistants: defaultdict[int, set[int]] = defaultdict(set)
    for lesson_id, person_id in _ASSISTANTS.rows(lesson_ids=keys):
        assistants[lesson_id].add(person_id)
    students = _students_of(lessons)
    presences = {
        lesson_id: presence_in(room.presence)
        for lesson_id, room in rooms.items()
        if lesson_id is not None and hasattr(room, "presence")
    }
    people = people_by_user_id(presences.values(), {room.sdk_app_id for room in rooms.values()})
    guests = _guests_in(presences)
    return {
        lesson_id: _against_roster(
            students[lesson_id],
            {lesson.teacher_id, *assistants[lesson_id]},
            presences.get(lesson_id),
            people,
            guests[lesson_id],
        )
        for lesson_id, lesson in lessons.items()
    }


def _guests_in(presences: Mapping[int, Presence]) -> defaultdict[int, dict[str, Guest]]:
    """Return the guests of each lesson who are inside, by the cloud's ids; those of another lesson are not its own."""
    user_ids = {
        member.user_id
        for presence in presences.values()
        for member in presence.members
        if member.role == INSIDE_AS_GUEST
    }
    guests: defaultdict[int, dict[str, Guest]] = defaultdict(dict)
    for user_id, guest in guests_by_user_id(user_ids, list(presences)).items():
        guests[guest.lesson_id][user_id] = guest
    return guests


def people_by_user_id(
    presences: Iterable[Presence], applications: Collection[int]
) -> dict[str, int]:
    """Return the keys of the people who are inside, by the cloud's ids of them. One query for hundreds of rooms' people."""
    inside = {member.user_id for presence in presences for member in presence.members}
    people: dict[str, int] = {}
    for user_ids in in_batches(sorted(inside)):
        identities = ClassroomIdentity.objects.filter(
            Q(classroom_user_id__in=user_ids) | ~Q(earlier_user_ids=[]),
            sdk_app_id__in=list(applications),
        )
        columns = ("user", "classroom_user_id", "earlier_user_ids")
        for person_id, user_id, earlier_ids in identities.values_list(*columns):
            people |= dict.fromkeys({user_id, *earlier_ids} & inside, person_id)
    return people


def _students_of(lessons: Mapping[int, Lesson]) -> defaultdict[int, list[_Student]]:
    """Return the students of each lesson on its day, each once and in the order of names; one query."""
    days = {pk: timezone.localdate(lesson.starts_at) for pk, lesson in lessons.items()}
    students: defaultdict[int, dict[int, _Student]] = defaultdict(dict)
    for cells in _STUDENTS.rows(lesson_ids=sorted(lessons)):
        student = _Student(*cells)
        day = days[student.lesson_id]
        is_member = (student.from_date or day) <= day <= (student.to_date or day)
        if is_member and student.is_active:
            students[student.lesson_id].setdefault(student.person_id, student)
    in_order: defaultdict[int, list[_Student]] = defaultdict(list)
    for lesson_id, class_list in students.items():
        in_order[lesson_id] = sorted(
            class_list.values(),
            key=lambda student: (bytes(student.name_key), student.person_id),
        )
    return in_order


def _against_roster(
    students: Collection[_Student],
    teaching: Collection[int],
    presence: Presence | None,
    people: Mapping[str, int],
    guests: Mapping[str, Guest],
) -> PeopleInside:
    members = [] if presence is None else without_supervisors(presence.members)
    present = {people[member.user_id] for member in members if member.user_id in people}
    expected = {student.person_id for student in students if student.person_id not in teaching}
    missing = tuple(
        MissingStudent(student.person_id, student.code, student.name)
        for student in students
        if student.person_id in expected - present
    )
    invited = {*expected, *teaching}
    uninvited = [
        member
        for member in members
        if member.user_id not in guests and people.get(member.user_id) not in invited
    ]
    has_looked = presence is not None and presence.looked_at is not None
    return PeopleInside(
        expected=len(expected),
        inside=len(expected & present),
        missing=missing,
        teacher_inside=presence.has_teacher if presence is not None and has_looked else None,
        uninvited=tuple(uninvited),
        guests=tuple(guests[member.user_id] for member in members if member.user_id in guests),
        looked_at=presence.looked_at if presence is not None else None,
    )


_LESSONS = Statement(lambda lesson_ids: Lesson.objects.filter(pk__in=lesson_ids))
_ROOMS = Statement(
    lambda lesson_ids: (
        Room.objects.current().filter(lesson__pk__in=lesson_ids).select_related("presence")
    )
)
_ASSISTANTS = Statement(
    lambda lesson_ids: Lesson.assistants.through.objects.filter(
        lesson__pk__in=lesson_ids
    ).values_list("lesson", "user")
)
_STUDENTS = Statement(
    lambda lesson_ids: (
        Membership.objects.of_students()
        .filter(class_group__lessons__pk__in=lesson_ids)
        .values_list(
            "class_group__lessons",
            "user",
            "user__code",
            "user__display_name",
            "user__name_key",
            "user__is_active",
            "from_date",
            "to_date",
        )
    )
)
