"""The demo school's past: classes that were held, with replays in all states.

It comes in as a real school's would: by `import_lessons` with room numbers, then `sync_replays`.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import tempfile
import zlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from django.core.management import call_command
from django.db.models import Q
from django.utils import timezone

from edu_platform.demo.cloud import add_past_class, delete_recordings
from edu_platform.demo.grid import LENGTH
from edu_platform.demo.past_weeks import Outcome, outcomes_before
from edu_platform.demo.replay_actions import throw_away
from edu_platform.demo.roster import DEMO_CLASS_GROUP, DEMO_TEACHER
from edu_platform.demo.timetable import course_named, title_start
from edu_platform.demo.topics import CHINESE
from replays.models import Replay, ReplayFile
from replays.polling_times import GONE_AFTER
from schedule.enums import LessonState, RecordMode, RoomReason, RoomType
from schedule.models import Lesson, Occupation, Room
from schedule.week_grid import monday_of

COLUMNS = (
    *("course", "teacher", "class_groups", "date", "start", "end"),
    *("room_type", "record", "title", "room_id"),
)
# Room numbers of the past, far from those that the local cloud gives out.
# As the history of imports names it.
FILE_NAME = "本学期已上的课.csv"
FIRST_ROOM_ID = 330_000_000
ROOM_IDS = 60_000_000
OVER_SINCE = dt.timedelta(minutes=10)
# Every so many classes of the running week nobody came.
NEVER_HELD_EVERY = 9
CLASSES_AT_ONCE = 4


RECORDINGS = {
    Outcome.RECORDED: 1,
    Outcome.RECORDED_TWICE: 2,
    Outcome.AS_PLAY_LIST: 1,
    Outcome.AS_SIGNALS: 1,
    Outcome.DELETED_LATER: 1,
    Outcome.IN_TRASH: 1,
    Outcome.DELETED_HERE: 1,
}


@dataclass(frozen=True, slots=True)
class PastClass:
    course: str
    teacher: str
    class_groups: tuple[str, ...]
    starts_at: dt.datetime
    ends_at: dt.datetime
    title: str
    outcome: Outcome
    room_type: RoomType = RoomType.INTERACTIVE

    @property
    def room_id(self) -> int:
        """Return the same number at each start, also when one of database and cloud was emptied."""
        key = f"{self.course}|{self.class_groups}|{self.starts_at.isoformat()}"
        return FIRST_ROOM_ID + zlib.crc32(key.encode()) % ROOM_IDS

    @property
    def cloud_record_mode(self) -> RecordMode:
        """Return what the cloud was told, which is not always what the school wanted."""
        if self.outcome is Outcome.AS_SIGNALS:
            return RecordMode.SIGNALLING
        is_full = self.outcome is Outcome.STORAGE_FULL
        return RecordMode.NONE if is_full else RecordMode.AUTOMATIC

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
            "record": "yes",
            "title": self.title,
            "room_id": str(self.room_id),
        }


@dataclass(frozen=True, slots=True)
class NewsSlot:
    """A class of yesterday, after the regular ones: people are told of its replay."""

    topic: str
    outcome: Outcome


NEWS_SLOTS = (
    NewsSlot("课外阅读", Outcome.NOTHING_THERE),
    NewsSlot("故事会", Outcome.RECORDED),
)
NEWS_HOURS = range(17, 23)
NEWS_FOR = dt.timedelta(days=7)


def add_history(*, at: dt.datetime) -> None:
    """Make the past classes that are missing, here and in the local cloud. Safe to repeat.

    Raises:
        NoLocalCloud: the local cloud does not answer.
    """
    known = set(Replay.objects.values_list("room_number", flat=True))
    news = _classes_of_yesterday(at)
    past = (*_recorded_classes(at), *news)
    new = [past_class for past_class in past if past_class.room_id not in known]
    if not new:
        return
    # The cloud makes several films at once; nothing here touches the database.
    with ThreadPoolExecutor(max_workers=CLASSES_AT_ONCE) as pool:
        list(pool.map(_add_to_cloud, new))
    _import(new)
    for past_class in new:
        _sync(past_class, at)
    # As if the platform had made these rooms itself: of what was imported nobody is told.
    news_rooms = Room.objects.filter(room_id__in=[past_class.room_id for past_class in news])
    news_rooms.update(reason=RoomReason.AHEAD)


def _add_to_cloud(past: PastClass) -> None:
    add_past_class(
        name=past.title,
        room_id=past.room_id,
        start_s=int(past.starts_at.timestamp()),
        end_s=int(past.ends_at.timestamp()),
        recordings=RECORDINGS.get(past.outcome, 0),
        record_mode=past.cloud_record_mode,
        as_play_list=past.outcome is Outcome.AS_PLAY_LIST,
        is_expired=past.outcome is Outcome.NEVER_HELD,
    )


def _classes_of_yesterday(at: dt.datetime) -> list[PastClass]:
    """Return those of which there is news, unless the ones of an earlier day are news still."""
    day = timezone.localdate(at) - dt.timedelta(days=1)
    hours = iter(NEWS_HOURS)
    classes: list[PastClass] = []
    for slot in NEWS_SLOTS:
        is_news = Q(title__endswith=slot.topic, planned_start__gt=at - NEWS_FOR)
        if not Replay.objects.filter(is_news).exists():
            # The next one goes on where this one has its hour.
            possible = (_news_class(slot, day, hour) for hour in hours)
            classes += islice(filter(_is_free, possible), 1)
    return classes


def _news_class(slot: NewsSlot, day: dt.date, hour: int) -> PastClass:
    start = timezone.make_aware(dt.datetime.combine(day, dt.time(hour)))
    return PastClass(
        course=course_named(CHINESE).name,
        teacher=DEMO_TEACHER,
        class_groups=(DEMO_CLASS_GROUP,),
        starts_at=start,
        ends_at=start + LENGTH,
        title=f"{title_start(monday_of(day))}{slot.topic}",
        outcome=slot.outcome,
    )


def _is_free(past: PastClass) -> bool:
    """Tell whether neither its teacher nor its class group has another lesson then, cancelled or not."""
    taken = Occupation.objects.overlapping(starts_at=past.starts_at, ends_at=past.ends_at)
    is_theirs = Q(person__username=past.teacher) | Q(class_group__name__in=past.class_groups)
    return not taken.filter(is_theirs).exclude(lesson__rooms__room_id=past.room_id).exists()


def _recorded_classes(at: dt.datetime) -> list[PastClass]:
    """Return the lessons that were over before the demo was ever started: they have no room yet.

    Those of earlier weeks have the outcomes that the school begins with.
    """
    lessons = (
        Lesson.objects.filter(state=LessonState.PUBLISHED, ends_at__lte=at - OVER_SINCE, rooms=None)
        .exclude(record_mode=RecordMode.NONE)
        .select_related("course", "teacher")
        .prefetch_related("class_groups")
        .in_page_order()
    )
    outcomes = outcomes_before(timezone.localdate(at))
    return [
        _recorded_class(lesson, outcomes, is_unheld=number % NEVER_HELD_EVERY == 0)
        for number, lesson in enumerate(lessons, start=1)
    ]


def _recorded_class(
    lesson: Lesson, outcomes: dict[tuple[dt.datetime, str], Outcome], *, is_unheld: bool
) -> PastClass:
    groups = tuple(group.name for group in lesson.class_groups.all())
    usual = Outcome.NEVER_HELD if is_unheld else Outcome.RECORDED
    return PastClass(
        course=lesson.course.name,
        teacher=lesson.teacher.username,
        class_groups=groups,
        starts_at=lesson.starts_at,
        ends_at=lesson.ends_at,
        title=lesson.title,
        outcome=outcomes.get((lesson.starts_at, groups[0]), usual),
        room_type=RoomType(lesson.room_type),
    )


def _import(past: list[PastClass]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, FILE_NAME)
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS)
            writer.writeheader()
            writer.writerows(past_class.as_row() for past_class in past)
        call_command("import_lessons", str(path), stdout=io.StringIO())


def _sync(past: PastClass, at: dt.datetime) -> None:
    if past.outcome is Outcome.STORAGE_FULL:
        Room.objects.filter(room_id=past.room_id).update(recording_refused=True)
    call_command("sync_replays", room=past.room_id, stdout=io.StringIO())
    if past.outcome is Outcome.DELETED_LATER:
        _lose(past)
    elif past.outcome in {Outcome.IN_TRASH, Outcome.DELETED_HERE}:
        throw_away(past.room_id, is_over=past.outcome is Outcome.DELETED_HERE, at=at)


def _lose(past: PastClass) -> None:
    delete_recordings(past.room_id)
    call_command("sync_replays", room=past.room_id, stdout=io.StringIO())
    # As if the recording had been missed for a while: it counts as gone when it is missed again.
    missed_at = timezone.now() - GONE_AFTER
    ReplayFile.objects.filter(replay__room_number=past.room_id).update(missing_since=missed_at)
    call_command("sync_replays", room=past.room_id, stdout=io.StringIO())
