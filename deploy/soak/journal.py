"""Answers to actors during a soak: one JSON object a line, in the order of the answers.

Each line is `{"kind": <kind>, "at": <time>, ...}` with the fields of one of the classes below. Times are ISO 8601 in
UTC, to the microsecond. An answer that never came (connection cut, process killed) is an `Uncertain`: the thing
may have happened once or not at all, and both are right.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar


def current_time() -> str:
    return dt.datetime.now(dt.UTC).isoformat(timespec="microseconds")


@dataclass(frozen=True, kw_only=True)
class Fact:
    kind: ClassVar[str]
    at: str = field(default_factory=current_time)


@dataclass(frozen=True, kw_only=True)
class RunBegan(Fact):
    """The first line. `plan` is the fault plan as it was printed, `sdk_app_id` the application of the cloud."""

    kind = "run_began"
    seed: int
    minutes: float
    sdk_app_id: int
    plan: list[str]


@dataclass(frozen=True, kw_only=True)
class ClocksSetAhead(Fact):
    """The quiet time begins: the clocks of platform and cloud jump ahead by `offset_s`.

    Nobody had been told yet of the planning actions `untold_action_ids`.
    """

    kind = "clocks_set_ahead"
    offset_s: int
    untold_action_ids: list[int]


@dataclass(frozen=True, kw_only=True)
class RunEnded(Fact):
    """The last line: the quiet time is over, after which nothing was due any more.

    The clocks of platform and cloud, though not the database's, are `clock_offset_s` ahead of the real time by then.
    """

    kind = "run_ended"
    clock_offset_s: int


@dataclass(frozen=True, kw_only=True)
class LessonPlanned(Fact):
    """A lesson is in the timetable: exit code 0 of `import_lessons`, or 303 of the planner's form.

    No other lesson of the run has this `title`. `lesson_code` is "" when the answer did not tell it. Times are
    whole minutes. `is_recorded` is what was asked for.
    """

    kind = "lesson_planned"
    title: str
    course: str
    starts_at: str
    ends_at: str
    teacher: str
    class_group: str
    is_recorded: bool
    lesson_code: str = ""


@dataclass(frozen=True, kw_only=True)
class LessonMoved(Fact):
    """The planner's form, or a repeated import, answered that the lesson has these times now.

    The last line about a lesson counts: one actor at a time changes it.
    """

    kind = "lesson_moved"
    title: str
    lesson_code: str
    starts_at: str
    ends_at: str


@dataclass(frozen=True, kw_only=True)
class LessonCancelled(Fact):
    kind = "lesson_cancelled"
    title: str
    lesson_code: str


@dataclass(frozen=True, kw_only=True)
class Entered(Fact):
    """Somebody was redirected into a class: the room that the address names, as `role` (student, teacher)."""

    kind = "entered"
    lesson_code: str
    username: str
    role: str
    room_id: int
    user_id: str  # the classroom's, as in the address


@dataclass(frozen=True, kw_only=True)
class ClassBegan(Fact):
    """The cloud accepted the begin of a class in this room."""

    kind = "class_began"
    room_id: int


@dataclass(frozen=True, kw_only=True)
class ClassEnded(Fact):
    kind = "class_ended"
    room_id: int


@dataclass(frozen=True, kw_only=True)
class RecordedAgain(Fact):
    """The cloud was told to make one more recording of an ended class."""

    kind = "recorded_again"
    room_id: int
    video_id: str


@dataclass(frozen=True, kw_only=True)
class UploadAcknowledged(Fact):
    """The last part of an upload was answered 204 with the address of the courseware.

    No other file of the run has this `file_name`, and no two files have equal contents.
    """

    kind = "upload_acknowledged"
    courseware_code: str
    file_name: str
    sha256: str
    size_bytes: int
    owner: str


@dataclass(frozen=True, kw_only=True)
class CallbackAcknowledged(Fact):
    """A callback that one of our actors sent was answered 200. The cloud's own stand in its deliveries.

    `timestamp_s` and `event_data` are what was in the body. `is_true` says whether it tells what the cloud
    says too; the platform must believe nothing of a false one.
    """

    kind = "callback_acknowledged"
    body_sha256: str
    event_type: str
    timestamp_s: int
    event_data: Any
    room_id: int | None
    is_true: bool


@dataclass(frozen=True, kw_only=True)
class PersonErased(Fact):
    """Two administrators have decided that somebody is erased; from now on nothing of them comes back.

    `key` names their account, `texts` are what they were known by here, and `user_ids` in the cloud. `attendance` has
    what was counted of them by then and stays: pairs of a lesson's id and seconds.
    """

    kind = "person_erased"
    username: str
    key: str
    texts: list[str]
    user_ids: list[str]
    attendance: list[list[int]]


@dataclass(frozen=True, kw_only=True)
class SchoolYearBegan(Fact):
    """A new school year has begun: `risen` has pairs of the names of a class group before and from `first_day` on."""

    kind = "school_year_began"
    first_day: str
    risen: list[list[str]]


@dataclass(frozen=True, kw_only=True)
class Refused(Fact):
    """Something was refused by a status: nothing of it may be kept.

    `fact` is the kind that it would have become, and `about` what names it: the fields of that kind as far as
    they are known (`title` of a lesson, `file_name` of an upload, `body_sha256` of a callback).
    """

    kind = "refused"
    what: str
    status: int
    about: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Uncertain(Fact):
    """An answer never came, or was 5xx: it happened once, or not at all.

    `what` and `about` as in `Refused`. A later fact about the same thing settles it.
    """

    kind = "uncertain"
    what: str
    about: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class FaultPassed(Fact):
    """Something was broken from `began_at` to `ended_at`."""

    kind = "fault"
    name: str
    began_at: str
    ended_at: str
    details: dict[str, Any] = field(default_factory=dict)


KINDS: dict[str, type[Fact]] = {
    each.kind: each
    for each in (
        *(RunBegan, ClocksSetAhead, RunEnded, LessonPlanned, LessonMoved, LessonCancelled),
        *(Entered, ClassBegan, ClassEnded, RecordedAgain, UploadAcknowledged, CallbackAcknowledged),
        *(PersonErased, SchoolYearBegan, Refused, Uncertain, FaultPassed),
    )
}


class Journal:
    """Appends facts, from any thread; a fact is on the disk when `write` returns."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._file = path.open("a", encoding="utf-8")

    def write(self, fact: Fact) -> None:
        line = json.dumps({"kind": fact.kind, **dataclasses.asdict(fact)}, ensure_ascii=False)
        with self._lock:
            self._file.write(f"{line}\n")
            self._file.flush()
            os.fsync(self._file.fileno())

    def close(self) -> None:
        self._file.close()


def read(path: Path) -> Iterator[Fact]:
    """The facts of a journal, in their order.

    Raises:
        ValueError: a line is none of these facts; the text names it.
    """
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            try:
                fields = json.loads(line)
                yield KINDS[fields.pop("kind")](**fields)
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                raise ValueError(f"{path}:{number}: {error!r}") from error
