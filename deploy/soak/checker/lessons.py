"""The timetable: every lesson stands in it once, as the last word about it was."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from deploy.soak import journal
from deploy.soak.checker.evidence import Evidence, Row, grouped, moment
from deploy.soak.checker.findings import Finding, doubled, lost, unexplained
from deploy.soak.journal import LessonCancelled, LessonMoved, LessonPlanned, Refused, Uncertain

PUBLISHED, CANCELLED = "published", "cancelled"
RECORDED, NOT_RECORDED = 0, 1
LESSONS = (
    "SELECT l.id, l.code, l.title, l.starts_at, l.ends_at, l.state, l.record_mode, l.created_at, "
    "c.name AS course, u.username AS teacher, "
    "ARRAY(SELECT g.name FROM schedule_lesson_class_groups lg "
    "      JOIN schedule_classgroup g ON g.id = lg.classgroup_id WHERE lg.lesson_id = l.id) AS class_groups "
    "FROM schedule_lesson l JOIN schedule_course c ON c.id = l.course_id "
    "JOIN accounts_user u ON u.id = l.teacher_id"
)


@dataclass(frozen=True, slots=True)
class Standing:
    """When a lesson is, and whether it takes place; times that nobody noted are None."""

    starts_at: dt.datetime | None
    ends_at: dt.datetime | None
    state: str

    def fits(self, row: Row) -> bool:
        has_times = self.starts_at is None or (self.starts_at, self.ends_at) == (
            row["starts_at"],
            row["ends_at"],
        )
        return has_times and self.state == row["state"]

    def __str__(self) -> str:
        return f"{self.state} from {self.starts_at} to {self.ends_at}"


@dataclass(slots=True)
class Promise:
    """What the journal says of one lesson. Any of the standings is right: an answer may not have come."""

    title: str
    imported: LessonPlanned | None = None
    standings: list[Standing] = field(default_factory=list)
    codes: set[str] = field(default_factory=set)
    was_refused: bool = False

    @property
    def is_kept(self) -> bool:
        """Whether it must be there; one whose making was not answered may be."""
        return self.imported is not None


def find(evidence: Evidence) -> Iterator[Finding]:
    rows = grouped((row["title"], row) for row in evidence.tables.rows(LESSONS))
    promises = promises_of(evidence)
    for promise in promises.values():
        yield from _compare(promise, rows.get(promise.title, []))
    for title in rows.keys() - promises.keys():
        if any(evidence.is_of_the_run(row["created_at"]) for row in rows[title]):
            yield unexplained(f"lesson “{title}” is in the timetable, and nobody planned it")
    yield from _entries(evidence)


def promises_of(evidence: Evidence) -> dict[str, Promise]:
    """By title, after the last word about each lesson."""
    promises: dict[str, Promise] = {}
    for fact in evidence.facts:
        title = _title(fact)
        if title is not None:
            _hear(promises.setdefault(title, Promise(title)), fact)
    return promises


def _title(fact: journal.Fact) -> str | None:
    if isinstance(fact, LessonPlanned | LessonMoved | LessonCancelled):
        return fact.title
    if isinstance(fact, Refused | Uncertain) and fact.what.startswith("lesson_"):
        return str(fact.about["title"])
    return None


def _hear(promise: Promise, fact: journal.Fact) -> None:
    if isinstance(fact, LessonPlanned | LessonMoved):
        promise.standings = [Standing(moment(fact.starts_at), moment(fact.ends_at), PUBLISHED)]
    elif isinstance(fact, LessonCancelled):
        promise.standings = _cancelled(promise.standings)
    elif isinstance(fact, Uncertain):
        promise.standings += _perhaps(promise.standings, fact)
    elif isinstance(fact, Refused):
        promise.was_refused = True
    if isinstance(fact, LessonPlanned):
        promise.imported = fact
    if isinstance(fact, LessonPlanned | LessonMoved | LessonCancelled) and fact.lesson_code:
        promise.codes.add(fact.lesson_code)


def _cancelled(standings: list[Standing]) -> list[Standing]:
    return [Standing(each.starts_at, each.ends_at, CANCELLED) for each in standings]


def _perhaps(standings: list[Standing], fact: Uncertain) -> list[Standing]:
    """What a lesson may be as well, after something about it was not answered."""
    if fact.what == LessonCancelled.kind:
        return _cancelled(standings)
    starts_at, ends_at = (_moment_or_none(fact.about, name) for name in ("starts_at", "ends_at"))
    return [Standing(starts_at, ends_at, PUBLISHED)]


def _moment_or_none(about: Mapping[str, Any], name: str) -> dt.datetime | None:
    return moment(about[name]) if about.get(name) else None


def _compare(promise: Promise, rows: list[Row]) -> Iterator[Finding]:
    called = f"lesson “{promise.title}”"
    if len(rows) > 1:
        yield doubled(f"{called} is {len(rows)} times in the timetable")
    if not rows and promise.is_kept:
        yield lost(f"{called} is not in the timetable")
    for row in rows:
        if not promise.standings:
            yield unexplained(f"{called} was refused, and is in the timetable")
        elif not any(standing.fits(row) for standing in promise.standings):
            is_so = Standing(row["starts_at"], row["ends_at"], row["state"])
            should = " or ".join(map(str, promise.standings))
            yield lost(f"the last word about {called} is {should}; it is {is_so}")
        if promise.codes - {row["code"]}:
            yield unexplained(f"{called} was {promise.codes}, and is {row['code']} now")
        if promise.imported is not None:
            yield from _differences(called, promise.imported, row)


def _differences(called: str, imported: LessonPlanned, row: Row) -> Iterator[Finding]:
    wanted = {
        "course": imported.course,
        "teacher": imported.teacher,
        "class_groups": [imported.class_group],
        "record_mode": RECORDED if imported.is_recorded else NOT_RECORDED,
    }
    for name, value in wanted.items():
        if row[name] != value:
            yield unexplained(f"{called} has {name} {row[name]}, and was given {value}")


def _entries(evidence: Evidence) -> Iterator[Finding]:
    """Whoever was led into a class was led into a room of that lesson, as the person that they are."""
    rooms = evidence.tables.rows(
        "SELECT r.room_id, l.code FROM schedule_room r LEFT JOIN schedule_lesson l ON l.id = r.lesson_id "
        "WHERE r.room_id IS NOT NULL"
    )
    lesson_of = {row["room_id"]: row["code"] for row in rooms}
    people = evidence.tables.rows(
        "SELECT u.username, i.classroom_user_id FROM accounts_classroomidentity i "
        "JOIN accounts_user u ON u.id = i.user_id"
    )
    user_ids = grouped((row["username"], row["classroom_user_id"]) for row in people)
    for entered in evidence.told(journal.Entered):
        called = f"{entered.username} was led into room {entered.room_id}"
        if entered.room_id not in lesson_of:
            yield lost(f"{called}, which is not known here")
        elif lesson_of[entered.room_id] != entered.lesson_code:
            yield unexplained(
                f"{called} for lesson {entered.lesson_code}; it is the room of {lesson_of[entered.room_id]}"
            )
        if entered.user_id not in user_ids.get(entered.username, []):
            yield unexplained(f"{called} as {entered.user_id}, who is somebody else")
        yield from _part(evidence, entered, called)


def _part(evidence: Evidence, entered: journal.Entered, called: str) -> Iterator[Finding]:
    room = evidence.cloud_rooms.get(entered.room_id)
    if room is None:
        return
    is_teacher = room["TeacherId"] == entered.user_id
    if is_teacher != (entered.role == "teacher"):
        yield unexplained(f"{called} as {entered.role}; its teacher there is {room['TeacherId']}")
