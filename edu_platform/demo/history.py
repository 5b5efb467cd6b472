"""The demo school's past: classes that were held, with replays in all states.

It comes in as a real school's would: by `import_lessons` with room numbers, then `sync_replays`.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import tempfile
import zlib
from dataclasses import dataclass
from enum import Enum

from django.core.management import call_command
from django.utils import timezone

from edu_platform.demo.cloud import add_past_class, delete_recordings
from replays.models import Replay, ReplayFile
from replays.states import GONE_AFTER
from schedule.calendar import monday_of
from schedule.demo.people import DEMO_CLASS_GROUP, FIRST_GRADE_2, SECOND_GRADE_1
from schedule.demo.timetable import LENGTH, SUBJECTS, Subject, week_of_term
from schedule.enums import LessonState, RecordMode, RoomType
from schedule.models import Lesson

COLUMNS = (
    *("course", "teacher", "class_groups", "date", "start", "end"),
    *("room_type", "record", "title", "room_id"),
)
# Room numbers of the past, far from those that the local cloud gives out.
FIRST_ROOM_ID = 330_000_000
ROOM_IDS = 60_000_000
OVER_SINCE = dt.timedelta(minutes=10)
# Every so many classes of the running week nobody came.
NEVER_HELD_EVERY = 9


class Fate(Enum):
    """What became of a class."""

    RECORDED = "one"
    RECORDED_TWICE = "two"
    NOTHING_THERE = "none"
    NEVER_HELD = "not held"
    DELETED_LATER = "one, then none"


RECORDINGS = {Fate.RECORDED: 1, Fate.RECORDED_TWICE: 2, Fate.DELETED_LATER: 1}


@dataclass(frozen=True, slots=True)
class PastClass:
    course: str
    teacher: str
    class_groups: tuple[str, ...]
    starts_at: dt.datetime
    title: str
    fate: Fate
    room_type: RoomType = RoomType.INTERACTIVE
    is_recorded: bool = True

    @property
    def ends_at(self) -> dt.datetime:
        return self.starts_at + LENGTH

    @property
    def room_id(self) -> int:
        """The same number at each start, also when one of database and cloud was emptied."""
        key = f"{self.course}|{self.class_groups}|{self.starts_at.isoformat()}"
        return FIRST_ROOM_ID + zlib.crc32(key.encode()) % ROOM_IDS

    def as_row(self) -> dict[str, str]:
        start, end = timezone.localtime(self.starts_at), timezone.localtime(self.ends_at)
        return {
            "course": self.course,
            "teacher": self.teacher,
            "class_groups": ";".join(self.class_groups),
            "date": f"{start:%Y-%m-%d}",
            "start": f"{start:%H:%M}",
            "end": f"{end:%H:%M}",
            "room_type": str(self.room_type.value),
            "record": "yes" if self.is_recorded else "no",
            "title": self.title,
            "room_id": str(self.room_id),
        }


@dataclass(frozen=True, slots=True)
class OldSlot:
    """One class of an earlier week, counted from the one that holds today."""

    weeks_ago: int
    weekday: int  # Monday is 0
    hour: int
    subject: Subject
    class_group: str
    topic: str
    fate: Fate = Fate.RECORDED


CHINESE, MATHS, ENGLISH = SUBJECTS["语"], SUBJECTS["数"], SUBJECTS["英"]
SPORTS, ART, HISTORY, COMPUTING = (SUBJECTS[letter] for letter in "体美史计")
OLD_SLOTS = (
    OldSlot(1, 4, 8, CHINESE, DEMO_CLASS_GROUP, "雪地里的小画家"),
    OldSlot(1, 4, 9, MATHS, DEMO_CLASS_GROUP, "比长短"),
    OldSlot(1, 3, 10, ENGLISH, DEMO_CLASS_GROUP, "Animals", Fate.RECORDED_TWICE),
    OldSlot(1, 4, 10, ENGLISH, DEMO_CLASS_GROUP, "Numbers", Fate.NOTHING_THERE),
    OldSlot(1, 3, 14, SPORTS, DEMO_CLASS_GROUP, "跳绳", Fate.NOTHING_THERE),
    OldSlot(1, 2, 9, MATHS, SECOND_GRADE_1, "找规律"),
    OldSlot(1, 1, 15, ART, SECOND_GRADE_1, "剪纸窗花"),
    OldSlot(1, 0, 8, CHINESE, DEMO_CLASS_GROUP, "大小多少", Fate.NEVER_HELD),
    OldSlot(2, 4, 10, CHINESE, DEMO_CLASS_GROUP, "四季"),
    OldSlot(2, 3, 9, MATHS, FIRST_GRADE_2, "认识图形"),
    OldSlot(2, 1, 14, ART, DEMO_CLASS_GROUP, "色彩的秘密"),
    OldSlot(3, 2, 8, CHINESE, DEMO_CLASS_GROUP, "小猫钓鱼", Fate.DELETED_LATER),
    OldSlot(3, 0, 15, COMPUTING, DEMO_CLASS_GROUP, "认识键盘"),
    OldSlot(6, 3, 8, CHINESE, DEMO_CLASS_GROUP, "静夜思", Fate.NOTHING_THERE),
)


def add_history(*, at: dt.datetime) -> None:
    """Make the past classes that are missing, here and in the local cloud. Safe to repeat.

    Raises:
        NoLocalCloud: the local cloud does not answer.
    """
    known = set(Replay.objects.values_list("room_number", flat=True))
    past = (*_old_classes(at), *_classes_of_this_week(at))
    new = [each for each in past if each.room_id not in known]
    if not new:
        return
    for each in new:
        add_past_class(
            name=each.title,
            room_id=each.room_id,
            start_s=int(each.starts_at.timestamp()),
            end_s=int(each.ends_at.timestamp()),
            recordings=RECORDINGS.get(each.fate, 0) if each.is_recorded else 0,
            is_recorded=each.is_recorded,
            is_expired=each.fate is Fate.NEVER_HELD,
        )
    _import(new)
    for each in new:
        _sync(each)


def _old_classes(at: dt.datetime) -> list[PastClass]:
    today = timezone.localdate(at)
    return [_old_class(slot, today) for slot in OLD_SLOTS]


def _old_class(slot: OldSlot, today: dt.date) -> PastClass:
    monday = monday_of(today) - dt.timedelta(weeks=slot.weeks_ago)
    day = monday + dt.timedelta(days=slot.weekday)
    start = timezone.make_aware(dt.datetime.combine(day, dt.time(slot.hour)))
    return PastClass(
        course=slot.subject.course,
        teacher=slot.subject.teacher,
        class_groups=(slot.class_group,),
        starts_at=start,
        title=f"第{week_of_term(monday)}周 {slot.topic}",
        fate=slot.fate,
        is_recorded=slot.subject.record_mode == RecordMode.AUTOMATIC,
    )


def _classes_of_this_week(at: dt.datetime) -> list[PastClass]:
    """The lessons that were over before the demo was ever started: they have no room yet."""
    lessons = (
        Lesson.objects.filter(state=LessonState.PUBLISHED, ends_at__lte=at - OVER_SINCE, rooms=None)
        .select_related("course", "teacher")
        .prefetch_related("class_groups")
        .in_page_order()
    )
    return [
        PastClass(
            course=lesson.course.name,
            teacher=lesson.teacher.username,
            class_groups=tuple(group.name for group in lesson.class_groups.all()),
            starts_at=lesson.starts_at,
            title=lesson.title,
            fate=Fate.NEVER_HELD if number % NEVER_HELD_EVERY == 0 else Fate.RECORDED,
            room_type=RoomType(lesson.room_type),
            is_recorded=lesson.record_mode == RecordMode.AUTOMATIC,
        )
        for number, lesson in enumerate(lessons, start=1)
    ]


def _import(past: list[PastClass]) -> None:
    with tempfile.NamedTemporaryFile("w", suffix=".csv", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(each.as_row() for each in past)
        file.flush()
        call_command("import_lessons", file.name, stdout=io.StringIO())


def _sync(past: PastClass) -> None:
    call_command("sync_replays", room=past.room_id, stdout=io.StringIO())
    if past.fate is not Fate.DELETED_LATER:
        return
    delete_recordings(past.room_id)
    call_command("sync_replays", room=past.room_id, stdout=io.StringIO())
    # As if the recording had been missed for a while: it counts as gone when it is missed again.
    missed_at = timezone.now() - GONE_AFTER
    ReplayFile.objects.filter(replay__room_number=past.room_id).update(missing_since=missed_at)
    call_command("sync_replays", room=past.room_id, stdout=io.StringIO())
