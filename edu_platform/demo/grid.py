"""The demo school's regular week, as data: when the bells ring, who teaches what, and where it stands."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from edu_platform.demo.roster import (
    CLASS_GROUPS,
    CLASS_TEACHERS,
    DEMO_TEACHER,
    FIRST_GRADE_1,
    FIRST_GRADE_2,
    FIRST_GRADE_3,
    FOURTH_GRADE_1,
    FOURTH_GRADE_2,
    SECOND_GRADE_1,
    SECOND_GRADE_2,
    SECOND_GRADE_3,
    THIRD_GRADE_1,
    THIRD_GRADE_2,
    TUTORED,
)
from edu_platform.demo.topics import (
    ART,
    CHINESE,
    COMPUTING,
    ENGLISH,
    MATHS,
    MORALS,
    MUSIC,
    SCIENCE,
    SPORTS,
    WORK,
)
from schedule.enums import RecordMode, RoomType
from schedule.terms.bells.bell_times import BellSpan, even_bells
from schedule.terms.weekly_lessons.week_ranges import EVEN, ODD, Weeks
from schedule.terms.weekly_lessons.writing import EVERY_WEEK

LENGTH = dt.timedelta(minutes=40)
BREAK = dt.timedelta(minutes=10)
# The n-th is period n: four in the morning, three in the afternoon.
BELLS: tuple[BellSpan, ...] = (
    *even_bells(4, first=dt.time(8, 10), length=LENGTH, between=BREAK),
    *even_bells(3, first=dt.time(14), length=LENGTH, between=BREAK),
)
# The fourth grade has a longer midday: its afternoon begins later.
UPPER_GRADE = "四年级"
UPPER_LIST = f"{UPPER_GRADE}作息"
UPPER_BELLS: tuple[BellSpan, ...] = (
    *BELLS[:4],
    *even_bells(3, first=dt.time(14, 10), length=LENGTH, between=BREAK),
)
COURSES = {
    "语": CHINESE,
    "数": MATHS,
    "英": ENGLISH,
    "科": SCIENCE,
    "美": ART,
    "音": MUSIC,
    "体": SPORTS,
    "道": MORALS,
    "劳": WORK,
    "信": COMPUTING,
}
# Monday to Friday; in each day one letter for each period, `-` for a free one.
GRID = {
    FIRST_GRADE_1: "语数体信英科- 道语语数英劳- 数语音体美-- 语数美科音-- 语数体语英--",
    FIRST_GRADE_2: "数语劳体科信- 数语道音体英- 英语语数体-- 科英数语美-- 数语音语美--",
    FIRST_GRADE_3: "数语语英美音- 数英语道科体- 数英体道音-- 语数劳语体信- 数语美语科--",
    SECOND_GRADE_1: "语数体语道劳- 科数语语英音- 道数语美英-- 数语科体信美- 语英数音体--",
    SECOND_GRADE_2: "道数信语英美- 语数科英美体- 科数语语体-- 数道体语劳音- 语语数英音--",
    SECOND_GRADE_3: "数语语音美体- 数道科语体英- 数科语信音-- 语数语劳美英- 道数语体英--",
    THIRD_GRADE_1: "英语数体音美信 语数英音信道科 语数道语美-- 科数语体英劳- 数语英语体--",
    THIRD_GRADE_2: "语英语数体音美 语语数信体英劳 数语音体科-- 数语科信道英- 语道数美英--",
    FOURTH_GRADE_1: "数道体语信英科 数语体英科信音 语数美语英-- 英数劳语体道- 数语美语音--",
    FOURTH_GRADE_2: "语数语美英科体 科数语语音美信 英道数语信-- 道语体数英音- 语英体数劳--",
}
# The teachers of each course for the class groups in their order.
TEACHERS = {
    CHINESE: tuple(CLASS_TEACHERS),
    WORK: tuple(CLASS_TEACHERS),
    MATHS: (
        *(*["wangjianguo"] * 2, *["liangsiqi"] * 2, *["luoyongqiang"] * 2),
        *(*["zengfanyu"] * 2, *["songlixin"] * 2),
    ),
    ENGLISH: (
        *(*["chenxiaoyan"] * 3, *["jiangxinyue"] * 3),
        *(*["shenjiayi"] * 2, *["caoxue"] * 2),
    ),
    SCIENCE: (*["xuzhiyuan"] * 5, *["denglihua"] * 5),
    ART: (*["zhaoyutong"] * 5, *["pengcheng"] * 5),
    MUSIC: (*["hejiayin"] * 5, *["xieyunfan"] * 5),
    SPORTS: (*["liuzhiqiang"] * 3, *["gaoxiang"] * 3, *["maxiaofeng"] * 4),
    MORALS: ("sunmingyuan",) * 10,
    COMPUTING: ("zhouwenbo",) * 10,
}
# Only these lessons are recorded: a school tries it in some class groups first.
RECORDED_CLASS_GROUPS = frozenset({FIRST_GRADE_1, FIRST_GRADE_2, SECOND_GRADE_1})
RECORDED_COURSES = frozenset({CHINESE, MATHS, ENGLISH})


@dataclass(frozen=True, slots=True)
class Slot:
    """One lesson of every week."""

    weekday: int  # Monday is 0
    period: int
    course: str
    teacher: str
    class_groups: tuple[str, ...]
    title: str = ""  # empty: the course's next topic
    room_type: RoomType = RoomType.INTERACTIVE
    record_mode: RecordMode = RecordMode.NONE
    is_draft: bool = False
    weeks: Weeks = EVERY_WEEK
    overlap_reason: str = ""

    @property
    def bell(self) -> BellSpan:
        """Return the period as the term's own bell times have it."""
        return BELLS[self.period - 1]

    @property
    def bells(self) -> tuple[BellSpan, ...]:
        """Return the bell times that hold for its class groups."""
        is_upper = all(name.startswith(UPPER_GRADE) for name in self.class_groups)
        return UPPER_BELLS if is_upper else BELLS


SPECIAL_SLOTS = (
    Slot(1, 7, CHINESE, DEMO_TEACHER, (FIRST_GRADE_2,), "书法社团", weeks=Weeks(ODD)),
    Slot(1, 7, CHINESE, DEMO_TEACHER, (FIRST_GRADE_2,), "朗诵社团", weeks=Weeks(EVEN)),
    Slot(2, 6, MORALS, "sunmingyuan", (FIRST_GRADE_1, FIRST_GRADE_2), "校园安全（合班）"),
    Slot(
        2,
        7,
        CHINESE,
        DEMO_TEACHER,
        (TUTORED,),
        "阅读辅导",
        RoomType.ONE_TO_ONE,
        RecordMode.AUTOMATIC,
    ),
    Slot(
        3,
        5,
        MUSIC,
        "xieyunfan",
        (THIRD_GRADE_1,),
        "合唱团排练",
        overlap_reason="合唱团成员排练，其余学生照常上课",
    ),
    Slot(
        3,
        7,
        CHINESE,
        DEMO_TEACHER,
        (FIRST_GRADE_1,),
        "读书会",
        RoomType.ROUND_TABLE,
        RecordMode.AUTOMATIC,
    ),
    Slot(
        4,
        6,
        COMPUTING,
        "zhouwenbo",
        (FIRST_GRADE_1, FIRST_GRADE_2, FIRST_GRADE_3),
        "网络安全讲座",
        RoomType.LECTURE,
        RecordMode.AUTOMATIC,
    ),
    Slot(4, 7, ART, "zhaoyutong", (SECOND_GRADE_1,), "作品展（待定）", is_draft=True),
)


def week_slots() -> Iterator[Slot]:
    for class_group, days in GRID.items():
        for weekday, letters in enumerate(days.split()):
            for period, letter in enumerate(letters, start=1):
                if letter != "-":
                    yield _regular(class_group, weekday, period, COURSES[letter])
    yield from SPECIAL_SLOTS


def _regular(class_group: str, weekday: int, period: int, course: str) -> Slot:
    is_recorded = class_group in RECORDED_CLASS_GROUPS and course in RECORDED_COURSES
    return Slot(
        weekday,
        period,
        course,
        TEACHERS[course][CLASS_GROUPS.index(class_group)],
        (class_group,),
        record_mode=RecordMode.AUTOMATIC if is_recorded else RecordMode.NONE,
    )
