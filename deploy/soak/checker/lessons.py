"""The timetable: every lesson is in it once, as it was answered last."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from deploy.soak import journal
from deploy.soak.checker.evidence import Evidence, Row, group, parse_time
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
class Outcome:
    """The time of a lesson, and whether it takes place; times that are not in the journal are None."""

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
    """The journal's words on one lesson: several outcomes are right when an answer never came."""

    title: str
    imported: LessonPlanned | None = None
    outcomes: list[Outcome] = field(default_factory=list)
    codes: set[str] = field(default_factory=set)

    @property
    def must_exist(self) -> bool:
        """Tell whether it must be there; one whose planning was not answered only may be."""
        return self.imported is not None


def find(evidence: Evidence) -> Iterator[Finding]:
    rows = group((row["title"], row) for row in evidence.tables.rows(LESSONS))
    promises = promises_of(evidence)
    for promise in promises.values():
        yield from _compare(promise, rows.get(promise.title, []))
    for title in rows.keys() - promises.keys():
        if any(evidence.is_from_run(row["created_at"]) for row in rows[title]):
            yield unexplained(f"lesson “{title}” is in the timetable, and nobody planned it")
    yield from _entries(evidence)


def promises_of(evidence: Evidence) -> dict[str, Promise]:
    """By title, after the last line about each lesson."""
    promises: dict[str, Promise] = {}
    for fact in evidence.facts:
        title = _title(fact)
        if title is not None:
            _apply(promises.setdefault(title, Promise(title)), fact)
    return promises


def _title(fact: journal.Fact) -> str | None:
    if isinstance(fact, LessonPlanned | LessonMoved | LessonCancelled):
        return fact.title
    if isinstance(fact, Refused | Uncertain) and fact.what.startswith("lesson_"):
        return str(fact.about["title"])
    return None


def _apply(promise: Promise, fact: journal.Fact) -> None:
    if isinstance(fact, LessonPlanned | LessonMoved):
        promise.outcomes = [
            Outcome(parse_time(fact.starts_at), parse_time(fact.ends_at), PUBLISHED)
        ]
    elif isinstance(fact, LessonCancelled):
        promise.outcomes = _cancelled_outcomes(promise.outcomes)
    elif isinstance(fact, Uncertain):
        promise.outcomes += _possible_outcomes(promise.outcomes, fact)
    if isinstance(fact, LessonPlanned):
        promise.imported = fact
    if isinstance(fact, LessonPlanned | LessonMoved | LessonCancelled) and fact.lesson_code:
        promise.codes.add(fact.lesson_code)


def _cancelled_outcomes(outcomes: list[Outcome]) -> list[Outcome]:
    return [Outcome(each.starts_at, each.ends_at, CANCELLED) for each in outcomes]


def _possible_outcomes(outcomes: list[Outcome], fact: Uncertain) -> list[Outcome]:
    """Return what a lesson may be instead, after something about it was not answered."""
    if fact.what == LessonCancelled.kind:
        return _cancelled_outcomes(outcomes)
    starts_at, ends_at = (_time_or_none(fact.about, name) for name in ("starts_at", "ends_at"))
    return [Outcome(starts_at, ends_at, PUBLISHED)]


def _time_or_none(about: Mapping[str, Any], name: str) -> dt.datetime | None:
    return parse_time(about[name]) if about.get(name) else None


def _compare(promise: Promise, rows: list[Row]) -> Iterator[Finding]:
    label = f"lesson “{promise.title}”"
    if len(rows) > 1:
        yield doubled(f"{label} is {len(rows)} times in the timetable")
    if not rows and promise.must_exist:
        yield lost(f"{label} is not in the timetable")
    for row in rows:
        if not promise.outcomes:
            yield unexplained(f"{label} was refused, and is in the timetable")
        elif not any(outcome.fits(row) for outcome in promise.outcomes):
            actual = Outcome(row["starts_at"], row["ends_at"], row["state"])
            should = " or ".join(map(str, promise.outcomes))
            yield lost(f"the last word about {label} is {should}; it is {actual}")
        if promise.codes - {row["code"]}:
            yield unexplained(f"{label} was {promise.codes}, and is {row['code']} now")
        if promise.imported is not None:
            yield from _differences(label, promise.imported, row)


def _differences(label: str, imported: LessonPlanned, row: Row) -> Iterator[Finding]:
    wanted = {
        "course": imported.course,
        "teacher": imported.teacher,
        "class_groups": [imported.class_group],
        "record_mode": RECORDED if imported.is_recorded else NOT_RECORDED,
    }
    for name, value in wanted.items():
        if row[name] != value:
            yield unexplained(f"{label} has {name} {row[name]}, and was given {value}")


def _entries(evidence: Evidence) -> Iterator[Finding]:
    """Everybody was led into a room of the lesson that they entered, as themselves."""
    rooms = evidence.tables.rows(
        "SELECT r.room_id, l.code FROM schedule_room r LEFT JOIN schedule_lesson l ON l.id = r.lesson_id "
        "WHERE r.room_id IS NOT NULL"
    )
    lesson_of = {row["room_id"]: row["code"] for row in rooms}
    people = evidence.tables.rows(
        "SELECT u.username, i.classroom_user_id FROM accounts_classroomidentity i "
        "JOIN accounts_user u ON u.id = i.user_id"
    )
    user_ids = group((row["username"], row["classroom_user_id"]) for row in people)
    for entered in evidence.facts_of(journal.Entered):
        label = f"{entered.username} was led into room {entered.room_id}"
        if entered.room_id not in lesson_of:
            yield lost(f"{label}, which is not known here")
        elif lesson_of[entered.room_id] != entered.lesson_code:
            yield unexplained(
                f"{label} for lesson {entered.lesson_code}; it is the room of {lesson_of[entered.room_id]}"
            )
        is_erased = entered.username in evidence.erased
        if not is_erased and entered.user_id not in user_ids.get(entered.username, []):
            yield unexplained(f"{label} as {entered.user_id}, who is somebody else")
        yield from _role(evidence, entered, label)


def _role(evidence: Evidence, entered: journal.Entered, label: str) -> Iterator[Finding]:
    room = evidence.cloud_rooms.get(entered.room_id)
    if room is None:
        return
    is_teacher = room["TeacherId"] == entered.user_id
    if is_teacher != (entered.role == "teacher"):
        yield unexplained(f"{label} as {entered.role}; its teacher there is {room['TeacherId']}")
