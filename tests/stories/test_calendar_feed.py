"""A lesson's life as calendars see it: after each step their file tells what the timetable shows."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from accounts.models import User
from schedule.enums import LessonState
from schedule.feeds import writing as feeds
from schedule.lessons.cancel import cancel_lesson, restore_lesson
from schedule.lessons.change import change_lesson, publish_lesson
from schedule.lessons.delete import delete_lessons
from schedule.lessons.plan import plan_of
from schedule.models import ClassGroup, Lesson
from schedule.timetable.timetable_rows import LessonRow, rows_of
from schedule.timetable.timetables import own_lessons
from tests.factories.schedule import CourseFactory, LessonFactory, school_time
from tests.support.calendars import Event, all_by_ical_js, by_icalendar, by_vobject

pytestmark = pytest.mark.django_db

TITLE = "语文课 第十七讲：荷花，古诗三首；丝绸之路、勾股定理和定语从句的期末复习（含作业讲评）"


class Calendar:
    """A calendar that follows somebody's feed, and asks with what it was told last."""

    def __init__(self, token: str, read: dict[bytes, list[Event]]) -> None:
        self.path = f"/schedule/feeds/{token}.ics"
        self.tag, self.events, self._read = "", list[Event](), read

    def ask(self) -> int:
        answer = Client().get(self.path, headers={"If-None-Match": self.tag})
        if answer.status_code == 200:
            self.tag, self.events = f"W/{answer['ETag']}", by_icalendar(answer.content)
            self._read[answer.content] = self.events
        return answer.status_code


def shown(row: LessonRow) -> tuple[object, ...]:
    state = "CANCELLED" if row.state == LessonState.CANCELLED else "CONFIRMED"
    people = f"授课老师：{row.teacher}\n班级：{'、'.join(row.class_groups)}"
    return (f"{row.code}@127.0.0.1", row.starts_at, row.ends_at, state, people)


def told(event: Event) -> tuple[object, ...]:
    people = "\n".join(event.description.splitlines()[-3:-1])
    return (event.uid, event.starts_at, event.ends_at, event.status, people)


def timetable_of(person: User) -> list[tuple[object, ...]]:
    return [shown(row) for row in rows_of(own_lessons(person).in_page_order())]


@pytest.fixture(autouse=True)
def in_chinese(settings) -> None:
    settings.LANGUAGE_CODE = "zh-hans"


def test_calendar_follows_the_timetable(
    teacher: User,
    other_teacher: User,
    assistant: User,
    student: User,
    class_group: ClassGroup,
    in_china: None,
):
    read: dict[bytes, list[Event]] = {}
    everybody = (teacher, other_teacher, assistant, student)
    calendars = {
        person.username: Calendar(feeds.make_token(person, at=timezone.now()), read)
        for person in everybody
    }
    draft = LessonFactory.create(
        teacher=teacher,
        assistants=[assistant],
        class_groups=[class_group],
        course=CourseFactory.create(name="语文课"),
        title=TITLE,
        starts_at=school_time(2, 8),
        is_draft=True,
    )
    noon = school_time(0, 12)

    def look(*changed: User) -> None:
        """Each calendar tells its person's timetable; nobody whom nothing concerns hears of anything."""
        for person in everybody:
            calendar = calendars[person.username]
            assert calendar.ask() == (200 if person in changed else 304), person.username
            assert calendar.ask() == 304
            assert [told(event) for event in calendar.events] == timetable_of(person)

    def step(at_minute: int) -> time_machine.travel:
        """Away from midnight, at which each calendar gets another day."""
        return time_machine.travel(noon + dt.timedelta(minutes=at_minute), tick=False)

    with step(0):
        look(*everybody)
    assert calendars["teacher"].events == []

    with step(1):
        publish_lesson(draft)
        look(teacher, assistant, student)
        (first,) = calendars["student"].events
        assert first.summary == TITLE
        assert first.url == f"http://127.0.0.1:8000/schedule/lessons/{draft.code}/"
        assert first.location == "在线课堂"
    sequences = [first.sequence]

    with step(2):
        plan = plan_of(Lesson.objects.get(pk=draft.pk))
        moved = replace(plan, starts_at=school_time(3, 9), ends_at=school_time(3, 10))
        change_lesson(draft, moved)
        look(teacher, assistant, student)
        sequences.append(calendars["student"].events[0].sequence)
    with step(3):
        change_lesson(draft, replace(moved, teacher=other_teacher))
        look(*everybody)
        assert calendars["teacher"].events == []
        sequences.append(calendars["other_teacher"].events[0].sequence)
    with step(4):
        cancel_lesson(draft, reason="停电", at=timezone.now())
        look(other_teacher, assistant, student)
        sequences.append(calendars["student"].events[0].sequence)
        assert calendars["student"].events[0].description.startswith("这节课已取消。")
    with step(5):
        restore_lesson(draft)
        look(other_teacher, assistant, student)
        sequences.append(calendars["student"].events[0].sequence)
    last = calendars["student"].events[0]
    with step(6):
        delete_lessons([draft], at=timezone.now())
        for person in (other_teacher, assistant, student):
            calendar = calendars[person.username]
            assert calendar.ask() == 200
            (tombstone,) = calendar.events
            assert (tombstone.uid, tombstone.status) == (last.uid, "CANCELLED")
            assert (tombstone.starts_at, tombstone.ends_at) == (last.starts_at, last.ends_at)
        sequences.append(tombstone.sequence)
        assert calendars["teacher"].ask() == 304
        old = calendars["student"]
        new = Calendar(feeds.make_token(student, at=timezone.now()), read)
        assert (old.ask(), new.ask()) == (404, 200)
        assert new.events == old.events

    assert sequences == sorted(set(sequences))
    assert first.uid == last.uid == tombstone.uid == f"{draft.code}@127.0.0.1"
    other_programs_read_the_same(read)


def other_programs_read_the_same(read: dict[bytes, list[Event]]) -> None:
    assert len(read) > 12
    for file, events in read.items():
        assert by_vobject(file) == events
    assert all_by_ical_js(list(read)) == list(read.values())
