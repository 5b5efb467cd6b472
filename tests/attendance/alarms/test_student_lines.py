"""Students whose class has not begun read that the office knows, and nothing else of alarms."""

from __future__ import annotations

import pytest
import time_machine
from django.utils import timezone

from accounts.models import User
from attendance.enums import AlarmEnd, AlarmKind
from attendance.models import Alarm
from schedule.models import Lesson
from tests.cast import SignedIn
from tests.support.cloud import LocalCloud
from tests.support.pages import read
from tests.support.running_class import MINUTE

pytestmark = pytest.mark.django_db

LINE = "The school's planners know about it."


@pytest.fixture
def alarm(lesson: Lesson) -> Alarm:
    moment = lesson.starts_at + 5 * MINUTE
    return Alarm.objects.create(
        lesson=lesson, kind=AlarmKind.NOT_STARTED, certain_at=moment, raised_at=moment
    )


def page(signed_in: SignedIn, person: User, lesson: Lesson, minutes: float = 6) -> str:
    with time_machine.travel(lesson.starts_at + minutes * MINUTE):
        answer = signed_in(person, "en").get(f"/schedule/lessons/{lesson.code}/")
    return answer.content.decode().replace("&#x27;", "'")


def test_student_reads_it_on_the_page_of_the_lesson(
    signed_in: SignedIn, student: User, teacher: User, alarm: Alarm
):
    assert LINE in page(signed_in, student, alarm.lesson)
    assert LINE not in page(signed_in, teacher, alarm.lesson)
    assert LINE not in page(signed_in, student, alarm.lesson, 50)
    Alarm.objects.update(ended_at=timezone.now(), end=AlarmEnd.CAUSE_GONE)
    assert LINE not in page(signed_in, student, alarm.lesson)


def test_students_read_of_no_other_alarm(signed_in: SignedIn, student: User, alarm: Alarm):
    Alarm.objects.update(kind=AlarmKind.TEACHER_MISSING)

    assert LINE not in page(signed_in, student, alarm.lesson)


def test_page_of_the_lesson_follows_it(signed_in: SignedIn, student: User, lesson: Lesson):
    client = signed_in(student, "en")
    path = f"/schedule/lessons/{lesson.code}/"

    def version() -> str:
        with time_machine.travel(lesson.starts_at + 6 * MINUTE, tick=False):
            answer = client.get(path)
        return read(answer.content).one("div", id="live").attrs["data-version"]

    before = version()
    same = version()
    moment = lesson.starts_at + 5 * MINUTE
    Alarm.objects.create(
        lesson=lesson, kind=AlarmKind.NOT_STARTED, certain_at=moment, raised_at=moment
    )

    assert before == same != version()


def test_student_before_a_door_that_does_not_open_reads_it(
    signed_in: SignedIn, student: User, alarm: Alarm, local_cloud: LocalCloud
):
    local_cloud.switch("*", "http500")
    with time_machine.travel(alarm.lesson.starts_at + 6 * MINUTE):
        answer = signed_in(student, "en").post(f"/schedule/lessons/{alarm.lesson.code}/enter/")

    assert answer.status_code == 503
    assert LINE in answer.content.decode().replace("&#x27;", "'")
