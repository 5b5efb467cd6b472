"""The buttons that record a class by hand: who has them, where they lead, and what the page says of it."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from schedule.enums import RecordMode
from schedule.manual_recording.reading import RecordingState, recordings_of
from schedule.manual_recording.writing import start, stop
from schedule.models import Lesson, ManualRecording, Room
from schedule.timetable.page_facts import lesson_facts
from tests.cast import SignedIn
from tests.factories.schedule import UnplannedLessonFactory
from tests.support.classes import known
from tests.support.cloud import LocalCloud
from tests.support.pages import Element, main

pytestmark = pytest.mark.django_db


def path_of(lesson: Lesson) -> str:
    return f"/schedule/lessons/{lesson.code}/"


def record(client: Client, lesson: Lesson, **data: str):
    return client.post(f"{path_of(lesson)}record/", data)


def page(client: Client, lesson: Lesson) -> Element:
    return main(client.get(path_of(lesson)))


def buttons(client: Client, lesson: Lesson) -> list[str]:
    forms = page(client, lesson).forms_to(f"{path_of(lesson)}record/")
    return [form.one("button").text for form in forms]


def test_teacher_starts_and_stops_it_on_the_page_of_the_lesson(
    signed_in: SignedIn, teacher: User, lesson: Lesson
) -> None:
    client = signed_in(teacher)
    assert buttons(client, lesson) == ["开始录制"]

    answer = record(client, lesson, on="1")

    assert (answer.status_code, answer["Location"]) == (303, path_of(lesson))
    assert buttons(client, lesson) == ["停止录制"]
    assert "起正在录制" in page(client, lesson).text

    answer = record(client, lesson, on="0", next="/schedule/now/?x=1")

    assert (answer.status_code, answer["Location"]) == (303, "/schedule/now/?x=1")
    assert buttons(client, lesson) == ["开始录制"]
    assert "李老师 开始 · 李老师 停止" in page(client, lesson).text


def test_only_those_who_look_after_the_lesson_see_it_and_fewer_may(
    signed_in, lesson, teacher, assistant, planner, supervisor, student, other_teacher
) -> None:
    start(lesson, teacher, timezone.now())

    shown_to = {
        person.username: (
            buttons(signed_in(person), lesson),
            "手动录制：" in page(signed_in(person), lesson).text,
        )
        for person in (teacher, assistant, planner, supervisor, student)
    }
    heard = {
        person.username: record(signed_in(person), lesson, on="0").status_code
        for person in (supervisor, student, other_teacher)
    }

    with_button = (["停止录制"], True)
    assert shown_to == {
        **dict.fromkeys((person.username for person in (teacher, assistant, planner)), with_button),
        supervisor.username: ([], True),
        student.username: ([], False),
    }
    assert set(heard.values()) == {404}
    assert ManualRecording.objects.running().exists()


def test_lesson_that_is_recorded_otherwise_is_409(signed_in, teacher, lesson) -> None:
    Lesson.objects.update(record_mode=RecordMode.AUTOMATIC)
    client = signed_in(teacher)

    assert [record(client, lesson, on=on).status_code for on in "10"] == [409, 409]
    assert buttons(client, lesson) == []
    assert "手动录制：" not in page(client, lesson).text


@pytest.mark.parametrize("on", ["", "2", "yes"])
def test_malformed_press_is_refused(signed_in, teacher, lesson, on) -> None:
    assert record(signed_in(teacher), lesson, on=on).status_code == 400


def test_refusal_is_said_where_the_button_was(
    signed_in, teacher, lesson, room, local_cloud: LocalCloud
) -> None:
    local_cloud.change_room(room.number, "end")
    client = signed_in(teacher)

    assert record(client, lesson, on="1").status_code == 303
    assert "这节课已经下课，录制也随之结束。" in client.get(path_of(lesson)).text


def test_next_page_is_one_of_ours(signed_in, teacher, lesson) -> None:
    answer = record(signed_in(teacher), lesson, on="0", next="https://elsewhere.example/")

    assert answer["Location"] == path_of(lesson)


def test_page_of_the_lesson_follows_it(lesson, teacher) -> None:
    versions = [known(lesson_facts(lesson.code)).shown]
    for change in (start, stop):
        change(lesson, teacher, timezone.now())
        versions.append(known(lesson_facts(lesson.code)).shown)

    assert len(set(map(str, versions))) == 3


def test_any_number_of_lessons_is_read_by_one_query(
    lesson, room, teacher, django_assert_num_queries
) -> None:
    idle = RecordingState(since=None, is_asked=False, can_start=True, can_stop=False)
    others = [UnplannedLessonFactory.create(record_mode=RecordMode.MANUAL) for _number in range(2)]
    for number, other in enumerate(others, start=1):
        Room.objects.create(
            lesson=other, room_id=number, sdk_app_id=1, cloud_status=1, sent_record_mode=2
        )
    otherwise = UnplannedLessonFactory.create()
    Room.objects.create(lesson=otherwise, room_id=9, sdk_app_id=1, cloud_status=1)
    start(lesson, teacher, timezone.now())
    ManualRecording.objects.create(
        room=others[0].rooms.get(), started_by=teacher, asked_at=timezone.now()
    )

    with django_assert_num_queries(1):
        states = recordings_of([lesson.pk, *(other.pk for other in others), otherwise.pk])

    assert states == {
        lesson.pk: RecordingState(
            since=ManualRecording.objects.get(room=room).started_at,
            is_asked=False,
            can_start=False,
            can_stop=True,
        ),
        others[0].pk: RecordingState(since=None, is_asked=True, can_start=False, can_stop=True),
        others[1].pk: idle,
    }
    with django_assert_num_queries(1):
        assert recordings_of([others[1].pk]) == {others[1].pk: idle}
    with django_assert_num_queries(0):
        assert recordings_of([]) == {}
