"""The demo school's regular week, as data, and how it comes into the timetable."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from edu_platform.demo.people import (
    DEMO_CLASS_GROUP,
    DEMO_TEACHER,
    FIRST_GRADE_1,
    FIRST_GRADE_2,
    SECOND_GRADE_1,
    TUTORED,
)
from schedule.class_groups.memberships import get_or_add_class_group
from schedule.enums import RecordMode, RoomType
from schedule.lessons.cancel import cancel_lesson
from schedule.lessons.change import schedule_lessons
from schedule.lessons.plan import LessonPlan
from schedule.lessons.taking import LessonOverlaps
from schedule.models import ClassGroup, Course, Lesson, PlanningAction
from schedule.terms.week_ranges import EVEN, ODD, Weeks
from schedule.terms.weekly_lesson_writing import EVERY_WEEK
from schedule.week_grid import monday_of, start_of_day, week_number

LENGTH = dt.timedelta(minutes=45)
DAY = dt.timedelta(days=1)
WEEKS = (0, 1)  # counted from the one that holds today
# Month and day, in whose week a term begins.
TERM_STARTS = ((2, 20), (9, 1))
# How far somebody may move a lesson for it to be found again instead of being planned once more.
KNOWN_WITHIN = dt.timedelta(weeks=8)
TIMES = (dt.time(8), dt.time(9), dt.time(10), dt.time(14), dt.time(15))


@dataclass(frozen=True, slots=True)
class Subject:
    course: str
    teacher: str
    topics: tuple[str, ...]
    record_mode: RecordMode = RecordMode.AUTOMATIC


CHINESE = ("静夜思", "小猫钓鱼", "四季", "大小多少", "雪地里的小画家", "乌鸦喝水", "升国旗", "影子")
SUBJECTS = {
    "语": Subject("语文课", DEMO_TEACHER, CHINESE),
    "文": Subject(
        "语文课", "wusimin", ("曹冲称象", "小蝌蚪找妈妈", "坐井观天", "寒号鸟", "雾在哪里")
    ),
    "数": Subject(
        "数学课",
        "wangjianguo",
        ("认识钟表", "十以内加减法", "认识图形", "比长短", "二十以内进位加法", "找规律"),
    ),
    "英": Subject(
        "英语课", "chenxiaoyan", ("Colours", "My family", "Numbers", "Animals", "Food", "Weather")
    ),
    "体": Subject(
        "体育课", "liuzhiqiang", ("队列与广播操", "跳绳", "立定跳远", "接力跑"), RecordMode.NONE
    ),
    "美": Subject("美术课", "zhaoyutong", ("色彩的秘密", "剪纸窗花", "我的校园", "水墨小鱼")),
    "史": Subject("历史课", "sunmingyuan", ("四大发明", "丝绸之路", "故宫的故事", "郑和下西洋")),
    "计": Subject("计算机", "zhouwenbo", ("认识键盘", "画图小能手", "安全上网", "图形化编程")),
}
# Monday to Friday; in each day one letter for each of TIMES, `-` for a free hour.
GRID = {
    FIRST_GRADE_1: ("语数英体美", "英语数美计", "语体数--", "英语数美-", "语数体--"),
    FIRST_GRADE_2: ("数语体美计", "语数英体-", "英语美--", "语数体计英", "数语英--"),
    SECOND_GRADE_1: ("英文数-体", "数文美计体", "数文英计-", "-英文体美", "英文数--"),
}


@dataclass(frozen=True, slots=True)
class Slot:
    """One lesson of every week."""

    weekday: int  # Monday is 0
    time: dt.time
    subject: Subject
    class_groups: tuple[str, ...]
    title: str = ""  # empty: the subject's next topic
    room_type: RoomType = RoomType.INTERACTIVE
    is_draft: bool = False
    weeks: Weeks = EVERY_WEEK


SPECIAL_SLOTS = (
    Slot(2, dt.time(14), SUBJECTS["史"], (FIRST_GRADE_1, FIRST_GRADE_2)),
    Slot(2, dt.time(15), SUBJECTS["语"], (TUTORED,), "阅读辅导", RoomType.ONE_TO_ONE),
    Slot(3, dt.time(15), SUBJECTS["语"], (FIRST_GRADE_1,), "读书会", RoomType.ROUND_TABLE),
    Slot(1, dt.time(15), SUBJECTS["语"], (FIRST_GRADE_2,), "书法社团", weeks=Weeks(ODD)),
    Slot(1, dt.time(15), SUBJECTS["语"], (FIRST_GRADE_2,), "朗诵社团", weeks=Weeks(EVEN)),
    Slot(
        4,
        dt.time(14),
        SUBJECTS["计"],
        (FIRST_GRADE_1, FIRST_GRADE_2, SECOND_GRADE_1),
        "网络安全讲座",
        RoomType.LECTURE,
    ),
    Slot(4, dt.time(15), SUBJECTS["美"], (SECOND_GRADE_1,), "作品展（待定）", is_draft=True),
)
# One lesson a week does not take place: in odd weeks another one than in even weeks.
CANCELLED = {
    1: (4, dt.time(9), FIRST_GRADE_2, "班级外出参观，改为自习"),
    0: (3, dt.time(8), FIRST_GRADE_2, "教室设备检修，下周补课"),
}


@dataclass(frozen=True, slots=True)
class Taken:
    """Times at which the demo's own lessons take its teacher and class group: regular ones stand back."""

    starts_at: dt.datetime
    ends_at: dt.datetime

    def collides_with(self, plan: LessonPlan) -> bool:
        is_at_same_time = plan.starts_at < self.ends_at and self.starts_at < plan.ends_at
        names = {group.name for group in plan.class_groups}
        return is_at_same_time and (
            plan.teacher.username == DEMO_TEACHER or DEMO_CLASS_GROUP in names
        )


@dataclass(slots=True)
class Rosters:
    """Courses, class groups and teachers by name, each looked up or made once."""

    users: dict[str, User]
    _courses: dict[str, Course] = field(default_factory=dict)
    _class_groups: dict[str, ClassGroup] = field(default_factory=dict)

    def course(self, name: str) -> Course:
        if name not in self._courses:
            self._courses[name] = Course.objects.get_or_create(name=name)[0]
        return self._courses[name]

    def class_group(self, name: str) -> ClassGroup:
        if name not in self._class_groups:
            self._class_groups[name] = get_or_add_class_group(name)
        return self._class_groups[name]


def week_slots() -> Iterator[Slot]:
    for class_group, days in GRID.items():
        for weekday, letters in enumerate(days):
            for time, letter in zip(TIMES, letters, strict=True):
                if letter != "-":
                    yield Slot(weekday, time, SUBJECTS[letter], (class_group,))
    yield from SPECIAL_SLOTS


@transaction.atomic
def plan_week(monday: dt.date, rosters: Rosters, taken: Taken, *, at: dt.datetime) -> list[Lesson]:
    """Plan the lessons of one week that are not there yet, and return those that were published.

    A lesson that was moved since, or that somebody else teaches by now, is there too.
    """
    known = known_lessons(monday)
    published: list[LessonPlan] = []
    drafts: list[LessonPlan] = []
    for slot, plan in slots_of_week(monday, rosters):
        is_late_draft = slot.is_draft and plan.ends_at <= at
        if not (key_of(plan) in known or is_late_draft or taken.collides_with(plan)):
            (drafts if slot.is_draft else published).append(plan)
    _schedule(drafts, is_draft=True)
    lessons = _schedule(published, is_draft=False)
    for lesson in lessons:
        _cancel_if_called_off(lesson, monday, week_of_term(monday))
    return lessons


def slots_of_week(monday: dt.date, rosters: Rosters) -> Iterator[tuple[Slot, LessonPlan]]:
    """Yield what this week of its term regularly holds, with the topics whose turn it is."""
    week = week_of_term(monday)
    topics_used: Counter[tuple[str, tuple[str, ...]]] = Counter()
    for slot in week_slots():
        if slot.weeks.has(week):
            title = slot.title or _next_topic(slot, week, topics_used)
            yield slot, _plan(slot, f"第{week}周 {title}", monday, rosters)


def week_of_term(monday: dt.date) -> int:
    """Return the number of a week in its term, counted from 1 September or 20 February."""
    first_monday, _next_one = term_starts_around(monday)
    return week_number(monday, first_monday=first_monday)


def term_starts_around(monday: dt.date) -> tuple[dt.date, dt.date]:
    """The first Monday of this week's term, and that of the term after it."""
    starts = [
        monday_of(dt.date(year, month, day))
        for year in range(monday.year - 1, monday.year + 2)
        for month, day in TERM_STARTS
    ]
    after = min(start for start in starts if start > monday)
    return max(start for start in starts if start <= monday), after


LessonKey = tuple[int, str, str | None]


def key_of(plan: LessonPlan) -> LessonKey:
    return plan.teacher.pk, plan.title, plan.class_groups[0].name


def known_lessons(monday: dt.date) -> dict[LessonKey, int]:
    """The lessons around a week, by those who teach them or did, their titles and each of their class groups."""
    start = start_of_day(monday)
    lessons = Lesson.objects.within(
        starts_at=start - KNOWN_WITHIN, ends_at=start + 7 * DAY + KNOWN_WITHIN
    )
    columns = ("teacher", "known_teacher", "title", "class_groups__name", "pk")
    found: dict[LessonKey, int] = {}
    for teacher, known_teacher, title, class_group, pk in lessons.values_list(*columns):
        found[teacher, title, class_group] = pk
        if known_teacher is not None:
            found[known_teacher, title, class_group] = pk
    return found


def _next_topic(slot: Slot, week: int, used: Counter[tuple[str, tuple[str, ...]]]) -> str:
    """The class's topics in turn, going on where the week before ended."""
    key = (slot.subject.course, slot.class_groups)
    number = week * len(TIMES) + used[key]
    used[key] += 1
    return slot.subject.topics[number % len(slot.subject.topics)]


def _plan(slot: Slot, title: str, monday: dt.date, rosters: Rosters) -> LessonPlan:
    day = monday + slot.weekday * DAY
    starts_at = timezone.make_aware(dt.datetime.combine(day, slot.time))
    return LessonPlan(
        course=rosters.course(slot.subject.course),
        teacher=rosters.users[slot.subject.teacher],
        class_groups=tuple(rosters.class_group(name) for name in slot.class_groups),
        starts_at=starts_at,
        ends_at=starts_at + LENGTH,
        title=title,
        room_type=slot.room_type,
        record_mode=slot.subject.record_mode,
    )


def told_to_nobody(reason: str = "") -> PlanningAction:
    """Return an action of which nobody is told: what the demo school plans by itself is news to nobody."""
    return PlanningAction(reason=reason, is_told=False)


def _schedule(plans: list[LessonPlan], *, is_draft: bool) -> list[Lesson]:
    try:
        return schedule_lessons(plans, is_draft=is_draft, action=told_to_nobody())
    except LessonOverlaps:
        # Somebody planned lessons of their own there: plan what fits beside them.
        return [lesson for plan in plans for lesson in _schedule_if_free(plan, is_draft=is_draft)]


def _schedule_if_free(plan: LessonPlan, *, is_draft: bool) -> list[Lesson]:
    try:
        return schedule_lessons([plan], is_draft=is_draft, action=told_to_nobody())
    except LessonOverlaps:
        return []


def _cancel_if_called_off(lesson: Lesson, monday: dt.date, week: int) -> None:
    weekday, time, class_group, reason = CANCELLED[week % 2]
    day = monday + weekday * DAY
    if lesson.starts_at != timezone.make_aware(dt.datetime.combine(day, time)):
        return
    if lesson.class_groups.filter(name=class_group).exists():
        # As it was said the day before, also when that lies in the past by now.
        action = told_to_nobody(reason=reason)
        cancel_lesson(lesson, reason=reason, at=lesson.starts_at - DAY, action=action)
