"""The file of a feed, as the standard has it."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import icalendar
import pytest

from schedule.enums import CourseColour
from schedule.feeds import calendar_file
from schedule.feeds.reading import FeedLesson
from tests.support.calendars import READERS

AT = dt.datetime(2026, 9, 7, 0, 0, tzinfo=dt.UTC)
TODAY = dt.date(2026, 9, 7)
LESSON = FeedLesson(
    code="abcdefghjkmn",
    is_cancelled=False,
    sequence=3,
    changed_at=AT - dt.timedelta(days=2),
    starts_at=AT,
    ends_at=AT + dt.timedelta(minutes=45),
    topic="",
    course="语文课",
    colour=CourseColour.BLUE,
    teacher="李老师",
    class_groups=("三年级1班", "三年级2班"),
)
GOLDEN = """\
BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//edu-platform//timetable//ZH
CALSCALE:GREGORIAN
X-WR-CALNAME:课程表：王同学
X-WR-TIMEZONE:Asia/Shanghai
REFRESH-INTERVAL;VALUE=DURATION:PT1H
X-PUBLISHED-TTL:PT1H
BEGIN:VTIMEZONE
TZID:Asia/Shanghai
BEGIN:STANDARD
DTSTART:20250101T000000
TZNAME:CST
TZOFFSETFROM:+0800
TZOFFSETTO:+0800
END:STANDARD
END:VTIMEZONE
BEGIN:VEVENT
UID:abcdefghjkmn@school.example
DTSTAMP:20260905T000000Z
LAST-MODIFIED:20260905T000000Z
SEQUENCE:3
STATUS:CONFIRMED
DTSTART;TZID=Asia/Shanghai:20260907T080000
DTEND;TZID=Asia/Shanghai:20260907T084500
SUMMARY:语文课
COLOR:royalblue
LOCATION:在线课堂
URL:https://school.example/schedule/lessons/abcdefghjkmn/
DESCRIPTION:授课老师：李老师\\n班级：三年级1班、三年级2
 班\\nhttps://school.example/schedule/lessons/abcdefghjkmn/
END:VEVENT
END:VCALENDAR
"""


@pytest.fixture(autouse=True)
def chinese_school(settings) -> None:
    settings.LANGUAGE_CODE = "zh-hans"
    settings.TIME_ZONE = "Asia/Shanghai"
    settings.PUBLIC_BASE_URL = "https://school.example"


def file_of(*lessons: FeedLesson, today: dt.date = TODAY) -> bytes:
    return calendar_file.written(lessons, person="王同学", today=today)


def changed(**fields: object) -> FeedLesson:
    known = {name: getattr(LESSON, name) for name in FeedLesson.__dataclass_fields__}
    return FeedLesson(**{**known, **fields})


def summary_of(lesson: FeedLesson) -> str:
    (event,) = READERS["icalendar"](file_of(lesson))
    return event.summary


def test_whole_file():
    assert file_of(LESSON).decode() == GOLDEN.replace("\n", "\r\n")


def test_person_without_lessons_has_a_calendar_all_the_same():
    assert b"VEVENT" not in file_of()
    assert icalendar.Calendar.from_ical(file_of())["X-WR-CALNAME"] == "课程表：王同学"


def test_events_are_those_that_icalendar_would_write(settings):
    settings.PUBLIC_BASE_URL = f"https://{'long-name.' * 8}school.example:8443"
    odd = '语文课; "荷花", 古诗\\三首\n第二行 ' * 5
    lesson = changed(topic=odd, teacher="李,老师", is_cancelled=True)
    zone = ZoneInfo("Asia/Shanghai")
    event = icalendar.Event()
    event.add("uid", f"{lesson.code}@{'long-name.' * 8}school.example")
    event.add("dtstamp", lesson.changed_at)
    event.add("last-modified", lesson.changed_at)
    event.add("sequence", lesson.sequence)
    event.add("status", "CANCELLED")
    event.add("dtstart", lesson.starts_at.astimezone(zone))
    event.add("dtend", lesson.ends_at.astimezone(zone))
    event.add("summary", odd)
    event.add("color", "royalblue")
    event.add("location", "在线课堂")
    address = f"{settings.PUBLIC_BASE_URL}/schedule/lessons/{lesson.code}/"
    event.add("url", address)
    groups = "三年级1班、三年级2班"
    words = f"这节课已取消。\n授课老师：李,老师\n班级：{groups}\n{address}"
    event.add("description", words)

    _head, _begin, written = file_of(lesson).partition(b"BEGIN:VEVENT")

    expected = sorted(event.to_ical().splitlines(keepends=True))
    assert sorted((_begin + written).splitlines(keepends=True)[:-1]) == expected


def test_long_lines_are_folded_between_characters():
    lesson = changed(topic="荷花𠮷古诗三首、丝绸之路" * 12)
    lines = file_of(lesson).split(b"\r\n")

    assert max(map(len, lines)) <= 75
    assert [line.decode() for line in lines]  # each is whole characters
    assert b"\n" not in b"".join(lines)
    assert summary_of(lesson) == f"语文课 {lesson.topic}"


@pytest.mark.parametrize(
    "end", ["\r", "\x00", "\t", "\x0b", "\x0c", "\x1c", "\x1e", "\x7f", "\x85", "\u2028", "\u2029"]
)
def test_names_begin_no_line_of_their_own(end: str):
    """Some programs end a line at more than the standard does."""
    injected = f"荷花{end}END:VEVENT{end}BEGIN:VEVENT{end}UID:mine"
    file = file_of(changed(topic=injected, teacher=injected, class_groups=(injected,))).decode()

    assert file.splitlines() == file.split("\r\n")[:-1]
    assert end == "\r" or end not in file


@pytest.mark.parametrize(
    ("topic", "summary"),
    [
        ("", "语文课"),
        ("第17讲 荷花", "语文课 第17讲 荷花"),
        ("语文课 第17讲 荷花", "语文课 第17讲 荷花"),
    ],
)
def test_title_stands_beside_the_course_when_it_says_more(topic: str, summary: str):
    assert summary_of(changed(topic=topic)) == summary


def test_nobody_is_invited_or_alarmed():
    file = file_of(LESSON, changed(is_cancelled=True))

    assert not any(word in file for word in (b"ATTENDEE", b"ORGANIZER", b"VALARM", b"METHOD"))


def test_every_colour_has_a_name_of_its_own_that_style_sheets_know():
    """RFC 7986 takes the names of CSS and nothing else."""
    lines = {
        line
        for colour in CourseColour
        if colour is not CourseColour.BY_NAME
        for line in file_of(changed(colour=colour)).decode().splitlines()
        if line.startswith("COLOR:")
    }

    assert {line.removeprefix("COLOR:") for line in lines} == {
        *("royalblue", "orangered", "forestgreen", "blueviolet", "mediumvioletred", "darkcyan"),
        *("darkgoldenrod", "olivedrab", "crimson", "slateblue", "teal", "slategray"),
    }


@pytest.mark.parametrize("reader", READERS)
def test_hours_are_right_where_clocks_change(settings, reader: str):
    settings.TIME_ZONE = "Europe/Berlin"
    # An hour before and after the clocks change, in autumn and in spring.
    starts = [
        dt.datetime(2026, 10, 24, 23, 30, tzinfo=dt.UTC),
        dt.datetime(2026, 10, 25, 2, 30, tzinfo=dt.UTC),
        dt.datetime(2027, 3, 28, 0, 30, tzinfo=dt.UTC),
        dt.datetime(2027, 3, 28, 1, 30, tzinfo=dt.UTC),
    ]
    given = [
        changed(code=f"code{number}", starts_at=start, ends_at=start + dt.timedelta(minutes=20))
        for number, start in enumerate(starts)
    ]
    file = file_of(*given, today=dt.date(2026, 10, 1))

    assert [event.starts_at for event in READERS[reader](file)] == starts
    walls = [line for line in file.decode().splitlines() if line.startswith("DTSTART;")]
    assert [line[-6:] for line in walls] == ["013000", "033000", "013000", "033000"]
    # The file has three years, not all times.
    assert file.count(b"TZOFFSETTO") == 1 + 3 * 2


@pytest.mark.parametrize(
    "name", ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Shanghai"]
)
def test_zone_is_described_as_the_system_has_it(settings, name: str):
    """By the rules of the standard alone, as programs read it that know no zones."""
    settings.TIME_ZONE = name
    described: Any
    (described,) = icalendar.Calendar.from_ical(file_of()).walk("VTIMEZONE")
    own = described.to_tz(lookup_tzid=False)
    begin, zone = dt.datetime(2025, 1, 1, tzinfo=dt.UTC), ZoneInfo(name)
    walls = [(begin + dt.timedelta(hours=n)).astimezone(zone) for n in range(24 * 1000)]
    # Every hour of the days around each change, and one a day of the others.
    looked_at = [
        each
        for number, each in enumerate(walls)
        if number % 25 == 0
        or walls[number - 24].utcoffset() != walls[min(number + 24, len(walls) - 1)].utcoffset()
    ]

    wrong = [
        each
        for each in looked_at
        if not each.fold and each.replace(tzinfo=own).utcoffset() != each.utcoffset()
    ]

    assert wrong == []


def test_zone_of_the_school_is_described_once_for_all_its_feeds():
    first, second = file_of(LESSON), file_of()

    assert first.count(b"BEGIN:VTIMEZONE") == second.count(b"BEGIN:VTIMEZONE") == 1


def test_school_that_works_in_english_has_english_calendars(settings):
    settings.LANGUAGE_CODE = "en"
    (event,) = READERS["icalendar"](file_of(LESSON))

    assert event.location == "Online classroom"
    assert event.description.startswith("Teacher: 李老师\nClass groups: 三年级1班, 三年级2班\n")
