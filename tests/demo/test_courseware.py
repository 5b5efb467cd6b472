"""The demo school's courseware: in every state, in lessons, and the same at the next start."""

from __future__ import annotations

import datetime as dt
import io
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from accounts.models import Notice, User
from courseware.enums import CoursewareState, Failure, Release
from courseware.models import Binding, CourseBinding, Courseware, Upload
from courseware.notices import UNREADY_NOTICE
from courseware.services.transcoding import submit_and_poll
from edu_platform.demo import history, past_weeks
from edu_platform.demo.courseware import FILES, PICTURE_TALK, add_courseware
from edu_platform.demo.history import add_history
from edu_platform.demo.open_lessons import COMING_TITLE, RUNNING_TITLE
from edu_platform.demo.school import fill_school
from edu_platform.demo.slides import slides
from localcloud.media import office
from schedule.enums import RecordMode
from schedule.models import Lesson
from tests.demo.test_history import MONDAY_MORNING
from tests.localcloud.converter import Converter
from tests.support.cloud import LocalCloud
from tests.support.cloudcalls import make_quick
from tests.support.demo_school import leave_out_the_past

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.only_on_sqlite("as the demo runs"),
]

SETTLES_WITHIN_S = 60
PAST_TOPIC = "雪地里的小画家"
READY, FAILED = (CoursewareState.READY, ""), CoursewareState.FAILED
STANDINGS = {
    "静夜思.pdf": READY,
    "雪地里的小画家.pdf": READY,
    "课堂约定.pdf": READY,
    "认识钟表.pdf": READY,
    "乡村四月.png": READY,
    "小蝌蚪找妈妈.avi": READY,
    "小星星.wav": READY,
    "看图写话.pptx": READY,
    "板书扫描.pdf": (FAILED, Failure.CLOUD),
    "运动会开幕式.avi": (FAILED, Failure.STUCK),
    "春天的池塘.avi": (CoursewareState.TRANSCODING, ""),
    "校园的早晨.avi": (CoursewareState.QUEUED, ""),
}


@pytest.fixture
def school(
    local_cloud: LocalCloud, live_server: Any, settings: Any, tmp_path: Path, monkeypatch: Any
) -> Iterator[time_machine.Traveller]:
    """A Monday morning beside a local cloud that fetches files from us, and converts those of Office."""
    settings.PUBLIC_BASE_URL = live_server.url
    settings.MEDIA_ROOT = str(tmp_path / "media")
    settings.REPLAY_HOSTS = settings.COURSEWARE_HOSTS = [local_cloud.url.removeprefix("http://")]
    (tmp_path / "converter").mkdir()
    monkeypatch.setattr(office, "_PROGRAMS", (str(Converter(tmp_path / "converter").path),))
    make_quick(monkeypatch, read_timeout_s=10)
    # All the past takes long, and has tests of its own.
    past = [slot for slot in past_weeks.OLD_SLOTS if slot.topic == PAST_TOPIC]
    monkeypatch.setattr(past_weeks, "OLD_SLOTS", past)
    leave_out_the_past(monkeypatch, weeks=1)
    monkeypatch.setattr(history, "NEWS_SLOTS", ())
    with time_machine.travel(MONDAY_MORNING) as traveller:
        yield traveller


def start() -> None:
    """Do what a start of the demo does, but for all past classes save one."""
    at = timezone.now()
    fill_school(at=at)
    add_history(at=at)
    add_courseware(at=at)


def settle() -> None:
    """Let a worker ask until nothing moves any more."""
    deadline = time.monotonic() + SETTLES_WITHIN_S
    while True:
        submit_and_poll(timezone.now())
        moving = {name for name, standing in standings().items() if standing != STANDINGS[name]}
        replaced = Courseware.objects.exclude(coming=None)
        moving.update(replaced.values_list("name", flat=True))
        asked = Courseware.objects.filter(name__in=moving).exclude(due_at=None)
        if not asked.update(due_at=timezone.now()):
            return
        assert time.monotonic() < deadline, moving
        time.sleep(0.2)


def standings() -> dict[str, tuple[str, str]]:
    return {each.name: (each.state, each.failure) for each in Courseware.objects.kept()}


def test_courseware_is_in_lessons_in_every_state_and_stays_so(
    school: time_machine.Traveller, client: Client
) -> None:
    """At the first start, at a second one, and hours later."""
    start()
    open_lessons_hold_courseware()
    settle()
    teacher_hears_of_the_near_lesson_that_is_not_ready(client)
    students_get_what_was_released_after_a_class_that_is_over(client)
    second_start_adds_nothing_and_leaves_what_people_changed()
    school.shift(dt.timedelta(minutes=20))
    settle()
    each_is_in_its_state()

    for hours in (1, 5):
        school.shift(dt.timedelta(hours=hours))
        what_waited_waits_again_at_a_later_start()


def each_is_in_its_state() -> None:
    assert standings() == STANDINGS
    working = Courseware.objects.kept().get(state=CoursewareState.TRANSCODING)
    assert 40 < working.percent < 60
    broken = Courseware.objects.get(failure=Failure.CLOUD)
    assert broken.cloud_reason == "FileBroken: 文件已损坏，或者不是 PDF"
    one_was_replaced()
    slides = Courseware.objects.get(suffix="pptx")
    assert slides.result_url.endswith("/h5/index.html")
    upload = Upload.objects.get(courseware=None)
    assert upload.offset_bytes == int(upload.length_bytes * 0.4)


def one_was_replaced() -> None:
    replaced = Courseware.objects.exclude(superseded_at=None).get()
    present = replaced.version_of
    assert present is not None
    assert (present.name, present.filename) == ("雪地里的小画家.pdf", "雪地里的小画家 修订.pdf")
    assert (present.pages, present.coming) == (3, None)
    assert present.uploaded_at - replaced.uploaded_at == dt.timedelta(days=3)


def open_lessons_hold_courseware() -> None:
    rules = ("课堂约定.pdf", False, Release.NEVER, True)
    assert held(RUNNING_TITLE) == [
        ("静夜思.pdf", True, Release.BEFORE, False),
        ("小蝌蚪找妈妈.avi", False, Release.AFTER, False),
        rules,
    ]
    assert held(COMING_TITLE) == [
        ("春天的池塘.avi", False, Release.NEVER, False),
        ("乡村四月.png", True, Release.AFTER, False),
        rules,
    ]


def held(title: str) -> list[tuple[str, bool, str, bool]]:
    """Return what the lesson of this title holds: shown at once or not, for whom, from its course or not."""
    columns = ("courseware__name", "is_shown_at_once", "release", "is_from_course")
    return list(Binding.objects.filter(lesson__title=title).in_order().values_list(*columns))


def teacher_hears_of_the_near_lesson_that_is_not_ready(client: Client) -> None:
    client.force_login(User.objects.get(username="lijingyi"))
    answer = client.get("/schedule/")

    told = Notice.objects.filter(user__username="lijingyi", kind=UNREADY_NOTICE)
    assert [notice.arguments["lesson"] for notice in told] == [COMING_TITLE]
    cards = [card for day in answer.context["week"].days for card in day.cards]
    assert [card.title for card in cards if card.more_marks] == [COMING_TITLE]


def students_get_what_was_released_after_a_class_that_is_over(client: Client) -> None:
    client.force_login(User.objects.get(username="zhangzihan"))
    over = Lesson.objects.filter(ends_at__lt=timezone.now(), record_mode=RecordMode.AUTOMATIC)
    past = over.get(title__endswith=PAST_TOPIC)
    code = past.courseware_bindings.get(release=Release.AFTER).courseware.code
    answer = client.get(f"/courseware/{code}/file/")
    assert answer.status_code == 200
    assert b"".join(answer).startswith(b"%PDF-")


def second_start_adds_nothing_and_leaves_what_people_changed() -> None:
    Courseware.objects.filter(name="静夜思.pdf").update(name="李白的诗.pdf")
    Binding.objects.update(release=Release.NEVER)
    before = rows()

    start()

    assert rows() == before
    assert set(Binding.objects.values_list("release", flat=True)) == {Release.NEVER}
    Courseware.objects.filter(name="李白的诗.pdf").update(name="静夜思.pdf")


def what_waited_waits_again_at_a_later_start() -> None:
    submit_and_poll(timezone.now())

    start()
    settle()

    assert standings() == STANDINGS


def rows() -> list[list[int]]:
    models = (Courseware, Binding, CourseBinding, Upload, Notice)
    return [
        list(model._default_manager.order_by("pk").values_list("pk", flat=True)) for model in models
    ]


def test_slides_are_slides() -> None:
    import pptx

    deck = pptx.Presentation(io.BytesIO(slides(PICTURE_TALK)))

    texts = [[shape.text_frame.text for shape in slide.shapes] for slide in deck.slides]
    assert texts == [[page.heading, *page.lines] for page in PICTURE_TALK]


def test_files_are_the_same_bytes_each_time() -> None:
    assert [file.make() for file in FILES] == [file.make() for file in FILES]
